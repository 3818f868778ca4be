"""Where the shipped rules, schemas and error pages lie: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """The path of a shipped file or folder, such as `shipped("rules", "cpq.rules")`."""
    inside = _HERE / "_data"
    return (inside if inside.is_dir() else _HERE.parent).joinpath(*parts)
