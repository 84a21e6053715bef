"""A window in one process has screens where there is an issuer at which people can sign in."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from deploy.local import doctor
from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import DataDirectory
from deploy.operate.screens import Screens
from deploy.operate.secret_shares import make
from services.platform.settings import Settings

_METADATA = "https://login.example.org/.well-known/openid-configuration"


def _explorers(_: object) -> PlainTextResponse:
    return PlainTextResponse("the interface")


def window(folder: Path, metadata: str | None) -> httpx2.AsyncClient:
    """A window that has nothing but a first page, and screens where it may have them."""
    make(folder / "master.json")
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    (folder / "jwks.json").write_text(json.dumps(key))
    settings = Settings(
        database_url="postgresql://db/x",
        secrets_file=folder / "master.json",
        jwks_file=folder / "jwks.json",
        oidc_metadata=metadata,
    )
    app = Screens(Starlette(routes=[Route("/", _explorers)]), Assembly.create(settings))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://w")


async def test_without_an_issuer_there_are_none(tmp_path: Path) -> None:
    async with window(tmp_path, None) as http:
        assert (await http.get("/")).text == "the interface"
        assert (await http.get("/portal/")).status_code == 404


async def test_with_the_operators_issuer_the_first_address_leads_to_them(tmp_path: Path) -> None:
    async with window(tmp_path, _METADATA) as http:
        first = await http.get("/")
        assert (first.status_code, first.headers["location"]) == (303, "/portal/")
        page = await http.get("/portal/")
        assert page.headers["location"].startswith("/portal/sign-in?next=")


@pytest.mark.parametrize(
    ("sandbox", "metadata", "said"),
    [
        (True, None, "at the sandbox's own issuer"),
        (False, _METADATA, f"at the issuer that {_METADATA} describes"),
        (False, None, "There are no screens: OIDC_METADATA names no issuer"),
    ],
)
def test_the_doctor_says_where_people_sign_in(
    sandbox: bool, metadata: str | None, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda _: object() if sandbox else None)
    monkeypatch.setenv("OIDC_METADATA", metadata or "")
    (sentence,) = doctor._screens(DataDirectory(tmp_path))
    assert said in sentence
