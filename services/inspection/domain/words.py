"""The words of inspection's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "unstaffed": {
        "OFFICERS_TOO_FEW": "fewer than two eligible officers",
        "SEED_MISSING": "no draw day is open",
        "BAYS_MISSING": "no inspection bay stated",
    },
    "inspection_order": {
        "UNSTAFFED": "waits for two officers and a bay",
        "ASSIGNED": "officers drawn, findings to make",
        "AWAITING_SIGNATURE": "waits for the second signature",
        "SENT_BACK": "sent back by the second officer",
        "CONCLUDED": "both signed",
        "WITHDRAWN": "lot or application withdrawn",
        "draw": "draw officers",
        "draw_signer": "draw who signs",
        "redraw": "draw again",
        "record_findings": "record findings",
        "countersign": "countersign",
        "send_back": "send back",
        "let_go": "let the lot be withdrawn",
        "withdraw": "withdraw",
    },
    "method": {
        "DOCUMENT": "documents",
        "MACHINE": "machine",
        "OUTER": "outside",
        "SAMPLE": "sample",
        "FULL": "everything",
    },
    "result": {
        "NO_DIFFERENCE": "no difference",
        "NAME": "another name",
        "QUANTITY": "another quantity",
        "CLASS": "another class",
        "VALUE": "another value",
        "ORIGIN": "another origin",
        "IPR": "infringes rights",
        "SMUGGLED": "smuggled",
        "QUARANTINE_FAIL": "quarantine failed",
    },
    "disposal": {
        "RELEASE": "release",
        "AMEND": "declare again",
        "TAX_AGAIN": "declare again with tax",
        "RETURN": "send back",
        "DESTROY": "destroy",
        "SEIZE": "seize",
        "TRANSFER": "hand to the anti-smuggling bureau",
        "WITHDRAWN": "withdrawn",
    },
}
