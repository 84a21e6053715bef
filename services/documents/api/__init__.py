"""Documents over HTTP: laid with a case, read, fetched, withdrawn."""

from services.documents.api import documents, papers

ROUTERS = (documents.router, papers.router)
