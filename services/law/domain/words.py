"""The words of the law's lists, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "law_list": {
        "port_origins": "Allowed origins",
        "goods_restrictions": "Restricted goods",
        "commodities": "Commodity codes",
    },
    "restriction": {
        "NOT_EXEMPT": "without exemption",
        "PROHIBITED": "prohibited",
    },
}
