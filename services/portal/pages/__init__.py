"""The pages, by whose day they serve; a module each, with its ROUTES."""
