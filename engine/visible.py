"""Texts that people see: characters that a terminal or a browser would obey are shown as escapes instead.

Control characters move the cursor or hide what was printed; characters that change the direction of writing, or have no width,
make a text look like another one.
"""

from __future__ import annotations

import re

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_OWN_COLOUR = re.compile(r"(\x1b\[(?:0|1|2|3[1-6]|1;3[1-6])m)")


def visible(text: str, *, coloured: bool = False) -> str:
    r"""The text with escapes such as \u202e for what is obeyed; a `coloured` one keeps the colours that views use."""
    if not coloured:
        return _OBEYED.sub(_escape, text)
    parts = _OWN_COLOUR.split(text)
    return "".join(part if at % 2 else _OBEYED.sub(_escape, part) for at, part in enumerate(parts))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits can say
