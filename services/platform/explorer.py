"""The API explorer of a service, from assets inside the package: no outside address."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.responses import Response

_ASSETS: Final = files("services.platform") / "assets"


def add_explorer(app: FastAPI, name: str) -> None:
    """Serve Swagger UI at /<name>/docs with its two files beside it."""
    script = (_ASSETS / "swagger-ui-bundle.js").read_bytes()
    style = (_ASSETS / "swagger-ui.css").read_bytes()
    base = f"/{name}/docs"

    @app.get(f"{base}/swagger-ui-bundle.js", include_in_schema=False)
    async def explorer_script() -> Response:
        return Response(script, media_type="text/javascript")

    @app.get(f"{base}/swagger-ui.css", include_in_schema=False)
    async def explorer_style() -> Response:
        return Response(style, media_type="text/css")

    @app.get(base, include_in_schema=False)
    async def explorer() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=f"/{name}/openapi.json",
            title=app.title,
            swagger_js_url=f"{base}/swagger-ui-bundle.js",
            swagger_css_url=f"{base}/swagger-ui.css",
            swagger_favicon_url="data:,",
        )
