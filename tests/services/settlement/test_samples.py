"""The samples under contracts/iso20022 are what the code writes and reads today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.kernel.money import Money
from services.settlement.domain.messages import credit_transfer, payment_status, reading
from services.settlement.domain.messages.payment_status import Status
from tests.services.settlement.test_messages import AT, CASE, OFFICIAL, TRANSFER

SAMPLES = Path(__file__).parents[3] / "contracts" / "iso20022" / "samples"
YUAN = Money.parse("7934.00", "CNY")
PLAIN = replace(TRANSFER, paid=YUAN, instructed=None, rate=None)


def report(code: str, amount: Money | None, reason: str | None = None) -> bytes:
    said = Status(TRANSFER.message_ref, TRANSFER.instruction_ref, code, amount, reason)
    status = replace(said, original_end_to_end=CASE.hex, uetr=TRANSFER.uetr)
    return payment_status.built(
        message_ref=f"SAMPLE-{code}", created_at=AT, from_bic="ABOCCNBJ", statuses=[status]
    )


WRITTEN = {
    "pacs.008.001.08-cny.xml": credit_transfer.built(PLAIN),
    "pacs.008.001.08-vnd.xml": credit_transfer.built(TRANSFER),
    "pacs.002.001.10-settled.xml": report("ACSC", YUAN),
    "pacs.002.001.10-pending.xml": report("PDNG", None),
    "pacs.002.001.10-rejected.xml": report("RJCT", None, "AC04"),
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_sample_is_what_is_written_and_passes_both_checks(name: str) -> None:
    sample = (SAMPLES / name).read_bytes()
    assert sample == WRITTEN[name]
    root = reading.opened(sample)
    OFFICIAL.check(root)
    if name.startswith("pacs.008"):
        credit_transfer.checked(root)
    else:
        assert payment_status.read(root).statuses[0].uetr == TRANSFER.uetr


def test_there_is_no_sample_beside_these() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(WRITTEN)
