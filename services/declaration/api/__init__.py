"""The declaration API: lots, manifests and quota; and one touch."""

from services.declaration.api import lots, touches

ROUTERS = (lots.router, touches.router)
