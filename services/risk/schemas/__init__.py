"""Requests and answers of the risk API."""
