"""The page of a code: what it means, an example, and what to do."""

from __future__ import annotations

from ..places import shipped
from .codes import CODES


def page(code: str) -> str | None:
    """The Markdown text of a code's page, or None when the table has no such code.

    Upper and lower case differ by nothing, so that `explain e203` works.
    """
    wanted = code.strip().upper()
    if wanted not in CODES:
        return None
    file = shipped("docs", "errors", f"{wanted}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else f"# {wanted}: {CODES[wanted].title}\n"
