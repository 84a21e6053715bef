"""Requests and answers of the accreditation API."""
