"""Settings from the environment; on one machine, from the data directory."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.folders import role_of
from services.platform.front import origin_of
from services.platform.secret_file import SecretFile, SettingsError

__all__ = [
    "DOCUMENT_BYTES",
    "PAPER_CERTIFICATE",
    "PAPER_PASSWORD",
    "PORTAL_CLIENT",
    "SANDBOX_SIGNER",
    "ProcessSettings",
    "Settings",
    "SettingsError",
    "role_of",
]

DOCUMENT_BYTES: Final = 32 * 1024 * 1024
"""No operator lets a document be larger."""
PORTAL_CLIENT: Final = "tradewindow-portal"
"""As which client an issuer knows the screens, where it says no other; the sandbox's says none."""
PAPER_CERTIFICATE: Final = "operator.p12"
"""The file of the folder ``paper_certificates``."""
PAPER_PASSWORD: Final = "paper_password"  # noqa: S105 - the name of a secret, not one
"""What of the secrets file opens it."""
SANDBOX_SIGNER: Final = "SAMPLE 样本"
"""As whom a sandbox signs papers: a name under which no real window does."""
Origin = Annotated[str, AfterValidator(origin_of)]


class ProcessSettings(BaseSettings):
    """What every process is told that answers people or programs, whatever it has behind it.

    Secrets come from a file (mode 0600), never from arguments.
    """

    # An empty variable is an unset one: descriptions of deployments cannot leave one out.
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    oidc_issuer: str = "urn:tradewindow:sandbox"
    oidc_audience: str = "tradewindow"
    jwks_file: Path | None = None
    """Public keys of the issuer as a JWK set; the sandbox's own when None."""
    oidc_metadata: str | None = None
    """Where the issuer says how people sign in at it (OpenID Connect Discovery), for the screens.
    None where nobody signs in here, or at the sandbox's own issuer."""
    portal_client_id: str = PORTAL_CLIENT
    """As which client the issuer knows the screens."""
    secrets_file: Path
    sandbox: bool = False
    """The embedded window with its own issuer: only there are tokens minted. It is said by the data
    directory alone; the environment cannot make a sandbox of a real window."""
    public_origin: Origin | None = None
    """Under which scheme and authority callers know the window; banks sign for it."""
    passkey_origin: Origin | None = None
    """The origin of the screens for which passkeys are made; ``public_origin`` when None."""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    otlp_endpoint: str | None = None
    log_level: str = "INFO"

    @classmethod
    def of_environment(cls) -> Self:
        """The settings of a real window. Raises ValidationError when one is missing or unfit."""
        return cls(sandbox=False)

    @cached_property
    def secrets(self) -> SecretFile:
        """The secrets file: the whole of a window, or only what this process needs."""
        return SecretFile.read(self.secrets_file)

    def key(self, name: str) -> bytes:
        """One symmetric key of the secrets file. Raises SettingsError when it is not there."""
        return self.secrets.key(name)

    def keys(self, name: str) -> tuple[bytes, ...]:
        """A list of symmetric keys of the secrets file; empty when it is not there."""
        return self.secrets.keys(name)


class Settings(ProcessSettings):
    """What a process must be told that has the record behind it, or the engine."""

    database_url: str
    """PostgreSQL without credentials of its own: each role's password is in the secrets file."""
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_tls: bool = False
    """TLS to the engine; any of the four files or the name below means it too."""
    temporal_server_ca: Path | None = None
    """Whose certificate the engine's must be from; the system's authorities when None."""
    temporal_server_name: str | None = None
    """The name in the engine's certificate, where it is not the host of the address."""
    temporal_client_cert: Path | None = None
    temporal_client_key: Path | None = None
    """What this process shows the engine (mTLS)."""
    temporal_api_key_file: Path | None = None
    """A file with the bearer token that the engine's authorizer asks for; read at the start."""
    engine_sealed: bool = True
    """Whether what the engine keeps is sealed; only the embedded one is left to be looked into."""
    token_max_age_s: int = Field(default=24 * 3600, gt=0)
    """A token lives no longer than this from its issue, whatever it says itself."""
    token_leeway_s: int = Field(default=5, ge=0, le=300)
    """How far the issuer's clock may be ahead of ours."""
    signing_max_age_s: int = Field(default=8 * 3600, gt=0)
    """Who signs has signed in within this time."""
    revocations_file: Path | None = None
    """Tokens and subjects called back before their end (services/platform/revocation.py)."""
    pool_size: int = 10
    intake_limit: int = 200
    """Requests of one process in flight before it answers 429 (bounded intake)."""
    iso20022_schemas: Path | None = None
    """Folder with the official XSD files; messages are checked against them when it is there."""
    documents_store: str | None = None
    """Where documents are kept (services/platform/files.py): file:///FOLDER, s3://BUCKET/PREFIX."""
    documents_endpoint: str | None = None
    """Where a bucket is that is not Amazon's own."""
    documents_region: str | None = None
    documents_size_max: int = Field(default=25 * 1024 * 1024, gt=0, le=DOCUMENT_BYTES)
    """Bytes of one document."""
    documents_pixels_max: int = Field(default=60_000_000, gt=0, le=200_000_000)
    """Pixels of one picture: so many are held in memory while it is looked at."""
    documents_per_case_max: int = Field(default=200, gt=0)
    paper_certificates: Path | None = None
    """Folder with operator.p12 (PKCS#12), by which papers are signed; none is issued without it."""
    notices_smtp: str | None = None
    """By which mail server notices leave: smtps://HOST:465, or smtp://HOST:587 (STARTTLS). Without
    it none leaves by e-mail. User and password stand in the secrets file (notices_smtp)."""
    notices_from: str | None = None
    """The address that e-mail is from."""
    notices_sms: str | None = None
    """The https address of the gateway that sends SMS; what is posted there is signed by the secret
    notices_sms (Standard Webhooks). Without it none leaves by SMS."""

    def database_url_for(self, role: str) -> str:
        """The database URL under a role's own name and password.

        Raises SettingsError when the file has no such password.
        """
        return self.secrets.database_url(self.database_url, role)
