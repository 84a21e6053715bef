"""One machine: its servers, and who keeps them and the window running."""
