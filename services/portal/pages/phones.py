"""One touch: a resident's own phones, what a phone is asked, and the registrar's desk."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.offered import only
from services.portal.pages.residents import own_phones, touch_asked
from services.portal.visit import Visit, acting, reading

PASSKEYS: Final = "/registry/v1/passkeys"
_OPENINGS: Final = "/registry/v1/passkey-openings"
_MOST: Final = 50


async def phones(visit: Visit) -> Response:
    """One's own phones: bound, used, ended; and a further one, by the code of the desk."""
    return await _phones(visit)


async def _phones(visit: Visit, *, unasked: bool = False) -> Response:
    return visit.page(
        "phones.html",
        phones=[one for one in await own_phones(visit) if one["state"] != "OPENED"],
        unasked=unasked,
        found=visit.mistakes(("code",)),
    )


async def phone_asked(visit: Visit) -> Response:
    """For what this phone makes its passkey, where the code that was typed counts."""
    return JSONResponse(await _asked_for_binding(visit))


async def phone_bound(visit: Visit) -> Response:
    """What the phone made is bound. Without scripts no phone is asked: then the code alone is."""
    if not visit.form.get("attestation"):
        await _asked_for_binding(visit)
        return await _phones(visit, unasked=True)
    body = visit.typed_in(("code", "client_data", "attestation"))
    await visit.act(PASSKEYS, body)
    return visit.turn(f"{HOME}me/phones", said="bound")


async def _asked_for_binding(visit: Visit) -> dict[str, Any]:
    # Reads only, under a key of its own: the form's is that of what will be bound.
    body = {"code": visit.typed("code")}
    return await visit.calls.post("/registry/v1/passkey-challenges", body, key=str(uuid4()))


async def phone_ended(visit: Visit) -> Response:
    """One's own phone is to count no more."""
    await visit.act(f"{PASSKEYS}/{visit.path('passkey_id')}/ending", {}, versioned=True)
    return visit.turn(f"{HOME}me/phones", said="ended")


async def share_asked(visit: Visit) -> Response:
    """What the phone is asked for a yes or a no to the own share, as the page showed it."""
    asked = await visit.calls.get(
        f"/declaration/v1/lots/{visit.path('lot_id')}/touch",
        answer=visit.query("answer"),
        version=visit.query("version"),
    )
    return JSONResponse(asked)


async def own_lot_asked(visit: Visit) -> Response:
    """What the phone is asked for the goods that are typed; with the note that they are sent by."""
    return JSONResponse(await touch_asked(visit))


async def opened(visit: Visit) -> Response:
    """The registrar opens a phone for the resident whose document lies on the desk."""
    body = {
        "resident_no": visit.typed("resident_no"),
        "replaces": visit.form.get("replaces") or None,
    }
    made = await visit.act(_OPENINGS, body)
    return visit.turn(f"{HOME}phones/{made['passkey_id']}")


async def opening(visit: Visit) -> Response:
    """The code for the resident at the desk, large and as a picture, while it counts."""
    one = await visit.calls.get(f"{_OPENINGS}/{visit.path('passkey_id')}")
    return visit.page("phone_opened.html", one=one)


async def desk(visit: Visit) -> Response:
    """Where a phone is opened: the number of the document, in a form that leaves it nowhere."""
    whose = visit.query("resident")
    known = await _phones_of(visit, whose) if whose else []
    return visit.page(
        "phone_desk.html",
        whose=whose,
        phones=[one for one in known if one["state"] == "BOUND"],
        found=visit.mistakes(("resident_no", "replaces")),
    )


async def _phones_of(visit: Visit, resident_id: str) -> list[dict[str, Any]]:
    found = await visit.calls.get(PASSKEYS, resident_id=resident_id, limit=_MOST)
    items: list[dict[str, Any]] = found["items"]
    return items


_phones_offered: Final = only(phones, "registry:passkey:bind")
_desk: Final = only(desk, "registry:passkey:open")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}me/phones", reading(_phones_offered)),
    Route(f"{HOME}me/phones", acting(phone_bound, page=_phones_offered), methods=["POST"]),
    Route(f"{HOME}me/phones/asked", acting(phone_asked), methods=["POST"]),
    Route(
        f"{HOME}me/phones/{{passkey_id}}/end", acting(phone_ended, page=phones), methods=["POST"]
    ),
    Route(f"{HOME}shares/{{lot_id}}/touch", reading(share_asked)),
    Route(f"{HOME}declare/touch", acting(own_lot_asked), methods=["POST"]),
    Route(f"{HOME}phones", reading(_desk)),
    Route(f"{HOME}phones", acting(opened, page=_desk), methods=["POST"]),
    Route(f"{HOME}phones/{{passkey_id}}", reading(opening)),
]
