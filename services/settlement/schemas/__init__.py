"""Public requests and answers of the settlement API."""
