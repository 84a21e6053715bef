"""A factory asks to have its book put right, of a load lost or found too; an officer consents.

What stood and what is to stand are both shown, before the word and after it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.names import call_goods
from services.portal.pages.factories import goods_of
from services.portal.visit import Visit, acting, reading

_MOST: Final = 100
FIELDS: Final = {
    "RECEIPT": ("receipt_id", "received_kg"),
    "CONSUMPTION": ("product_hs", "material_hs", "net", "loss_rate"),
    "MATERIAL": ("material_hs",),
    "PERIOD": ("period_from", "period_to"),
    "LOSS": ("purchase_id",),
    "FOUND": ("purchase_id",),
}
"""What may be put right, and what is said of it."""
_NEEDED: Final = ("RECEIPT", "CONSUMPTION", "MATERIAL", "LOSS", "FOUND")


async def listed(visit: Visit) -> Response:
    """Corrections of one book, newest first, and the forms that ask for another."""
    book_id = visit.path("book_id")
    book, asked, bought = await asyncio.gather(
        visit.calls.get(f"/processing/v1/books/{book_id}"),
        visit.listed("asked", "/processing/v1/corrections", book_id=book_id, limit=_MOST),
        visit.calls.whole("/secondmarket/v1/purchases"),
    )
    receipts = [one for one in bought if one["book_id"] == book_id]
    named = [one[name] for one in asked for name in ("material_hs", "product_hs")]
    await call_goods(visit, (*goods_of(book), *named, *(one["hs_code"] for one in receipts)))
    about = visit.path("kind") if "kind" in visit.request.path_params else None
    return visit.page(
        "corrections.html",
        book=book,
        corrections=sorted(asked, key=lambda one: str(one["asked_at"]), reverse=True),
        receipts=receipts,
        on_its_way=[one for one in book["in_transit"] if one["dispatched_at"]],
        written_off=[one for one in bought if one["state"] == "LOST"],
        about=about,
        found=visit.mistakes((*FIELDS.get(about or "", ()), "grounds", "reason")),
    )


async def asked(visit: Visit) -> Response:
    """Ask to have one thing put right, with the grounds; the book is as it was until then."""
    book_id, kind = visit.path("book_id"), visit.path("kind")
    said: dict[str, Any] = {"kind": kind, "grounds": visit.typed("grounds")}
    names = FIELDS.get(kind, ())
    said |= visit.typed_in(names) if kind in _NEEDED else visit.filled_in(names)
    await visit.act(f"/processing/v1/books/{book_id}/corrections", said)
    return visit.turn(f"{HOME}books/{book_id}/corrections", said="done")


async def decided(visit: Visit) -> Response:
    """An officer's word on a correction; consented to, it is made."""
    body = visit.typed_in(("decision", "reason"))
    path = f"/processing/v1/corrections/{visit.path('correction_id')}/decision"
    await visit.act(path, body, versioned=True)
    return visit.turn(f"{HOME}books/{visit.path('book_id')}/corrections", said="signed")


_OF_A_BOOK: Final = f"{HOME}books/{{book_id}}/corrections"
ROUTES: Final[list[BaseRoute]] = [
    Route(_OF_A_BOOK, reading(listed)),
    Route(f"{_OF_A_BOOK}/{{kind}}", acting(asked, page=listed), methods=["POST"]),
    Route(
        f"{_OF_A_BOOK}/{{correction_id}}/decision", acting(decided, page=listed), methods=["POST"]
    ),
]
