"""How banks sign: with what keys their machines have, through gateways, by clocks that differ."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms
from joserfc.jwk import ECKey, OKPKey, RSAKey

from deploy.sandbox.parties import Unexpected
from services.kernel.identifiers import case_uuid
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import API, ORIGIN, Bench
from tests.support.window import Window

MESSAGES: Final = f"{API}/bank/messages"
KEYS: Final[dict[str, tuple[Any, Any]]] = {
    "Ed25519": (algorithms.ED25519, Ed25519PrivateKey.generate()),
    "P-256": (algorithms.ECDSA_P256_SHA256, ec.generate_private_key(ec.SECP256R1())),
    "RSA": (algorithms.RSA_PSS_SHA512, rsa.generate_private_key(65537, 2048)),
}


@dataclass
class Request:
    """A request before and after it is signed."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Signing:
    """A bank that signs in a way of its own."""

    bench: Bench
    offered: Offered

    def request(self, body: bytes | None = None, **headers: str) -> Request:
        bearer = {"Authorization": f"Bearer {self.bench.bearer('bank', f'bank:{self.bic}')}"}
        if body is None:
            return Request("GET", f"{ORIGIN}{MESSAGES}", {**bearer, **headers})
        kind = {"Content-Type": "application/xml", "Idempotency-Key": uuid4().hex}
        return Request("POST", f"{ORIGIN}{STATUSES}", {**bearer, **kind, **headers})

    @property
    def bic(self) -> str:
        return self.offered.bic

    def sign(
        self,
        request: Request,
        *,
        key: tuple[Any, Any] | None = None,
        covered: tuple[str, ...] | None = None,
        ahead: timedelta = timedelta(),
        **how: Any,
    ) -> None:
        own = (algorithms.ED25519, self.bench.keys[self.bic].private_key)
        algorithm, private = key or own
        keys: dict[str, Any] = {how.get("key_id", self.bic): private}
        key_id = how.pop("key_id", self.bic)
        writing = ("content-digest", "idempotency-key") if request.method == "POST" else ()
        HTTPMessageSigner(
            signature_algorithm=algorithm,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys=keys),
        ).sign(
            request,
            key_id=key_id,
            created=datetime.now(UTC) + ahead,
            covered_component_ids=covered or ("@method", "@target-uri", *writing),
            use_existing_digest="Content-Digest" in request.headers,
            **how,
        )

    async def send(self, request: Request, body: bytes | None = None) -> httpx2.Response:
        return await self.bench.http.request(
            request.method, request.url, headers=request.headers, content=body
        )


@pytest.fixture
async def signing(bench: Bench) -> Signing:
    return Signing(bench, await one_offered(bench))


def digest(body: bytes, *names: str) -> dict[str, str]:
    hashes = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512, "md5": hashlib.md5}
    said = (f"{n}=:{base64.b64encode(hashes[n](body).digest()).decode()}:" for n in names)
    return {"Content-Digest": ", ".join(said)}


def why(answer: httpx2.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGNATURE_INVALID"), answer.text
    return str(answer.json()["errors"][0]["detail"])


@pytest.mark.parametrize("seconds", [-330, -6, 6, 50])
async def test_clocks_may_differ_by_a_minute_whichever_is_ahead(
    signing: Signing, seconds: int
) -> None:
    request = signing.request()
    signing.sign(request, ahead=timedelta(seconds=seconds))
    assert (await signing.send(request)).status_code == 200


@pytest.mark.parametrize("names", [("md5", "sha-256"), ("sha-512",), ("sha-256", "sha-512")])
async def test_a_digest_that_is_unknown_says_nothing(
    signing: Signing, names: tuple[str, ...]
) -> None:
    body = signing.offered.xml("ACSP", None)
    request = signing.request(body, **digest(body, "sha-256"))
    signing.sign(request)
    if "md5" in names:  # a signer that knows only what is known here signs nothing else
        request = signing.request(body)
        request.headers |= digest(body, *names)
        by_hand(signing, request)
    assert (await signing.send(request, body)).status_code == 202


def by_hand(signing: Signing, request: Request, **named: str) -> None:
    """Sign as a signer does that covers the digest as it stands (RFC 9421, 2.5)."""
    lines = {
        '"@method"': request.method,
        '"@target-uri"': request.url,
        '"content-digest"': request.headers["Content-Digest"],
        '"idempotency-key"': request.headers["Idempotency-Key"],
    }
    params = f"({' '.join(lines)});created={int(datetime.now(UTC).timestamp())}"
    params += f';keyid="{signing.bic}"'
    base = "\n".join([*(f"{k}: {v}" for k, v in lines.items()), f'"@signature-params": {params}'])
    private: Any = signing.bench.keys[signing.bic].private_key
    signed = base64.b64encode(private.sign(base.encode())).decode()
    request.headers |= {"Signature-Input": f"sig1={params}", "Signature": f"sig1=:{signed}:"}


async def test_the_digest_that_is_signed_is_the_one_that_the_body_is_held_to(
    signing: Signing,
) -> None:
    """What reads like a digest inside a text of the field is none."""
    body, forged = signing.offered.xml("ACSP", None), signing.offered.xml("ACSC")
    request = signing.request(body, **digest(body, "sha-512"))
    member = '"content-digest";key="sha-512"'
    signing.sign(request, covered=("@method", "@target-uri", member, "idempotency-key"))
    request.headers["Content-Digest"] += f', x="a,{digest(forged, "sha-512")["Content-Digest"]},b"'
    assert "body as it arrived" in why(await signing.send(request, forged))
    assert (await signing.bench.read(signing.offered.instruction_id))["state"] == "OFFERED"
    assert (await signing.send(request, body)).status_code == 202


@pytest.mark.parametrize("gateway_first", [True, False])
async def test_a_gateway_may_have_signed_too(signing: Signing, gateway_first: bool) -> None:
    gateway = {"key": KEYS["RSA"], "key_id": "gateway-7", "label": "gw"}
    steps: list[dict[str, Any]] = [gateway, {"label": "bank"}]
    request = signing.request()
    for how in steps if gateway_first else reversed(steps):
        signing.sign(request, append_if_signature_exists=True, **how)
    assert (await signing.send(request)).status_code == 200


async def test_a_keyid_is_the_banks_bic_of_eight_or_eleven(signing: Signing) -> None:
    request = signing.request()
    signing.sign(request, key_id=f"{signing.bic}XXX")
    assert (await signing.send(request)).status_code == 200


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"key": KEYS["Ed25519"]}, "does not verify"),
        ({"key_id": "BFTVVNVX"}, "keyid"),
        ({"ahead": timedelta(minutes=2)}, "here it is"),
        ({"ahead": timedelta(minutes=-7)}, "here it is"),
        ({"expires": datetime(2026, 1, 1, tzinfo=UTC)}, "expires"),
        ({"covered": ("@method",)}, "@target-uri"),
        ({"covered": ("@target-uri",)}, "@method"),
    ],
)
async def test_a_refusal_says_which_check_failed(
    signing: Signing, how: Mapping[str, Any], says: str
) -> None:
    request = signing.request()
    signing.sign(request, **how)
    assert says in why(await signing.send(request))


async def test_a_refusal_says_what_of_a_body_is_not_as_it_was_signed(signing: Signing) -> None:
    body = signing.offered.xml("ACSP", None)
    request = signing.request(body, **digest(body, "sha-256"))
    signing.sign(request)
    assert "body as it arrived" in why(await signing.send(request, body + b" "))
    request = signing.request(body, **digest(body, "md5"))
    by_hand(signing, request)
    assert "sha-256, sha-512" in why(await signing.send(request, body))
    request = signing.request(body, **digest(body, "sha-256"))
    signing.sign(request, covered=("@method", "@target-uri", "content-digest"))
    assert "idempotency-key" in why(await signing.send(request, body))
    assert "not signed" in why(await signing.send(signing.request()))


REGISTRARS: Final = ("registrar-1", "registrar-2")


@dataclass(frozen=True)
class Registrars:
    """Two persons of the registrar's office."""

    window: Window

    async def post(self, person: str, path: str, body: dict[str, Any]) -> httpx2.Response:
        party = self.window.parties.act_as("registrar", "platform:registrar", subject=person)
        return await party.try_post(f"/registry/v1{path}", body)

    async def bank(self, key: dict[str, Any]) -> str:
        bic = f"{''.join(chr(65 + part % 26) for part in uuid4().bytes[:4])}CN2A"
        row = {"bic": bic, "name": "Key bank", "public_key": key, "currencies": ["CNY"]}
        await self.window.on_file("banks", row)
        return bic

    async def propose(
        self, bic: str, key: dict[str, Any], hours: int = 24, **more: Any
    ) -> httpx2.Response:
        body = {"public_key": key, "overlap_hours": hours, **more}
        return await self.post(REGISTRARS[0], f"/banks/{bic}/keys", body)

    async def decide(
        self,
        proposed: httpx2.Response,
        person: str = REGISTRARS[1],
        approve: bool = True,
        seen: bool = True,
    ) -> httpx2.Response:
        key_id = proposed.json()["key_id"]
        if seen:
            await self.window.sql.execute(
                "UPDATE bank_keys SET confirm_from = now() WHERE key_id = $1", case_uuid(key_id)
            )
        path = f"/bank-keys/{key_id}/decision"
        return await self.post(person, path, {"approve": approve})


@pytest.fixture
def registrars(window: Window) -> Registrars:
    return Registrars(window)


def public(key: OKPKey | ECKey | RSAKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def longer(number: str) -> str:
    """A number of a key with a zero in front."""
    plain = base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))
    return base64.urlsafe_b64encode(b"\0" + plain).decode().rstrip("=")


MADE: Final[dict[str, Callable[[], OKPKey | ECKey | RSAKey]]] = {
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
    "P-256": lambda: ECKey.generate_key("P-256"),
    "RSA": lambda: RSAKey.generate_key(2048),
}
ALGORITHMS: Final = {name: algorithm for name, (algorithm, _) in KEYS.items()}


async def asked_by(window: Window, bic: str, kind: str, key: OKPKey | ECKey | RSAKey) -> int:
    """What a bank is answered that signs with this key."""
    bearer = window.parties.act_as("bank", f"bank:{bic}").bearer
    url = str(window.parties.http.base_url.join(MESSAGES))
    request = Request("GET", url, {"Authorization": f"Bearer {bearer}"})
    keys: dict[str, Any] = {bic: key.private_key}
    HTTPMessageSigner(
        signature_algorithm=ALGORITHMS[kind],
        key_resolver=MappingKeyResolver(public_keys={}, private_keys=keys),
    ).sign(request, key_id=bic, covered_component_ids=("@method", "@target-uri"))
    answer = await window.parties.http.get(url, headers=request.headers)
    return answer.status_code


@pytest.mark.parametrize("kind", sorted(MADE))
async def test_a_bank_signs_with_the_kind_of_key_that_its_machines_have(
    window: Window, registrars: Registrars, kind: str
) -> None:
    key = MADE[kind]()
    bic = await registrars.bank(public(key))
    assert await asked_by(window, bic, kind, key) == 200
    assert await asked_by(window, bic, kind, MADE[kind]()) == 401


async def test_a_banks_key_is_replaced_by_two_persons_with_an_overlap(
    window: Window, registrars: Registrars
) -> None:
    old, new = OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")
    bic = await registrars.bank(public(old))
    row = {"bic": bic, "name": "Key bank", "public_key": public(new), "currencies": ["CNY"]}
    alone = await registrars.post(REGISTRARS[0], "/banks", {"rows": [row]})
    assert (alone.status_code, alone.json()["code"]) == (409, "KEY_CHANGES_BY_TWO")
    proposed = await registrars.propose(bic, public(new))
    assert (proposed.status_code, proposed.json()["state"]) == (201, "PROPOSED")
    assert await asked_by(window, bic, "P-256", new) == 401, "a proposal is no key"
    soon = await registrars.decide(proposed, seen=False)
    assert (soon.status_code, soon.json()["code"]) == (409, "COOLING_TIME")
    same = await registrars.decide(proposed, REGISTRARS[0])
    assert (same.status_code, same.json()["code"]) == (409, "SAME_PERSON")
    assert (await registrars.decide(proposed)).json()["state"] == "APPROVED"
    assert await asked_by(window, bic, "P-256", new) == 200
    assert await asked_by(window, bic, "Ed25519", old) == 200, "both count for a day"
    third = await registrars.propose(bic, public(OKPKey.generate_key("Ed25519")))
    refused = await registrars.decide(third)
    assert (refused.status_code, refused.json()["code"]) == (409, "KEYS_TWO_AT_MOST")


async def test_a_bank_looks_at_the_key_that_is_to_be_its_own_and_at_no_others(
    window: Window, registrars: Registrars
) -> None:
    bic = await registrars.bank(public(OKPKey.generate_key("Ed25519")))
    proposed = (await registrars.propose(bic, public(OKPKey.generate_key("Ed25519")))).json()
    own, other = (window.parties.act_as("bank", f"bank:{one}") for one in (bic, "ICBKCNBJ"))
    (shown,) = (await own.get(f"/registry/v1/banks/{bic}/keys"))["items"]
    assert (shown["key_id"], shown["state"]) == (proposed["key_id"], "PROPOSED")
    assert shown["confirm_from"] > shown["proposed_at"]
    for path in (f"/registry/v1/banks/{bic}/keys", f"/registry/v1/bank-keys/{shown['key_id']}"):
        with pytest.raises(Unexpected, match="404"):
            await other.get(path)


async def test_a_key_that_is_lost_ends_at_once(window: Window, registrars: Registrars) -> None:
    lost, new = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
    bic = await registrars.bank(public(lost))
    await registrars.decide(await registrars.propose(bic, public(new), hours=0))
    assert await asked_by(window, bic, "Ed25519", new) == 200
    assert await asked_by(window, bic, "Ed25519", lost) == 401
    again = await registrars.propose(bic, public(lost))
    assert (again.status_code, again.json()["code"]) == (409, "KEY_ON_FILE")


@pytest.mark.parametrize("kind", sorted(MADE))
async def test_a_key_of_before_is_known_however_it_is_written(
    window: Window, registrars: Registrars, kind: str
) -> None:
    """Another name for it, or its numbers written longer, make no new key of it."""
    lost, new = MADE[kind](), OKPKey.generate_key("Ed25519")
    bic = await registrars.bank(public(lost))
    await registrars.decide(await registrars.propose(bic, public(new), hours=0))
    written = public(lost)
    numbers: dict[str, Any] = {
        name: longer(written[name]) for name in ("n", "y") if name in written
    }
    others: list[dict[str, Any]] = [{"kid": "2027"}, {"use": "sig", "alg": "any"}, numbers]
    for again in others:
        answer = await registrars.propose(bic, {**written, **again})
        assert (answer.status_code, answer.json()["code"]) == (409, "KEY_ON_FILE"), again
    assert await asked_by(window, bic, kind, lost) == 401


async def test_of_two_proposals_of_one_key_the_second_is_agreed_to_by_nobody(
    registrars: Registrars,
) -> None:
    new = OKPKey.generate_key("Ed25519")
    bic = await registrars.bank(public(OKPKey.generate_key("Ed25519")))
    first = await registrars.propose(bic, public(new))
    second = await registrars.propose(bic, {**public(new), "kid": "2027"}, hours=0)
    assert (await registrars.decide(first)).json()["state"] == "APPROVED"
    again = await registrars.decide(second)
    assert (again.status_code, again.json()["code"]) == (409, "KEY_ON_FILE")
    assert (await registrars.decide(second, approve=False)).json()["state"] == "REJECTED"


async def test_a_key_that_is_refused_or_begins_later_does_not_count(
    window: Window, registrars: Registrars
) -> None:
    old, new, later = (OKPKey.generate_key("Ed25519") for _ in range(3))
    bic = await registrars.bank(public(old))
    refused = await registrars.decide(await registrars.propose(bic, public(new)), approve=False)
    assert refused.json()["state"] == "REJECTED"
    begins = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    await registrars.decide(await registrars.propose(bic, public(later), valid_from=begins))
    found = [await asked_by(window, bic, "Ed25519", key) for key in (old, new, later)]
    assert found == [200, 401, 401]
    too_long = await registrars.propose(bic, public(OKPKey.generate_key("Ed25519")), hours=8_000)
    assert (too_long.status_code, too_long.json()["code"]) == (422, "OVERLAP_TOO_LONG")
