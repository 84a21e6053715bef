"""The API explorer of a service, from assets inside the package: no outside address.

Its page has no script of its own, so that its policy lets none run which somebody slipped in.
"""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from services.platform.covering import PAGE_POLICY

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

    @app.get(f"{base}/start.js", include_in_schema=False)
    async def explorer_start() -> Response:
        return Response(_START % json.dumps(f"/{name}/openapi.json"), media_type="text/javascript")

    @app.get(base, include_in_schema=False)
    async def explorer() -> HTMLResponse:
        page = _PAGE.format(title=escape(app.title), base=base)
        return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{base}/swagger-ui.css">
<link rel="icon" href="data:,">
<div id="swagger-ui"></div>
<script src="{base}/swagger-ui-bundle.js"></script>
<script src="{base}/start.js"></script>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: %s,
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
