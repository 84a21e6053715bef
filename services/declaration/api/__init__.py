"""The declaration API: lots, manifests and quota; one touch; and whose name it was."""

from services.declaration.api import lots, name_reports, touches

ROUTERS = (lots.router, touches.router, name_reports.router)
