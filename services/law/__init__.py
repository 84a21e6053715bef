"""The law the window judges by: dated, each entry with its authority.

Owns every legal parameter with its dates (a change takes two officers), commodity codes, goods
without exemption (不予免税清单) and prohibited ones, and from which countries goods may come at a
port (what is filed of these takes two of the registrar's office); lists the rules that decide. All
other services read it through the views ``migrations/views/law_*.sql``; nobody else writes it.
"""
