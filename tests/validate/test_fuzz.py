"""Whatever stands in a rule file, the answer is findings: never an exception, and never a finding that cannot be shown."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from orderplan.engine.diagnostics import OrderplanError, render_text
from orderplan.engine.diagnostics.report import render_json
from orderplan.engine.syntax import Parsed, format_rules, parse
from orderplan.engine.validate import check_file, sources
from tests.validate.rules import HEADER, READS

CASES = 1_000
"""Cases of one test function; there are 21 of them."""

SEEDS = range(5)
_ROOT = Path(__file__).parents[2]
_IDENTITY = (_ROOT / "tests/syntax/identity.rules").read_text(encoding="utf-8")
_INVALID = (_ROOT / "tests/syntax/invalid.rules").read_text(encoding="utf-8")
_SHIPPED = [each.read_text(encoding="utf-8") for each in sorted((_ROOT / "rules").glob("*.rules"))]
_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\w+|\s+|[^\w\s]')
_TOKENS = sorted({each for text in [_IDENTITY, _INVALID, *_SHIPPED] for each in _TOKEN.findall(text)})
_BLOCK = re.compile(r"^(?=(?:map|read|lookup|sync|part|settings|override|test)\b)", re.MULTILINE)
_BLOCKS = [each for text in [_IDENTITY, *_SHIPPED] for each in _BLOCK.split(text) if each.strip()]
_STRANGE = (
    "\0",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x0b",
    "\t",
    "\r",
    "\r\n",
    "\x1b[31m",
    "é",
    "日本",
    "\U0001f600",
    "\\",
    '"',
    't"{',
    "}",
)


def damaged(random_: random.Random, text: str) -> str:
    """A text with some random damage: characters, words and lines lost, doubled, swapped or put in."""
    for _ in range(random_.randint(1, 4)):
        at, to = sorted(random_.choices(range(len(text) + 1), k=2))
        to = min(to, at + random_.choice((1, 3, 10, 60)))
        match random_.randrange(8):
            case 0:
                text = text[:at] + text[to:]
            case 1:
                text = text[:to] + text[at:to] + text[to:]
            case 2:
                text = text[:at] + random_.choice(_TOKENS) + text[to:]
            case 3:
                text = text[:at] + random_.choice(_TOKENS) + text[at:]
            case 4:
                text = text[:at] + random_.choice(_STRANGE) + text[at:]
            case 5:
                text = text[:at] + "".join(random_.choices('{}()[]"=.,:\n#tx1 ', k=random_.randint(1, 5))) + text[at:]
            case 6:
                words = _TOKEN.findall(text)
                one, other = random_.choices(range(len(words)), k=2) if words else (0, 0)
                if words:
                    words[one], words[other] = words[other], words[one]
                text = "".join(words)
            case _:
                lines = text.split("\n")
                random_.shuffle(lines)
                text = "\n".join(lines) if random_.random() < 0.2 else text[:at]
    return text


def random_bytes(random_: random.Random) -> str:
    """Bytes, read as a careless editor would."""
    return random_.randbytes(random_.randint(0, 200)).decode(random_.choice(("utf-8", "latin-1")), "replace")


def random_words(random_: random.Random) -> str:
    """Words and signs of the language in any order."""
    return "".join(random_.choices(_TOKENS, k=random_.randint(0, 60)))


def random_blocks(random_: random.Random) -> str:
    """A damaged block of a real file."""
    return damaged(random_, random_.choice(_BLOCKS))


def shown(findings: tuple[object, ...], texts: dict[str, str]) -> None:
    """Every finding can be printed."""
    for each in findings:
        assert render_text(each, texts).startswith(("error[", "warning["))  # type: ignore[arg-type]
    assert render_json(list(findings)).endswith("}\n")  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("made", [random_bytes, random_words, random_blocks])
def test_any_text_can_be_parsed_and_formatted(made: Callable[[random.Random], str], seed: int) -> None:
    """Or is answered with findings that lie in the text."""
    random_ = random.Random(f"{made.__name__} {seed}")  # noqa: S311 - cases, not secrets
    for _ in range(CASES):
        text = made(random_)
        findings = parse(text, "x.rules").findings
        shown(findings, {"x.rules": text})
        if not findings:
            formatted, _ = format_rules(text, "x.rules")
            assert formatted is not None
            assert format_rules(formatted, "x.rules") == (formatted, ()), text


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule file that is parsed anew each time."""

    def parsed(text: str, path: str) -> Parsed:
        return parse(text, path)

    monkeypatch.setattr(sources, "parse_kept", parsed)
    return tmp_path / "x.rules"


@pytest.mark.parametrize("seed", SEEDS)
def test_any_rule_file_can_be_checked(seed: int, file: Path) -> None:
    """Blocks of real files, damaged, behind what makes them whole."""
    random_ = random.Random(f"check {seed}")  # noqa: S311 - cases, not secrets
    for _ in range(CASES):
        body = "\n".join(random_.choices(_BLOCKS, k=random_.randint(1, 2)))
        head = random_.choice((HEADER + READS, HEADER, 'rules "x" version 1\n'))
        text = damaged(random_, body) if random_.random() < 0.9 else body
        file.write_bytes((head + text).encode("utf-8", "replace"))
        checked = check_file(str(file))
        shown(checked.findings, checked.sources)


def test_any_bytes_can_be_a_rule_file(file: Path) -> None:
    """Bytes that are no text are said to be none."""
    random_ = random.Random("bytes")  # noqa: S311 - cases, not secrets
    for _ in range(CASES):
        file.write_bytes(random_.randbytes(random_.randint(0, 60)))
        with contextlib.suppress(OrderplanError):
            checked = check_file(str(file))
            shown(checked.findings, checked.sources)
