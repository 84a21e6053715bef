"""Pure values and mechanisms shared by every service: no I/O, no clock, no randomness.

Money, quantities, identifiers, dated policy, refusals, rules, state tables, the event hash.
Everything here is a function of its arguments, so it may run inside a workflow.
"""
