"""The currency market at the border: what banks quote, and the price that is made of it.

Owns bank quotes, the pooled price (抱团定价) and how far one bank may move it, and who is absent
from rota duty (轮值定价); publishes ``v_prices`` and ``v_bank_absences``. Used by banks, who quote
and announce absences with signed requests, by whoever reads the price before paying, and by
settlement, which locks it.
"""
