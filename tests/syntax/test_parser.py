"""The parser: what it takes in whatever form, where it points, and how it goes on after a fault."""

from __future__ import annotations

import ast as python_ast
import json
import os
import subprocess
import sys
import time
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from orderplan.engine.places import shipped
from orderplan.engine.syntax import ast, parse, parse_kept, parser, tables
from orderplan.engine.syntax.parser import MAX_ERRORS, Newlines
from orderplan.engine.syntax.source import KEPT
from orderplan.engine.syntax.tables import FILE, make, parser_of, stamp
from tests.syntax.kept import trees
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
    assert make(Newlines(), strict=True).parse("part p {\n}\n", start="start") is not None


def test_what_is_kept_is_what_parsing_gives() -> None:
    """The tables and the trees of the shipped rules are those of today's grammar and rules; see `make grammar`."""
    there = {each.name: each.read_text(encoding="utf-8") for each in KEPT.iterdir()}
    tables_there = there.pop(FILE.name)
    assert json.loads(tables_there)["made_from"] == stamp()
    assert there == trees()


@pytest.mark.parametrize("file", sorted(shipped("rules").glob("*.rules")), ids=lambda file: file.name)
def test_kept_tables_parse_as_the_grammar_does(file: Path) -> None:
    """The same tree with the same places."""
    text = file.read_text(encoding="utf-8")
    kept_one, made = (each.parse(text, start="start") for each in (parser_of(Newlines()), make(Newlines())))
    assert kept_one == made
    assert [each.meta.line for each in kept_one.iter_subtrees()] == [each.meta.line for each in made.iter_subtrees()]


@pytest.mark.parametrize("file", sorted(shipped("rules").glob("*.rules")), ids=lambda file: file.name)
def test_a_kept_tree_is_the_tree(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places included, under the path that the file has now; and nothing is parsed."""
    text = file.read_text(encoding="utf-8")
    parsed = parse(text, "else/where.rules")
    monkeypatch.setattr(parser, "parse", None)
    assert repr(parse_kept(text, "else/where.rules")) == repr(parsed)


def test_a_text_that_is_not_shipped_is_parsed() -> None:
    """One changed character is another file."""
    text = shipped("rules", "cpq.rules").read_text(encoding="utf-8")
    assert meaning(parse_kept(f"{text}# more\n", "x.rules").file.items) == meaning(parse(text, "x.rules").file.items)
    assert parse_kept(f"{text}}}\n", "x.rules").findings != ()


def test_tables_of_another_lark_or_grammar_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade of the library alone."""
    file = tmp_path / "grammar.json"
    monkeypatch.setattr(tables, "FILE", file)
    for text in (None, json.dumps({"made_from": "another"})):
        if text is not None:
            file.write_text(text, encoding="utf-8")
        assert parser_of(Newlines()).parse("part p {\n}\n", start="start") is not None


def test_no_file_outside_of_the_program_is_read_or_written(tmp_path: Path) -> None:
    """A checkout that brings a cache along, and a job that points there, cannot change what a rule file says."""
    (tmp_path / "x.rules").write_text(RULES, encoding="utf-8")
    home = tmp_path / "home"
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    program = (
        "import sys\n"
        "sys.addaudithook(lambda name, _: print('pickle', file=sys.stderr) if name.startswith('pickle.') else None)\n"
        "from orderplan.engine.commands import main\n"
        "main(['fmt', '--check', 'x.rules'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not home.exists()


def test_the_program_loads_no_pickle() -> None:
    """Nor marshal or shelve: what is read from files is data."""
    for file in (*shipped("engine").rglob("*.py"), shipped("cli.py")):
        for node in python_ast.walk(python_ast.parse(file.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, python_ast.Import) else []
            names += [node.module or ""] if isinstance(node, python_ast.ImportFrom) else []
            assert not {"pickle", "marshal", "shelve", "dill"} & {each.partition(".")[0] for each in names}, file


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
