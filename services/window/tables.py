"""The window owns no table: it reads the views other services publish and the event log.

A stream's place is kept by its reader (Last-Event-ID), not here, so that a stream can be replayed
by anyone from anywhere and reading leaves nothing behind.
"""
