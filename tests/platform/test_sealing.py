"""What the engine is given is sealed, and opens with a key that is named in it."""

from __future__ import annotations

import os

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from services.platform.sealing import EngineKeys, Seal, Unopened, converter, key_id

KEY, OTHER = os.urandom(32), os.urandom(32)
SAID = "the carrier's words"


def payload(text: str = SAID) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=text.encode())


def test_a_sealed_payload_shows_nothing_and_opens_as_it_was() -> None:
    seal = Seal(EngineKeys(KEY))
    sealed = seal.sealed(payload())
    assert SAID.encode() not in sealed.SerializeToString()
    assert b"json/plain" not in sealed.SerializeToString()
    assert seal.opened(sealed) == payload()


def test_the_same_payload_is_sealed_differently_each_time() -> None:
    seal = Seal(EngineKeys(KEY))
    assert seal.sealed(payload()).data != seal.sealed(payload()).data


def test_a_payload_names_its_key_and_the_name_says_nothing_of_it() -> None:
    sealed = Seal(EngineKeys(KEY)).sealed(payload())
    assert sealed.metadata["encryption-key-id"] == key_id(KEY).encode()
    assert key_id(KEY) != key_id(OTHER)
    assert key_id(KEY) not in KEY.hex()


def test_an_accepted_key_opens_and_does_not_seal() -> None:
    before = Seal(EngineKeys(KEY)).sealed(payload())
    renewed = Seal(EngineKeys(OTHER, accepted=(KEY,)))
    assert renewed.opened(before) == payload()
    assert renewed.sealed(payload()).metadata["encryption-key-id"] == key_id(OTHER).encode()


def test_what_no_key_here_opens_is_refused_by_the_name_of_its_key() -> None:
    sealed = Seal(EngineKeys(KEY)).sealed(payload())
    with pytest.raises(Unopened, match=key_id(KEY)):
        Seal(EngineKeys(OTHER)).opened(sealed)


def test_a_payload_that_was_changed_is_refused() -> None:
    seal = Seal(EngineKeys(KEY))
    sealed = seal.sealed(payload())
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    with pytest.raises(Unopened, match="changed"):
        seal.opened(sealed)


def test_what_was_never_sealed_is_taken_as_it_is() -> None:
    assert Seal(EngineKeys(KEY)).opened(payload()) == payload()


def test_keys_do_not_show_when_printed() -> None:
    assert repr(KEY) not in repr(EngineKeys(KEY))


async def test_a_failure_gives_up_its_message_its_stack_and_those_of_its_cause() -> None:
    def failing() -> None:
        try:
            raise ValueError(SAID)
        except ValueError as error:
            raise ApplicationError(SAID, SAID) from error

    sealing = converter(Seal(EngineKeys(KEY)))
    failure = Failure()
    with pytest.raises(ApplicationError) as raised:
        failing()
    await sealing.encode_failure(raised.value, failure)
    kept = failure.SerializeToString()
    assert SAID.encode() not in kept
    assert b"failing" not in kept
    again = await sealing.decode_failure(failure)
    assert isinstance(again, ApplicationError)
    assert again.message == SAID
    assert again.details == (SAID,)
    assert str(again.__cause__).endswith(SAID)
