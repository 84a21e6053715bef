"""How the services reach the world: database, event log, Temporal, HTTP, keys, telemetry.

Platform code knows mechanisms. Of the trade it knows what several services ask of the registers
alike: whether an officer is on file, which bank signed a request, and whose day of the rota it is.
"""
