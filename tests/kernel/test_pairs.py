"""Pairs of currencies that banks quote here."""

from __future__ import annotations

import pytest

from services.kernel import pairs
from services.kernel.refusal import Refused


def test_a_pair_that_no_bank_quotes_here_is_refused() -> None:
    with pytest.raises(Refused) as unknown:
        pairs.pair_named("EUR/USD")
    assert unknown.value.codes == ("PAIR_UNKNOWN",)
    assert pairs.pair_between("VND", "CNY", "/pay_currency") is pairs.PAIRS["CNY/VND"]
    with pytest.raises(Refused):
        pairs.pair_between("CNY", "EUR", "/pay_currency")
