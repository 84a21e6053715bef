"""Notices and choices as their person reads them."""
