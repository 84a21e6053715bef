"""Pages to try the tests' own instruments on: one that is right, and one for every fault."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

ELSEWHERE: Final = "elsewhere.example"
_SAID: Final = {
    "zh-CN": ("边民互市", "桂P12345 的边民：𠮷野，货值 8000 元。", "申报", "姓名", "已申报"),
    "vi": (
        "Chợ biên giới",
        "Xe 桂P12345, cư dân Nguyễn Thị Ỷ.",
        "Khai",
        "Họ tên",
        "Đã khai",
    ),
    "en": ("Border market", "Truck 桂P12345, resident Yi.", "Declare", "Name", "Declared"),
}
_PAGE: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style nonce="{nonce}">
  body {{ font: 17px/1.6 sans-serif; margin: 16px; color: #1a1a1a; background: #fff }}
  input, button {{ font: inherit; min-height: 48px; max-width: 100%; box-sizing: border-box }}
</style></head>
<body><main><h1>{title}</h1><p id="text">{text}</p>
<form method="post" action="/"><label for="name">{name}</label> <input id="name" name="name">
<button>{act}</button></form>
{part}</main></body></html>"""

_PARTS: Final[dict[str, str]] = {
    "right": "<script nonce='{nonce}'>document.body.dataset.script = 'ran'</script>",
    "inline": "<script>document.body.dataset.script = 'ran'</script>",
    "handler": "<img alt='' src='data:,' onerror='alert(1)'>",
    "styled": "<p style='position: fixed'>.</p>",
    "elsewhere": f"<img alt='' src='https://{ELSEWHERE}/pixel.png'>",
    "address": "<img alt='' src='http://192.0.2.1/pixel.png'>",
    "socket": f"<script nonce='{{nonce}}'>new WebSocket('wss://{ELSEWHERE}/')</script>",
    "throws": "<script nonce='{nonce}'>throw new Error('nobody caught this')</script>",
    "complains": "<script nonce='{nonce}'>console.error('this went wrong')</script>",
    "incomplete": "<img alt='' src='/nowhere.png'>",
    "nameless": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='><input>",
    "faint": "<style nonce='{nonce}'>#text {{ color: #ccc }}</style>",
    "wide": "<style nonce='{nonce}'>#text {{ width: 800px }}</style>",
    "unlit": "<style nonce='{nonce}'>:focus {{ outline: none }}</style>",
    "unreached": "<button id='out' tabindex='-1'>?</button>",
}


async def _page(request: Request) -> Response:
    wished = request.headers.get("accept-language", "").partition(",")[0]
    language = wished if wished in _SAID else "zh-CN"
    title, text, act, name, done = _SAID[language]
    part = request.path_params.get("part", "right")
    nonce = secrets.token_urlsafe(16)
    body = _PAGE.format(
        language=language,
        title=title,
        text=done if request.method == "POST" else text,
        act=act,
        name=name,
        nonce=nonce,
        part=_PARTS[part].format(nonce=nonce),
    )
    # What the policy allows cannot be what it catches: these ask elsewhere with its leave.
    images = "'self' data: http: https:" if part in {"elsewhere", "address"} else "'self' data:"
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        f"img-src {images}; connect-src 'self' wss:; form-action 'self'; base-uri 'none'"
    )
    return HTMLResponse(body, headers={"content-security-policy": policy})


async def _status(request: Request) -> Response:
    return HTMLResponse("<title>.</title>", status_code=request.path_params["status"])


def samples() -> Starlette:
    """``/`` is right; ``/faults/<name>`` has one fault; ``/status/<n>`` answers so."""
    routes: list[tuple[str, Callable[..., object], list[str]]] = [
        ("/", _page, ["GET", "POST"]),
        ("/faults/{part}", _page, ["GET"]),
        ("/status/{status:int}", _status, ["GET"]),
    ]
    return Starlette(routes=[Route(path, page, methods=how) for path, page, how in routes])
