"""The words of the law's lists and parameters; ``words/`` has them in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.law.domain.authorities import AUTHORITIES
from services.law.domain.parameters import CHOICES, PARAMETERS, SURE, UNITS

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
    "parameter": {key: title for key, (title, _) in PARAMETERS.items()},
    "unit": UNITS,
    "choice": CHOICES,
    "sure": SURE,
    "authority": {authority: authority for authority in AUTHORITIES},
}
