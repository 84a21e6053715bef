"""The certificate by which a sandbox signs its papers: its own, and nobody else's word for it.

It is made once in the data directory, beside the key that signs the sandbox's tokens. A real window
is given the operator's (PAPER_CERTIFICATES), and takes none that was made here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from deploy.operate.data_directory import DataDirectory, storage_errors_explained, write_once
from services.platform.secret_file import SecretFile
from services.platform.settings import PAPER_CERTIFICATE, PAPER_PASSWORD, SANDBOX_SIGNER

_DAYS: Final = 3650


def sandbox_certificates(directory: DataDirectory) -> Path:
    """The folder with the sandbox's certificate, which is made at the first call."""
    folder = directory.home / "papers"
    file = folder / PAPER_CERTIFICATE
    with storage_errors_explained(directory.home):
        if not file.exists():
            directory.secrets()
            password = SecretFile.read(directory.home / "secrets.json").text(PAPER_PASSWORD)
            folder.mkdir(mode=0o700, exist_ok=True)
            write_once(file, _certificate(password))
    return folder


def _certificate(password: str) -> bytes:
    """A self-signed certificate for signatures alone, with its key, as PKCS#12."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SANDBOX_SIGNER)])
    now = datetime.now(UTC)
    signs = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        **dict.fromkeys(
            (
                *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
                *("crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        ),
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signs, critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        SANDBOX_SIGNER.encode(), key, certificate, None, BestAvailableEncryption(password.encode())
    )
