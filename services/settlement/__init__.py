"""Cross-border RMB settlement (跨境人民币结算): released value turned into a payment, once.

Owns firm quotes, locked at the market's price, settlement instructions, draw-downs of released
value, the screening list and the bank's messages; books in the two-phase ledger. Used by group
clerks and enterprises who instruct, by banks who take messages and answer them with signed
requests, by bank compliance, and by auditors who read.
"""
