"""The words of risk's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "lane": {"GREEN": "green: no person", "YELLOW": "yellow: documents", "RED": "red: goods"},
    "risk_fact": {
        "port": "port",
        "customs_office": "customs office",
        "party": "declared by",
        "direction": "direction",
        "hs_code": "commodity code",
        "origin": "origin",
        "shipped_from": "shipped from",
        "perishable": "perishable",
        "net_g": "net weight",
        "gross_g": "gross weight",
        "value_minor": "value",
        "currency": "currency",
        "ticket_count": "shares",
        "value_per_ticket_minor": "value of a share",
        "credit_level": "credit level",
        "pieces": "pieces",
        "seller": "seller",
        "seller_bank_bic": "seller's bank",
        "vehicle_plate": "plate",
        "amended": "put right after it was declared",
        "first_net_g": "net weight as declared first",
        "first_gross_g": "gross weight as declared first",
        "first_value_minor": "value as declared first",
        "first_pieces": "pieces as declared first",
        "first_vehicle_plate": "plate as declared first",
    },
    "lot_part": {
        "declarant": "declarant",
        "group": "group",
        "resident": "a resident of the lot",
        "seller": "seller",
        "seller_bank": "seller's bank",
        "carrier": "carrier",
        "buyer": "buyer",
        "plate": "plate of the truck",
        "foreign_plate": "foreign plate",
        "goods": "goods",
        "origin": "origin",
    },
    "direction": {"I": "import", "E": "export"},
    "selected": {
        "RULE_UNEVALUABLE": "a rule could not be evaluated",
        "NO_RULE_BOOK": "no risk rules in force",
        "RATE_MISSING": "no inspection rate in force",
    },
}
