"""Cross-border RMB settlement (跨境人民币结算): released value turned into a payment, once.

Owns bank quotes, pooled prices (抱团定价), rota duty (轮值定价), firm quotes, settlement
instructions, draw-downs of released value, the screening list, the two-phase ledger and the
bank's messages. Used by group clerks and enterprises who instruct, by banks who quote, take
messages and answer them with signed requests, by bank compliance, and by auditors who read.
"""
