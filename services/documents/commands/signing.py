"""The operator's signature under a paper (PAdES baseline), and what certificate it is made with.

PDF: ISO 32000-2, 12.8; ETSI EN 319 142-1, B-B: by the certificate alone, without a time stamp of a
third party. Whoever has the paper has all that is needed to check it but the operator's authority.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf

from services.platform.settings import (
    PAPER_CERTIFICATE,
    PAPER_PASSWORD,
    SANDBOX_SIGNER,
    Settings,
    SettingsError,
)

FIELD: Final = "Operator"
_DIGEST: Final = "sha256"


@dataclass(frozen=True, slots=True)
class Seal:
    """With what the operator signs papers: a certificate and its key (PKCS#12)."""

    signer: SimpleSigner = field(repr=False)

    name: str
    """Whose certificate it is."""
    ends_at: datetime
    """When the certificate ends."""

    def sign(self, paper: bytes) -> bytes:
        """The paper with the signature added to it; not one byte of it is changed."""
        document = IncrementalPdfFileWriter(io.BytesIO(paper))
        how = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm=_DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            name=self.name,
        )
        signed: bytes = sign_pdf(document, how, self.signer).getvalue()
        return signed


def seal_of(settings: Settings) -> Seal | None:
    """The operator's seal; None where there is no certificate. Raises SettingsError.

    A certificate of the sandbox is worth nothing elsewhere, and one that has ended nowhere.
    """
    folder = settings.paper_certificates
    file = None if folder is None else folder / PAPER_CERTIFICATE
    if file is None or not file.exists():
        return None
    password = settings.secrets.text(PAPER_PASSWORD).encode()
    try:
        signer = SimpleSigner.load_pkcs12_data(file.read_bytes(), [], password)
    except OSError as error:
        raise SettingsError(
            f"The certificate for papers cannot be read from {file} ({error.strerror});"
            " PAPER_CERTIFICATES names its folder."
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"{file} is no PKCS#12 file, or {PAPER_PASSWORD} in the secrets file does not open it."
        ) from error
    certificate = signer.signing_cert
    if certificate is None:
        raise SettingsError(f"{file} holds no certificate beside its key.")
    seal = Seal(signer, certificate.subject.human_friendly, certificate.not_valid_after)
    if not settings.sandbox and SANDBOX_SIGNER in seal.name:
        raise SettingsError(f"{file} is a sandbox's; papers of a real window are not signed by it.")
    if seal.ends_at <= datetime.now(UTC):
        raise SettingsError(
            f"The certificate in {file} ended on {seal.ends_at:%Y-%m-%d}; papers need a new one."
        )
    return seal
