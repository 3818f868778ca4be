"""The parser: what it takes in whatever form, where it points, and how it goes on after a fault."""

from __future__ import annotations

import time
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from orderplan.engine.syntax import ast, parse, parse_kept, parser
from orderplan.engine.syntax.parser import MAX_ERRORS, grammar_parser
from tests.syntax.trees import meaning

RULES = 'part p {\n  name = account.Name  required\n  note = "a"\n}\n'


def statements(text: str) -> tuple[ast.Statement, ...]:
    """The statements of the one part of a file."""
    parsed = parse(text, "x.rules")
    assert parsed.findings == ()
    (part,) = parsed.file.items
    assert isinstance(part, ast.Part)
    return part.body


def value(written: str) -> ast.Expression:
    """An expression as the parser reads it."""
    (statement,) = statements(f"part p {{\n  a = {written}\n}}\n")
    assert isinstance(statement, ast.Assign)
    return statement.value


def codes(text: str) -> list[str]:
    """The codes that a text is answered with, by place."""
    return [each.code for each in parse(text, "x.rules").findings]


# --- forms of text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(RULES.replace("\n", "\r\n"), id="lines end as on Windows"),
        pytest.param(RULES.replace("\n", "\r"), id="lines end as on old Macs"),
        pytest.param(RULES.replace("  ", "\t"), id="tabs"),
        pytest.param(RULES.rstrip("\n"), id="no final newline"),
        pytest.param(f"\ufeff{RULES}", id="byte order mark"),
        pytest.param(RULES.replace("\n", "   \n"), id="blanks at the end of lines"),
        pytest.param(RULES.replace("\n", "\n\n\n"), id="empty lines"),
        pytest.param(RULES.replace("\n", "  # why\n"), id="comments"),
        pytest.param(RULES.replace("  required", "\n # why\n\n    required"), id="a modifier on a line of its own"),
    ],
)
def test_forms_of_the_same_text_mean_the_same(text: str) -> None:
    """Line ends, blanks and comments change nothing."""
    assert meaning(parse(text, "x.rules").file.items) == meaning(parse(RULES, "x.rules").file.items)
    assert codes(text) == []


@pytest.mark.parametrize("text", ["", "\n", "\n\n  \n", "# only a comment", "# one\n# two\n", "\ufeff", "\r\n\t\r\n"])
def test_a_file_may_hold_nothing(text: str) -> None:
    """Emptiness is no fault of syntax."""
    assert parse(text, "x.rules").file.items == ()
    assert codes(text) == []


# --- expressions ------------------------------------------------------------------------------------------------------

WORDS = (
    *("and", "as", "after", "default", "drop", "each", "else", "expect", "extend", "fail", "false", "final", "from"),
    *("given", "in", "is", "key", "lookup", "map", "no", "not", "on", "or", "override", "part", "read", "required"),
    *("rules", "sensitive", "set", "settings", "source", "store", "sync", "target", "test", "true", "use", "version"),
    *("warn", "when", "with"),
)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_language_can_name_a_field(word: str) -> None:
    """Behind a dot, and as the key of an object, on a line of its own too."""
    assert str(value(f"account.{word}.{word}")) == f"account.{word}.{word}"
    entry = value(f"{{\n    {word}: 1\n  }}")
    assert isinstance(entry, ast.ObjectOf)
    assert entry.entries[0].key.text == word  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "grouped"),
    [
        ("a or b and c", "a or (b and c)"),
        ("not a == b", "not (a == b)"),
        ("not a and b", "(not a) and b"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("-a * b", "(-a) * b"),
        ("a + 1 == b", "(a + 1) == b"),
        ("a is set and b is not set", "(a is set) and (b is not set)"),
        ("a - 1 in [1]", "(a - 1) in [1]"),
        ("a or b or c", "(a or b) or c"),
    ],
)
def test_operators_bind_as_in_other_languages(written: str, grouped: str) -> None:
    """Parentheses that say what is meant anyway change nothing."""
    assert meaning(value(written)) == meaning(value(grouped))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"a\\nb"', "a\nb"),
        ('"\\u00e9"', "é"),
        ('"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        ('"t\\"x\\""', 't"x"'),
        ("12", 12),
        ("2.50", Decimal("2.50")),
        ("true", True),
    ],
)
def test_a_written_value_is_what_it_spells(written: str, read: object) -> None:
    """Texts with escapes, whole numbers, decimals and truth values."""
    literal = value(written)
    assert isinstance(literal, ast.Literal)
    assert (type(literal.value), literal.value) == (type(read), read)


def test_a_plain_text_never_interpolates() -> None:
    """Only a marked text holds expressions."""
    literal = value('"{account.Name}"')
    assert isinstance(literal, ast.Literal)
    assert literal.value == "{account.Name}"


def test_a_template_holds_texts_and_expressions_in_turn() -> None:
    """Escaped braces are plain ones."""
    template = value('t"a {account.Name}, \\{b\\} {first(c, d)}"')
    assert isinstance(template, ast.Template)
    assert [each if isinstance(each, str) else type(each).__name__ for each in template.parts] == [
        "a ",
        "Path",
        ", {b} ",
        "Call",
    ]


# --- places -----------------------------------------------------------------------------------------------------------


def test_a_node_knows_where_it_was_written() -> None:
    """Lines and columns count from 1, the end column is exclusive, tabs count as one."""
    (statement,) = statements('part p {\n\tname = first(account.Name,\n\t\t"x")  sensitive\n}\n')
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Call)
    path, text = statement.value.arguments
    assert str(statement.span) == "x.rules:2:2"
    assert (statement.span.end_line, statement.span.end_column) == (3, 18)
    assert str(path.span) == "x.rules:2:15"
    assert (text.span.line, text.span.column, text.span.end_column) == (3, 3, 6)


def test_an_expression_in_a_template_knows_where_it_was_written() -> None:
    """Its columns are those of the file."""
    template = value('t"ab {account.Name}"')
    assert isinstance(template, ast.Template)
    (path,) = (each for each in template.parts if not isinstance(each, str))
    assert (path.span.line, path.span.column, path.span.end_column) == (2, 13, 25)


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_fault_costs_only_its_statement() -> None:
    """What stands around it is read."""
    parsed = parse("part p {\n  a = 1\n  b = = 2\n  c = 3\n}\n", "x.rules")
    (part,) = parsed.file.items
    assert isinstance(part, ast.Part)
    assert [str(each.place) for each in part.body if isinstance(each, ast.Assign)] == ["a", "c"]
    assert [str(each.span) for each in parsed.findings] == ["x.rules:3:7"]


def test_many_faults_are_found_in_one_run_by_place() -> None:
    """Each has its own line."""
    text = "part p {\n  a = = 1\n  b = 'x'\n  c = \"\\q\"\n}\n\nprat q {\n}\n"
    assert [(each.code, each.span.line) for each in parse(text, "x").findings if each.span] == [
        ("E101", 2),
        ("E104", 3),
        ("E106", 4),
        ("E105", 7),
    ]


def test_no_more_than_twenty_faults_are_reported() -> None:
    """After that, something else is wrong with the file."""
    assert len(codes("part p {\n" + "  a = = 1\n" * 50 + "}\n")) == MAX_ERRORS


def test_a_brace_that_is_missing_is_reported_where_it_was_opened() -> None:
    """Not at the end of the file, and not at the block around it."""
    text = "map a from b {\n  c {\n    d = 1\n  e {\n    f = 2\n  }\n}\n\nmap g from h {\n}\n"
    assert [str(each.span) for each in parse(text, "x").findings] == ["x:2:5"]


def test_a_brace_that_is_missing_before_a_comment_is_put_before_it() -> None:
    """The rest of the file is read as it was meant."""
    parsed = parse("part p {\n  a {\n    b = 1  # why\n  c = 2\n}\n\npart q {\n}\n", "x")
    assert [each.code for each in parsed.findings] == ["E102"]
    assert [each.name.text for each in parsed.file.items if isinstance(each, ast.Part)] == ["p", "q"]


@pytest.mark.parametrize(
    "text", ["part p {\n" + "a {\n" * 100 + "}\n" * 101, "part p {\n  a = " + "[" * 101 + "]" * 101 + "\n}\n"]
)
def test_brackets_that_nest_too_deep_are_refused(text: str) -> None:
    """Before anything has to recurse through them."""
    assert codes(text) == ["E113"]


@pytest.mark.parametrize("chain", ["not " * 70 + "a", "-" * 70 + "a", " + ".join(["a"] * 70), " or ".join(["a"] * 70)])
def test_expressions_that_nest_too_deep_are_refused(chain: str) -> None:
    """Later passes recurse through expressions."""
    assert set(codes(f"part p {{\n  a = {chain}\n}}\n")) == {"E113"}


def test_a_line_that_is_too_long_is_refused() -> None:
    """It is no rule that someone wrote."""
    assert codes("part p {\n  a = " + '"' + "x" * 20_000 + '"\n}\n') == ["E113"]


# --- the parser's tables ----------------------------------------------------------------------------------------------


def test_the_grammar_has_no_ambiguity() -> None:
    """Strict mode refuses what LALR would otherwise resolve in silence."""
    pytest.importorskip("interegular")
    assert grammar_parser(strict=True).parse("part p {\n}\n", start="start") is not None


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, and a parser that has not been made yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(parser, "_local", type(parser._local)())
    return tmp_path / "orderplan"


def test_the_grammar_is_kept(cache: Path) -> None:
    """Making the tables takes ten times as long as loading them."""
    assert codes(RULES) == []
    assert len(list(cache.glob("grammar-*"))) == 1


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x80\x05", b"\n" * 100])
def test_a_damaged_cache_does_no_harm(cache: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables and the trees are made again."""
    parse_kept(RULES, "x.rules")
    for file in cache.iterdir():
        file.write_bytes(damage if "tree" in file.name else damage + file.read_bytes()[20:])
    monkeypatch.setattr(parser, "_local", type(parser._local)())

    assert meaning(parse_kept(RULES, "x.rules").file.items) == meaning(parse(RULES, "x.rules").file.items)
    assert codes(RULES) == []


def test_a_cache_folder_that_cannot_be_made_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(parser, "_local", type(parser._local)())

    assert parse_kept(RULES, "x.rules").findings == ()


def test_a_cache_folder_that_cannot_be_written_does_no_harm(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing fails on the way."""
    cache.mkdir()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr("os.access", lambda *_: True)
    cache.chmod(0o500)
    assert parse_kept(RULES, "x.rules").findings == ()
    cache.chmod(0o700)


def test_a_home_that_is_not_known_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container without a user."""

    def unknown() -> Path:
        raise RuntimeError("could not determine home directory")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr(parser, "_local", type(parser._local)())
    assert codes(RULES) == []


def test_a_kept_tree_is_the_tree() -> None:
    """Places included: findings point into the file whether it was parsed now or before."""
    text = (Path(__file__).with_name("identity.rules")).read_text(encoding="utf-8")
    first, again = (parse_kept(text, "identity.rules") for _ in range(2))
    assert repr(first) == repr(again) == repr(parse(text, "identity.rules"))


def test_a_deep_tree_can_be_kept(cache: Path) -> None:
    """Blocks may nest as deep as brackets may."""
    text = "part p {\n" + "a {\n" * 99 + "}\n" * 100
    assert parse_kept(text, "x.rules") == parse_kept(text, "x.rules") == parse(text, "x.rules")
    assert cache.is_dir()


def test_a_run_of_empty_lines_is_read_once() -> None:
    """Looking over the whole run from each of its lines took minutes."""
    before = time.process_time()
    comments = "# why\n" * 20_000 + "\n" * 20_000
    blanks = "settings { salesforce_url = lower(" + "\n" * 20_000 + '"A") }\n'

    assert parse(f'rules "a" version 1\n{comments}{blanks}', "a.rules").findings == ()
    assert time.process_time() - before < 10


def test_a_line_without_end_is_said_before_it_is_read() -> None:
    """Every pass keeps several times what it reads."""
    tracemalloc.start()
    text = f'rules "a" version 1\n# {"x" * 5_000_000}\n'
    (found,) = parse(text, "a.rules").findings
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (found.code, str(found.span)) == ("E113", "a.rules:2:1")
    assert most < 10 * len(text)
