"""Requests and answers of the inspection API."""
