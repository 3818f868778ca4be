"""Small bundles around one order, and what was said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orderplan.engine.diagnostics import Diagnostic
    from orderplan.engine.records import Loaded

ORDER = "801000000000001"


def a_bundle(records: dict[str, Any] | None = None, /, **parts: Any) -> dict[str, Any]:
    """A bundle of one order and the given records; a part given as ... is left out."""
    bundle = {
        "format": "orderplan.bundle",
        "format_version": "1.0",
        "as_of": "2026-03-01T09:30:00Z",
        "order_ids": [ORDER],
        "records": {"Order": [{"Id": ORDER}], **(records or {})},
        **parts,
    }
    return {name: value for name, value in bundle.items() if value is not ...}


def a_line(number: int = 1, /, **fields: Any) -> dict[str, Any]:
    """A line of the order."""
    return {"Id": f"802{number:012}", "OrderId": ORDER, **fields}


def said(loaded: Loaded) -> list[tuple[str, str | None]]:
    """Code and JSON path of each finding."""
    return [(each.code, each.path) for each in loaded.findings]


def only(loaded: Loaded) -> Diagnostic:
    """The one finding that there is."""
    assert len(loaded.findings) == 1, said(loaded)
    return loaded.findings[0]
