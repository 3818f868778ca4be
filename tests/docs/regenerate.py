"""The parts of the documentation that the program writes: `python -m tests.docs.regenerate` brings them up to date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import click
from click.testing import CliRunner

from orderplan.engine.commands import main
from orderplan.engine.diagnostics import CODES, render_text
from orderplan.engine.functions import FUNCTIONS, Example, Function
from orderplan.engine.schema.model import TERMS, Definition, ModelField, load_model
from tests.contract.faults import FAULTS
from tests.docs.blocks import DOCS

_KINDS = {
    "text": "Text",
    "int": "Int",
    "decimal": "Decimal",
    "bool": "Bool",
    "date": "Date",
    "datetime": "DateTime",
    "timestamp": "Timestamp",
    "money": "Money",
    "minor": "MinorUnits",
    "record": "record",
    "ref": "reference",
}
_ANY = 8
_GROUPS = {
    "1": "Syntax",
    "2": "Names, types and coverage of rules",
    "3": "Inheritance and settings",
    "4": "Bundles",
    "5": "The contract model",
    "6": "Values at plan time",
    "7": "Plans",
    "8": "Forecasts",
    "9": "Files and usage",
}


def functions() -> str:
    """The functions of the language as a table."""
    rows = ["| function | takes | gives | | examples |", "|---|---|---|---|---|"]
    for name in sorted(FUNCTIONS):
        each = FUNCTIONS[name]
        gives = str(each.result) if each.result else "the type of its values"
        rows.append(
            f"| `{name}` | {_takes(each)} | {gives} | {each.description} | {'; '.join(map(_example, each.examples))} |"
        )
    return "\n".join(rows)


def _example(example: Example) -> str:
    refused = example.gives in CODES
    return f"`{example.call}` " + (f"is refused ({example.gives})" if refused else f"is `{example.gives}`")


def _takes(function: Function) -> str:
    out = []
    for at, each in enumerate(function.parameters):
        kinds = "any value" if len(each.kinds) > _ANY else " or ".join(_KINDS[kind] for kind in each.kinds)
        words = f"{each.name}: {kinds}" + (", written out" if each.constant else "")
        left_out = function.least is not None and at >= function.least
        out.append(f"[{words}]" if left_out else words)
    return "; ".join(out) + ("; more of them" if function.variadic else "") or "nothing"


def settings() -> str:
    """The settings as a table."""
    rows = ["| setting | type | default | |", "|---|---|---|---|"]
    for name, each in load_model().settings.items():
        default = "none" if each.default is None else f"`{_written(each.default)}`"
        rows.append(f"| `{name}` | {_type(each)} | {default} | {each.description} |")
    return "\n".join(rows)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)


def _type(field: ModelField) -> str:
    type_ = field.type
    if type_.values:
        return " or ".join(f"`{_written(each)}`" for each in type_.values)
    if type_.kind == "list" and type_.item:
        return f"list of {_named(type_.item.kind, type_.item.name)}"
    return _named(type_.kind, type_.name)


def _named(kind: str, name: str) -> str:
    if kind == "model":
        return f"[{name}](#{name.lower()})"
    return f"record: {name.replace('_', ' ')}" if kind == "role" else _KINDS.get(kind, kind)


def model() -> str:
    """The definitions of the contract model, each as a table: terms first, then what is worked out of them."""
    definitions = load_model().definitions
    terms = list(TERMS.values())
    names = [*terms, *(each for each in definitions if each not in terms and each != "Settings")]
    return "\n\n".join("\n".join(_definition(definitions[name])) for name in names)


def _definition(each: Definition) -> Iterator[str]:
    target = next((word for word, name in TERMS.items() if name == each.name), None)
    yield f"### {each.name}"
    yield ""
    yield each.description
    yield ""
    yield "| field | type | | |"
    yield "|---|---|---|---|"
    for name, field in each.fields.items():
        must = "must be read" if target else "always there"
        presence = "may be absent" if field.type.optional and not target else "" if field.type.optional else must
        yield f"| `{name}` | {_type(field)} | {presence} | {field.description} |"


def codes() -> str:
    """The codes of diagnostics by group, each linked to its page."""
    out: list[str] = []
    for digit in sorted({code[1] for code in CODES}):
        group = [each for each in CODES.values() if each.code[1] == digit]
        out += [f"## {_GROUPS[digit]}", "", "| code | severity | title | since |", "|---|---|---|---|"]
        for each in sorted(group, key=lambda code: ("EWN".index(code.code[0]), code.code)):
            out.append(f"| [{each.code}](errors/{each.code}.md) | {each.severity} | {each.title} | {each.since} |")
        out.append("")
    return "\n".join(out).rstrip()


def help_pages() -> str:
    """The help of every command, as a terminal of 80 columns shows it."""
    out = []
    for words, _ in every_command():
        shown = " ".join(["orderplan", *words])
        out += [f"### {shown}", "", "```text", help_of(words).rstrip(), "```", ""]
    return "\n".join(out).rstrip()


def help_of(words: tuple[str, ...]) -> str:
    """What `orderplan WORDS --help` prints."""
    done = CliRunner().invoke(main, [*words, "--help"], prog_name="orderplan", terminal_width=80)
    return done.output


def every_command() -> list[tuple[tuple[str, ...], click.Command]]:
    """The program itself and all its commands, each with the words that call it."""

    def below(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
        yield words, command
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                yield from below((*words, name), inner)

    return list(below((), main))


WRITTEN: dict[tuple[str, str], Callable[[], str]] = {
    ("language.md", "functions"): functions,
    ("language.md", "settings"): settings,
    ("model.md", "model"): model,
    ("errors.md", "codes"): codes,
    ("commands.md", "help"): help_pages,
}
"""Each generated part: its page below docs, its name in the marks around it, and what writes it."""


def with_part(text: str, name: str, content: str) -> str:
    """A page with one generated part replaced.

    Raises:
        ValueError: when the page has no marks of this name.
    """
    pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no part {name}")
    return pattern.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)


def with_message(text: str, message: str) -> str:
    """The page of a code with what the program says of its example."""
    return re.sub(r"(?<=```text\n).*?(?=```)", lambda _: message, text, count=1, flags=re.DOTALL)


def regenerate() -> None:
    """Writes all generated parts into their pages, and the messages of the contract model into those of its codes."""
    for code, case in FAULTS.items():
        path = DOCS / "errors" / f"{code}.md"
        message = render_text(case().findings[0], {})
        path.write_text(with_message(path.read_text(encoding="utf-8"), message), encoding="utf-8")
    for (page, name), write in WRITTEN.items():
        path = DOCS / page
        path.write_text(with_part(path.read_text(encoding="utf-8"), name, write()), encoding="utf-8")


if __name__ == "__main__":
    regenerate()
