"""Logs, metrics and traces. None of them ever carries a name, a number or a message body.

What one service alone counts stands where it counts it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, TextIO
from urllib.parse import urlsplit, urlunsplit

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import Counter, Gauge, Histogram

_FAST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)
CASE_TAKES_S: Final = (0.1, 0.3, 1, 3, 10, 60, 600, 3600, 21600, 86400, 172800)
"""The steps by which a service measures how long a case of its own takes, up to two days."""

requests: Final = Histogram(
    "tradewindow_request_seconds",
    "Time to answer a request.",
    ("service", "method", "route", "status"),
    buckets=_FAST,
)
refusals: Final = Counter(
    "tradewindow_refusals_total", "Requests refused, by service and code.", ("service", "code")
)
backlog: Final = Gauge(
    "tradewindow_backlog_age_seconds", "Age of the oldest waiting piece of work.", ("kind",)
)
patience: Final = Gauge(
    "tradewindow_backlog_patience_seconds", "How old it may be before it is told.", ("kind",)
)

servers: Final = Gauge(
    "tradewindow_server_answers",
    "Whether a server behind the window answers the relay: 1 or 0.",
    ("server",),
)

webhook_lag: Final = Gauge(
    "tradewindow_webhook_lag_seconds",
    "Age of the oldest event that a webhook which is delivered to has not passed.",
)
notices_waiting: Final = Gauge(
    "tradewindow_notices_waiting", "Notices that wait to leave, by channel.", ("channel",)
)
notices_waiting_age: Final = Gauge(
    "tradewindow_notices_waiting_age_seconds",
    "Since when the oldest of them that is due could have left, by channel.",
    ("channel",),
)
notices_lag: Final = Gauge(
    "tradewindow_notices_lag_seconds", "Age of the oldest event not judged into notices yet."
)
notices_given_up: Final = Gauge(
    "tradewindow_notices_given_up", "Notices given up within a day, by channel.", ("channel",)
)
webhooks: Final = Gauge(
    "tradewindow_webhooks", "Webhooks that stand, by state and whether they fail.", ("state",)
)

untold: Final = Gauge(
    "tradewindow_acts_not_carried_out",
    "Acts committed whose case was not told yet, by kind of case, and banks' reports left.",
    ("kind",),
)
untold_age: Final = Gauge(
    "tradewindow_acts_not_carried_out_age_seconds", "Age of the oldest of them.", ("kind",)
)

months_prepared: Final = Gauge(
    "tradewindow_months_prepared", "Coming months with a partition of their own.", ("table",)
)

sealed_at: Final = Gauge(
    "tradewindow_last_seal_timestamp_seconds", "When the log was last sealed, in Unix seconds."
)


def configure_logging(level: str, *, service: str) -> None:
    """Structured lines on standard error, each with service, request id and case id if any."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryLines(service))
    lowest = max(logging.WARNING, logging.getLevelName(level))
    logging.basicConfig(level=lowest, handlers=[handler], force=True)
    warnings.showwarning = _warn


class _LibraryLines(logging.Formatter):
    """What libraries log, as lines of the same shape: where an error arose, never its text."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        line: dict[str, object] = {
            "event": "library",
            "logger": record.name,
            "level": record.levelname.lower(),
            "message": _sentence(record)[:200],
            "service": self._service,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= {
                "error": type(record.exc_info[1]).__name__,
                "where": where(record.exc_info[1]),
            }
        return json.dumps(line, ensure_ascii=False)


_NUMBER_MAX: Final = 1_000_000
"""A larger number may be somebody's: identity, telephone, account."""
_PLACE: Final = re.compile(r"%(?:\(\w+\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")


def _sentence(record: logging.LogRecord) -> str:
    """What a library says, with its small numbers and kinds of errors; other values as "…"."""
    given = record.args
    if not given:
        return str(record.msg)
    shown: Any = (
        {name: _shown(value) for name, value in given.items()}
        if isinstance(given, Mapping)
        else tuple(map(_shown, given))
    )
    try:
        sentence: str = str(record.msg) % shown
    except (TypeError, ValueError, KeyError):
        return _PLACE.sub("…", str(record.msg))
    return sentence


def _shown(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    is_small = isinstance(value, int | float) and abs(value) < _NUMBER_MAX
    return value if is_small else "…"


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """What a library warns of through Python, as a line like any other."""
    said = {"message": str(message)[:200], "where": f"{filename}:{lineno}"}
    structlog.get_logger().warning("library", error=category.__name__, **said)


def configure_tracing(endpoint: str | None, *, service: str) -> bool:
    """Send traces by OTLP over HTTP when an endpoint is set; says whether they are on."""
    if endpoint is None:
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(span_exporter(endpoint)))
    trace.set_tracer_provider(provider)
    traced.cache_clear()
    return True


def span_exporter(endpoint: str) -> OTLPSpanExporter:
    """Sends spans to a collector, at the usual path when the endpoint names none.

    For https the exporter reads OTEL_EXPORTER_OTLP_CERTIFICATE (the collector's authority) and
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY from the environment; a
    REQUESTS_CA_BUNDLE that is set there comes before the first.
    """
    parts = urlsplit(endpoint)
    path = parts.path if parts.path.strip("/") else "/v1/traces"
    return OTLPSpanExporter(endpoint=urlunsplit(parts._replace(path=path)))


@cache
def traced() -> bool:
    """Whether this process sends traces: then HTTP, SQL and workflows are instrumented."""
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def where(error: BaseException) -> list[str]:
    """File, line and function of an exception's frames, without its message or any value."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
