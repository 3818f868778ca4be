"""Spans of OpenTelemetry, for those who have its SDK and have configured it; nothing at all for the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[None]:
    """A span around what is inside. Its attributes are names and counts, never what a record holds."""
    try:
        from opentelemetry import trace
    except ImportError:
        yield
        return
    with trace.get_tracer("orderplan").start_as_current_span(name, attributes=dict(attributes)):
        yield
