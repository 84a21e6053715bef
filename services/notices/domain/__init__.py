"""Notices' domain: what is told to whom, contacts, quiet hours, patience."""
