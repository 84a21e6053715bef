"""How the services reach the world: database, event log, Temporal, HTTP, keys, telemetry.

Platform code knows mechanisms and no trade: it never mentions a lot, an order or a bank.
"""
