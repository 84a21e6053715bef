"""`python -m deploy.operate.health PATH`: does the process in this container answer?"""

from __future__ import annotations

import http.client
import os
import sys
from typing import Final

PATIENCE_S: Final = 4.0


def answers(path: str, *, host: str = "127.0.0.1", port: int, within_s: float = PATIENCE_S) -> bool:
    """Whether a GET of this path is answered with 200 in time."""
    connection = http.client.HTTPConnection(host, port, timeout=within_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1], port=int(os.environ.get("HTTP_PORT", "8080"))) else 1)
