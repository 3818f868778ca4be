"""The settings of a rule set: the model's defaults, changed by the files."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from ..dates import is_zone
from ..diagnostics import Diagnostic, closest, corrected_line, finding
from ..syntax import ast, printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..schema.model import ModelField, ModelSchema
    from ..schema.types import Type

_PYTHON = {"text": str, "bool": bool, "int": int, "date": datetime.date}
_EXAMPLES = {"text": '"…"', "bool": "true", "date": 'date("2026-01-31")', "int": "1"}


def settings(files: Sequence[ast.RuleFile], model: ModelSchema) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The value of every setting; a later file's line replaces an earlier one's. A wrong line is a finding."""
    values = {name: _default(each) for name, each in model.settings.items()}
    findings: list[Diagnostic] = []
    for file in files:
        lines = [each for item in file.items if isinstance(item, ast.Settings) for each in item.entries]
        for line in lines:
            value, fault = _value(line, model, file.text)
            if fault is not None:
                findings.append(fault)
            else:
                values[line.name.text] = value
    return values, findings


def folded(template: ast.Template, values: dict[str, Any]) -> str | None:
    """The text of a template that holds nothing but texts and settings, or None when it needs more."""
    out = []
    for part in template.parts:
        if isinstance(part, str):
            out.append(part)
            continue
        names = [each.text for each in part.names] if isinstance(part, ast.Path) else []
        value = values.get(names[1]) if len(names) == 2 and names[0] == "settings" else None  # noqa: PLR2004 - settings.name
        if value is None or not isinstance(value, str | int) or isinstance(value, bool):
            return None
        out.append(str(value))
    return "".join(out)


def _default(known: ModelField) -> Any:
    if known.type.kind == "date" and known.default is not None:
        return datetime.date.fromisoformat(known.default)
    return known.default


def _value(line: ast.Setting, model: ModelSchema, source: str) -> tuple[Any, Diagnostic | None]:
    name, node = line.name.text, line.value
    known = model.settings.get(name)
    if known is None:
        near = closest(name, model.settings)
        fix = f"the settings are {', '.join(sorted(model.settings))}"
        fix = corrected_line(source, line.name.span, near) if near else fix
        return _fault("E310", f"there is no setting `{name}`", line.name, fix)
    want = known.type.present
    right = f"{name} = {_example(want)}"
    if isinstance(node, ast.Call) and node.function.text == "date" and len(node.arguments) == 1:
        inner = node.arguments[0]
        text = str(inner.value) if isinstance(inner, ast.Literal) else ""
        try:
            value: Any = datetime.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no time zone
        except ValueError:
            fix = f'write year, month and day: {name} = date("2026-01-31")'
            return _fault("E247", f"{printer.expression(inner)} is no date", inner, fix)
    elif isinstance(node, ast.Literal):
        value = node.value
    else:
        return _fault("E318", f"the value of the setting `{name}` must be written out", node, right)
    kinds = _PYTHON[want.kind]
    if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
        if want.kind == "date" and isinstance(value, str):
            right = f"{name} = date({printer.expression(node)})"
        return _fault("E311", f"the setting `{name}` takes {_wanted(want)}", node, right)
    if want.values and value not in want.values:
        near = closest(str(value), want.values)
        words = f"the setting `{name}` is one of {', '.join(map(printer.quoted, want.values))}"
        fix = f"{name} = {printer.quoted(near)}" if near else f"choose one, such as {right}"
        return _fault("E311", words, node, fix)
    if name == "time_zone" and not is_zone(str(value)):
        return _fault(
            "E311", f"there is no time zone {printer.quoted(str(value))}", node, f'{name} = "America/New_York"'
        )
    return value, None


def _fault(code: str, message: str, node: ast.Expression | ast.Name, fix: str) -> tuple[None, Diagnostic]:
    return None, finding(code, message, span=node.span, scope="settings", fix=fix)


def _wanted(want: Type) -> str:
    if want.values:
        return f"one of {', '.join(map(printer.quoted, want.values))}"
    return {"text": "a text", "bool": "true or false", "int": "a whole number", "date": "a date"}[want.kind]


def _example(want: Type) -> str:
    return printer.quoted(want.values[0]) if want.values else _EXAMPLES[want.kind]
