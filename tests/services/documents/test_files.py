"""Files in their store: sealed, in their own place, found changed, and their key renewed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from obstore.store import LocalStore, S3Store

from services.platform.files import FileLost, Files, StoreAway, digest_of, store_of
from services.platform.intake import FILE
from services.platform.settings import DOCUMENT_BYTES, Settings, SettingsError

KEY, OTHER = os.urandom(32), os.urandom(32)
CONTENT = b"what was found in bay 7"
DIGEST = digest_of(CONTENT)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(LocalStore(tmp_path), [KEY])


def place(folder: Path, digest: bytes = DIGEST) -> Path:
    return folder / digest.hex()[:2] / digest.hex()


def lying(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_lies_in_the_store_says_nothing(files: Files, tmp_path: Path) -> None:
    await files.keep(DIGEST, CONTENT)
    await files.keep(DIGEST, CONTENT)
    assert lying(tmp_path) == [place(tmp_path)]
    assert b"bay 7" not in place(tmp_path).read_bytes()
    assert await files.content(DIGEST) == CONTENT


async def test_a_file_changed_by_hand_by_one_byte_is_lost(files: Files, tmp_path: Path) -> None:
    await files.keep(DIGEST, CONTENT)
    whole = place(tmp_path).read_bytes()
    for at in (0, 16, 30, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 1
        place(tmp_path).write_bytes(changed)
        with pytest.raises(FileLost):
            await files.content(DIGEST)
    place(tmp_path).write_bytes(whole)
    assert await files.content(DIGEST) == CONTENT


async def test_a_file_in_anothers_place_is_lost(files: Files, tmp_path: Path) -> None:
    another = digest_of(b"another")
    await files.keep(another, b"another")
    await files.keep(DIGEST, CONTENT)
    place(tmp_path).write_bytes(place(tmp_path, another).read_bytes())
    with pytest.raises(FileLost):
        await files.content(DIGEST)


async def test_a_file_that_is_gone_is_lost_and_comes_back_when_it_is_handed_in_again(
    files: Files, tmp_path: Path
) -> None:
    await files.keep(DIGEST, CONTENT)
    place(tmp_path).unlink()
    with pytest.raises(FileLost):
        await files.content(DIGEST)
    await files.keep(DIGEST, CONTENT)
    assert await files.content(DIGEST) == CONTENT
    await files.forget(DIGEST)
    await files.forget(DIGEST)
    assert not place(tmp_path).exists()


async def test_a_former_key_opens_what_it_sealed_and_the_new_one_seals(tmp_path: Path) -> None:
    former = Files(LocalStore(tmp_path), [KEY])
    await former.keep(DIGEST, CONTENT)
    renewed = Files(LocalStore(tmp_path), [OTHER, KEY])
    assert renewed.key_id != former.key_id
    assert await renewed.content(DIGEST) == CONTENT
    await renewed.keep(DIGEST, CONTENT)
    assert await Files(LocalStore(tmp_path), [OTHER]).content(DIGEST) == CONTENT
    with pytest.raises(FileLost):
        await former.content(DIGEST)


async def test_a_store_that_does_not_answer_is_said_to_be_away() -> None:
    nowhere = S3Store(
        "documents",
        endpoint="http://127.0.0.1:9",
        access_key_id="a",
        secret_access_key="b",
        region="x",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    away = Files(nowhere, [KEY])
    with pytest.raises(StoreAway):
        await away.keep(DIGEST, CONTENT)
    with pytest.raises(StoreAway):
        await away.content(DIGEST)


def settings(folder: Path, **changed: object) -> Settings:
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps(changed.pop("secrets", {})))
    return Settings.model_validate(
        {"database_url": "postgresql://db/x", "secrets_file": secrets, **changed}
    )


def test_a_bucket_is_reached_by_what_the_secrets_file_says(tmp_path: Path) -> None:
    given = {"access_key_id": "who", "secret_access_key": "how"}
    found = store_of(
        settings(
            tmp_path,
            documents_store="s3://papers/dongxing",
            documents_endpoint="https://store.example",
            documents_region="cn-south-1",
            secrets={"document_store": given},
        )
    )
    assert isinstance(found, S3Store)
    assert found.prefix == "dongxing"
    assert found.config["access_key_id"] == "who"
    assert found.config["endpoint"] == "https://store.example"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Set DOCUMENTS_STORE"),
        ({"documents_store": "ftp://papers"}, "no other"),
        ({"documents_store": "file://host/papers"}, "no other"),
        (
            {
                "documents_store": "s3://papers",
                "secrets": {"document_store": {"access_key_id": "x"}},
            },
            "has no secret_access_key",
        ),
        ({"documents_store": "file:///dev/null/papers"}, "cannot be used"),
    ],
)
def test_a_store_that_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        store_of(settings(tmp_path, **changed))


def test_nobody_lets_a_document_be_larger_than_its_room() -> None:
    assert FILE.size == DOCUMENT_BYTES
