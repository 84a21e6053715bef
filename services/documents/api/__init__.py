"""Documents over HTTP: laid with a case, read, fetched, withdrawn."""

from services.documents.api import documents

ROUTERS = (documents.router,)
