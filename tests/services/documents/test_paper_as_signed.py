"""The operator's signature under a paper, by pyhanko's own validation against his certificate."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from deploy.operate.data_directory import DataDirectory
from deploy.operate.paper_certificate import sandbox_certificates
from services.documents.commands.signing import Seal, seal_of
from services.documents.commands.typesetting import typeset
from services.documents.service import MANIFEST
from services.platform.settings import PAPER_CERTIFICATE, Settings, SettingsError
from tests.services.documents.test_paper_as_set import sheet


def settings(home: Path, **given: Any) -> Settings:
    """Of a process with the data directory's secrets."""
    said: dict[str, Any] = {
        "database_url": "postgresql://127.0.0.1/none",
        "secrets_file": home / "secrets.json",
        "paper_certificates": home / "papers",
        "documents_store": (home / "documents").as_uri(),
        "public_origin": "https://window.example.org",
        "sandbox": True,
    }
    return Settings(**(said | given))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("signed") / "home"
    directory = DataDirectory(home)
    directory.prepare()
    assert sandbox_certificates(directory) == home / "papers"
    return home


@pytest.fixture(scope="module")
def seal(home: Path) -> Seal:
    found = seal_of(settings(home))
    assert found is not None
    return found


def stands(paper: bytes, seal: Seal) -> bool:
    """Whether a paper carries the operator's signature, over all of it."""
    context = ValidationContext(trust_roots=[seal.signer.signing_cert], allow_fetching=False)
    try:
        (signature,) = PdfFileReader(io.BytesIO(paper)).embedded_signatures
        return bool(validate_pdf_signature(signature, context).bottom_line)
    except (PdfError, SigningError, SignatureValidationError, ValueError, KeyError):
        return False


def test_a_signed_paper_is_valid_and_every_byte_of_it_counts(seal: Seal) -> None:
    plain = typeset(sheet("zh-CN", group="互助组"))
    paper = seal.sign(plain)
    assert paper.startswith(plain)
    assert stands(paper, seal)
    (signature,) = PdfFileReader(io.BytesIO(paper)).embedded_signatures
    begins, size, goes_on, rest = signature.byte_range
    assert (begins, goes_on + rest) == (0, len(paper))
    signed = [*range(size), *range(goes_on, len(paper))]
    for place in signed[:: len(signed) // 60]:
        changed = bytearray(paper)
        changed[place] ^= 1
        assert not stands(bytes(changed), seal), place


def test_what_is_added_to_a_paper_is_seen(seal: Seal) -> None:
    paper = seal.sign(typeset(sheet()))
    added = IncrementalPdfFileWriter(io.BytesIO(paper))
    added.root["/Added"] = TextStringObject("afterwards")
    added.update_root()  # type: ignore[no-untyped-call]
    written = io.BytesIO()
    added.write(written)  # type: ignore[no-untyped-call]
    assert not stands(written.getvalue(), seal)


def test_the_certificate_of_another_does_not_make_it_genuine(seal: Seal, tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "other")
    directory.prepare()
    sandbox_certificates(directory)
    other = seal_of(settings(directory.home))
    assert other is not None
    assert not stands(other.sign(typeset(sheet())), seal)


def test_the_sandbox_keeps_its_certificate_to_itself(home: Path) -> None:
    file = home / "papers" / PAPER_CERTIFICATE
    before = file.read_bytes()
    assert sandbox_certificates(DataDirectory(home)).joinpath(PAPER_CERTIFICATE) == file
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o077 == 0


def test_a_real_window_does_not_sign_by_a_sandbox_s_certificate(home: Path) -> None:
    with pytest.raises(SettingsError, match="is a sandbox's"):
        seal_of(settings(home, sandbox=False))


def test_without_a_certificate_nothing_is_signed_and_the_doctor_says_so(home: Path) -> None:
    none = settings(home, sandbox=False, paper_certificates=None)
    assert seal_of(none) is None
    assert "none is issued" in MANIFEST.examined(none)[1]
    empty = settings(home, sandbox=False, paper_certificates=home / "logs")
    assert seal_of(empty) is None


def test_a_password_that_does_not_open_it_is_said_before_anything_starts(
    home: Path, tmp_path: Path
) -> None:
    secrets = json.loads((home / "secrets.json").read_text())
    other = tmp_path / "secrets.json"
    other.write_text(json.dumps(secrets | {"paper_password": "another"}))
    with pytest.raises(SettingsError, match="paper_password in the secrets file does not open it"):
        seal_of(settings(home, secrets_file=other))


@pytest.mark.parametrize(("days", "ended"), [(1, False), (-1, True)])
def test_an_operator_s_own_certificate_signs_until_it_ends(
    home: Path, tmp_path: Path, *, days: int, ended: bool
) -> None:
    password = json.loads((home / "secrets.json").read_text())["paper_password"]
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Dongxing port office")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    kept = pkcs12.serialize_key_and_certificates(
        b"operator", key, certificate, None, BestAvailableEncryption(password.encode())
    )
    (tmp_path / PAPER_CERTIFICATE).write_bytes(kept)
    real = settings(home, sandbox=False, paper_certificates=tmp_path)
    if ended:
        with pytest.raises(SettingsError, match="papers need a new one"):
            seal_of(real)
    else:
        assert (
            "Papers are signed as Common Name: Dongxing port office" in MANIFEST.examined(real)[1]
        )
