"""Names and types of expressions: syntax nodes in, typed nodes out, faults gathered on the way."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from engine.diagnostics import Diagnostic, Label, Severity, Span, closest, finding
from engine.schema.model import ModelSchema
from engine.schema.salesforce import Catalogue
from engine.schema.types import (
    BOOL,
    DATE,
    DECIMAL,
    INT,
    MONEY,
    NEVER,
    OBJECT,
    TEXT,
    TIMESTAMP,
    Type,
    field_type,
    record_type,
)
from engine.syntax import ast, printer
from engine.validate import ir
from engine.validate.functions import FUNCTIONS, Function

_ORDERED = ("int", "decimal", "date", "datetime", "timestamp", "money")
_NUMBERS = ("int", "decimal")
_KIND_NAMES = {"int": "Int", "decimal": "Decimal", "text": "Text", "bool": "Bool", "date": "Date", "datetime": "DateTime",
               "timestamp": "Timestamp", "money": "Money", "minor": "MinorUnits", "ref": "a reference", "record": "a record"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean here, and which paths are known to be set."""

    names: dict[str, Type]
    narrowed: frozenset[str] = frozenset()

    def bind(self, name: str, type_: Type) -> Scope:
        """The scope with one more name."""
        return Scope({**self.names, name: type_}, frozenset(each for each in self.narrowed if each.split(".")[0] != name))

    def narrow(self, paths: frozenset[str]) -> Scope:
        """The scope in which these paths are set."""
        return Scope(self.names, self.narrowed | paths) if paths else self


@dataclass(slots=True)
class World:
    """Everything expressions are checked against, and where their faults go."""

    catalogue: Catalogue
    model: ModelSchema
    settings: dict[str, Any]
    lookups: dict[str, ast.Lookup] = field(default_factory=dict)
    lookup_types: dict[str, Type] = field(default_factory=dict)
    made: dict[str, Type] = field(default_factory=dict)
    """For each Stripe resource that the rules create, the type of the rows it is made from."""

    mapped: frozenset[tuple[str, str]] = frozenset()
    """Every resource and operation that a rule maps."""

    resources: tuple[str, ...] = ()
    findings: list[Diagnostic] = field(default_factory=list)
    scope_name: str | None = None
    used_lookups: set[str] = field(default_factory=set)
    references: list[tuple[str, str, Span]] = field(default_factory=list)
    sensitive_fields: set[tuple[str, str]] = field(default_factory=set)
    stripe_version: str = ""

    def fault(self, code: str, message: str, span: Span, **more: Any) -> None:
        """Records a finding in the block that is being checked."""
        self.findings.append(finding(code, message, span=span, scope=self.scope_name, **more))


def check(node: ast.Expression, scope: Scope, world: World) -> ir.Node | None:
    """The typed form of an expression, or nothing when it has a fault, which is then recorded."""
    return _Checker(world).expression(node, scope)


def condition(node: ast.Expression, scope: Scope, world: World) -> ir.Node | None:
    """The typed form of a condition; anything but a truth value is a fault."""
    checked = check(node, scope, world)
    if checked is not None and checked.type.kind != "bool":
        world.fault("E232", f"a condition is true or false, this is {checked.type}", node.span,
                    fix=f"{printer.expression(node)} is set" if checked.type.optional else "compare it with a value")
        return None
    return checked


def set_paths(node: ast.Expression | None) -> frozenset[str]:
    """The paths that are set wherever a condition is true: along `and`, never across `or`."""
    match node:
        case ast.IsSet(negated=False, operand=ast.Path() as path):
            return frozenset({str(path)})
        case ast.Binary(operator="and"):
            return set_paths(node.left) | set_paths(node.right)
        case ast.Binary(operator="or"):
            return set_paths(node.left) & set_paths(node.right)
        case ast.Binary(operator="==" | "<" | "<=" | ">" | ">="):
            return frozenset(str(each) for each in (node.left, node.right) if isinstance(each, ast.Path))
        case ast.In(operand=ast.Path() as path):
            return frozenset({str(path)})
        case _:
            return frozenset()


class _Checker:
    def __init__(self, world: World) -> None:
        self.world = world

    def fault(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.world.fault(code, message, span, **more)

    def expression(self, node: ast.Expression, scope: Scope) -> ir.Node | None:  # noqa: PLR0911 - one line a kind
        match node:
            case ast.Literal():
                return ir.Const(node.value, _literal_type(node.value), node.span)
            case ast.Path():
                return self.path(node, scope)
            case ast.Template():
                return self.template(node, scope)
            case ast.Call():
                return self.call(node, scope)
            case ast.Binary():
                return self.binary(node, scope)
            case ast.Not():
                operand = condition(node.operand, scope, self.world)
                return ir.Operation("not", (operand,), BOOL, node.span) if operand else None
            case ast.Negative():
                return self.negative(node, scope)
            case ast.IsSet():
                operand = self.expression(node.operand, scope)
                name = "unset" if node.negated else "set"
                return ir.Operation(name, (operand,), BOOL, node.span) if operand else None
            case ast.In():
                return self.membership(node, scope)
            case ast.ListOf():
                return self.items(node, scope)
            case ast.ObjectOf():
                return self.fields(node, scope)
            case ast.Member() | ast.Index():
                self.fault("E206", "only tests look into calls and lists", node.span, fix="write a path from a row: row.field")
                return None

    # --- paths ---

    def path(self, node: ast.Path, scope: Scope) -> ir.Node | None:
        root = node.names[0]
        if root.text == "settings" and "settings" not in scope.names:
            return self.setting(node)
        if root.text not in scope.names:
            near = closest(root.text, [*scope.names, "settings"])
            known = ", ".join([*scope.names, "settings"])
            self.fault("E206", f"nothing here is named `{root.text}`", root.span,
                       fix=f"did you mean `{near}`?" if near else f"the names here are {known}")
            return None
        current = scope.names[root.text]
        optional = current.optional and root.text not in scope.narrowed
        steps: list[ir.Step] = []
        written = root.text
        for name in node.names[1:]:
            step = self.step(current, name, node)
            if step is None:
                return None
            written += f".{name.text}"
            optional = (optional or step.type.optional) and written not in scope.narrowed
            steps.append(step)
            current = step.type
        return ir.Walk(root.text, tuple(steps), replace(current, optional=optional), node.span, scope.names[root.text].name)

    def setting(self, node: ast.Path) -> ir.Node | None:
        known = self.world.model.settings
        names = node.names[1:]
        if len(names) != 1 or names[0].text not in known:
            name = names[0] if names else node.names[0]
            near = closest(name.text, known)
            self.fault("E310", f"there is no setting `{name.text}`", name.span,
                       fix=f"did you mean `{near}`?" if near else f"the settings are {', '.join(sorted(known))}")
            return None
        name = names[0].text
        value = self.world.settings.get(name)
        return ir.Const(value, known[name].type.may_be_absent(optional=value is None), node.span, setting=name)

    def step(self, current: Type, name: ast.Name, node: ast.Path) -> ir.Step | None:
        if current.kind == "record":
            return self.record_step(current, name, node)
        if current.kind == "model":
            definition = self.world.model.definitions[current.name]
            found = definition.fields.get(name.text)
            if found:
                return ir.Step("model", name.text, found.type)
            near = closest(name.text, definition.fields)
            self.fault("E205", f"a {current.name} of the contract model has no `{name.text}`", name.span,
                       fix=self.corrected(node, name, near) or f"it has {', '.join(definition.fields)}")
            return None
        hint = "go over it with `each`" if current.kind == "list" else "end the path here"
        self.fault("E205", f"{current.present} has no fields", name.span, fix=hint)
        return None

    def record_step(self, current: Type, name: ast.Name, node: ast.Path) -> ir.Step | None:
        thing = self.world.catalogue.objects[current.name]
        found = thing.fields.get(name.text)
        if found:
            return ir.Step("field", name.text, field_type(current.name, found), sensitive=found.sensitive)
        relationship = thing.relationships.get(name.text)
        if relationship:
            lookup = thing.fields.get(relationship.field)
            targets = [each for each in relationship.targets if each in self.world.catalogue.objects]
            if targets:
                optional = lookup.nillable if lookup else True
                return ir.Step("follow", name.text, record_type(targets[0], optional=optional))
        near = closest(name.text, [*thing.fields, *thing.relationships])
        near = near or next(iter(_spellings(name.text, [*thing.fields, *thing.relationships])), None)
        self.fault("E204", f"{current.name} has no field or relationship `{name.text}`", name.span,
                   fix=self.corrected(node, name, near) or "check the field's API name, or pull the org's schema: orderplan schema pull",
                   notes=(f"looked in {self.world.catalogue.path}",))
        return None

    def corrected(self, node: ast.Path, name: ast.Name, near: str | None) -> str | None:
        if near is None:
            return None
        return ".".join(near if each is name else each.text for each in node.names)

    # --- texts, lists, objects ---

    def template(self, node: ast.Template, scope: Scope) -> ir.Node | None:
        parts: list[str | ir.Node] = []
        optional = False
        for part in node.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            checked = self.expression(part, scope)
            if checked is None:
                return None
            if checked.type.kind in ("record", "model", "list", "object"):
                self.fault("E209", f"a template takes texts, numbers and dates, this is {checked.type.present}", part.span,
                           fix=f"name a field of it: {printer.expression(part)}.…")
                return None
            optional = optional or checked.type.optional
            parts.append(checked)
        if all(isinstance(each, str | ir.Const) for each in parts) and not optional:
            whole = "".join(each if isinstance(each, str) else str(each.value) for each in parts)  # type: ignore[union-attr]
            return ir.Const(whole, _literal_type(whole), node.span)
        return ir.Text(tuple(parts), TEXT.may_be_absent(optional=optional), node.span)

    def items(self, node: ast.ListOf, scope: Scope) -> ir.Node | None:
        checked = [self.expression(each, scope) for each in node.items]
        if any(each is None for each in checked):
            return None
        present = tuple(each for each in checked if each is not None)
        item = present[0].type.present if present else NEVER
        return ir.Items(present, Type("list", item=item), node.span)

    def fields(self, node: ast.ObjectOf, scope: Scope) -> ir.Node | None:
        out = []
        for each in node.entries:
            if isinstance(each.key, ast.Template):
                self.fault("E259", "a key inside a list must be a plain name", each.key.span, fix="write the name itself")
                return None
            value = self.expression(each.value, scope)
            if value is None:
                return None
            out.append((each.key.text, value))
        return ir.Fields(tuple(out), OBJECT, node.span)

    # --- operators ---

    def binary(self, node: ast.Binary, scope: Scope) -> ir.Node | None:
        if node.operator in ("and", "or"):
            left = condition(node.left, scope, self.world)
            inner = scope.narrow(set_paths(node.left)) if node.operator == "and" else scope
            right = condition(node.right, inner, self.world)
            return ir.Operation(node.operator, (left, right), BOOL, node.span) if left and right else None
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        if left is None or right is None:
            return None
        if node.operator in ("+", "-", "*"):
            return self.arithmetic(node, left, right)
        return self.comparison(node, left, right)

    def arithmetic(self, node: ast.Binary, left: ir.Node, right: ir.Node) -> ir.Node | None:
        kinds = (left.type.kind, right.type.kind)
        optional = left.type.optional or right.type.optional
        if all(each in _NUMBERS for each in kinds):
            result = DECIMAL if "decimal" in kinds else INT
        elif kinds == ("money", "money") and node.operator != "*":
            result = MONEY
        elif node.operator == "*" and sorted(kinds) in (["int", "money"], ["decimal", "money"]):
            result = MONEY
        else:
            fixes = {"date": "use add_days(…) or add_months(…)", "text": 'join texts in a template: t"{a} {b}"'}
            fix = next((fixes[each] for each in kinds if each in fixes), "convert both to numbers first")
            self.fault("E244", f"`{node.operator}` does not take {left.type.present} and {right.type.present}", node.span, fix=fix)
            return None
        return ir.Operation(node.operator, (left, right), result.may_be_absent(optional=optional), node.span)

    def negative(self, node: ast.Negative, scope: Scope) -> ir.Node | None:
        operand = self.expression(node.operand, scope)
        if operand is None:
            return None
        if isinstance(operand, ir.Const) and operand.type.kind in _NUMBERS:
            return ir.Const(-operand.value, operand.type, node.span)
        if operand.type.kind not in (*_NUMBERS, "money"):
            self.fault("E244", f"`-` does not take {operand.type.present}", node.span, fix="convert it to a number first")
            return None
        return ir.Operation("negative", (operand,), operand.type, node.span)

    def comparison(self, node: ast.Binary, left: ir.Node, right: ir.Node) -> ir.Node | None:
        a, b = left.type.kind, right.type.kind
        same = a == b or (a in _NUMBERS and b in _NUMBERS)
        if not same or (a not in _ORDERED and node.operator not in ("==", "!=")) or a in ("record", "model", "list", "object"):
            fix = 'write a date as date("2026-01-31")' if "date" in (a, b) and "text" in (a, b) else "convert one side"
            words = f"{left.type.present} and {right.type.present} do not compare with `{node.operator}`"
            self.fault("E233", words, node.span, fix=fix)
            return None
        for constant, other in ((left, right), (right, left)):
            if isinstance(constant, ir.Const) and a == "text":
                self.in_picklist(constant, other)
        return ir.Operation(node.operator, (left, right), BOOL, node.span)

    def membership(self, node: ast.In, scope: Scope) -> ir.Node | None:
        operand = self.expression(node.operand, scope)
        choices = [self.expression(each, scope) for each in node.choices.items]
        if operand is None or any(each is None for each in choices):
            return None
        present = [each for each in choices if each is not None]
        for each in present:
            if not isinstance(each, ir.Const):
                self.fault("E245", "the list after `in` is written out", each.span, fix="compare with == and join with `or`")
                return None
            if each.type.kind != operand.type.kind:
                self.fault("E233", f"{operand.type.present} is never {each.type}", each.span, fix="convert one side")
                return None
            self.in_picklist(each, operand)
        return ir.Operation("in", (operand, *present), BOOL, node.span)

    def in_picklist(self, constant: ir.Const, other: ir.Node) -> None:
        values = other.type.values
        if not values or constant.value in values or constant.setting or isinstance(other, ir.Const):
            return
        near = closest(str(constant.value), values)
        restricted = not other.type.name or _restricted(self.world, other.type.name) or near is not None
        what = f"picklist {other.type.name}" if other.type.name else "this value"
        self.fault("E234" if restricted else "W234", f"{what} is never {constant.value!r}", constant.span,
                   severity=Severity.ERROR if restricted else Severity.WARNING,
                   fix=f'"{near}"' if near else f"its values are {', '.join(values)}")

    # --- calls ---

    def call(self, node: ast.Call, scope: Scope) -> ir.Node | None:
        name = node.function.text
        if name == "ref":
            return self.reference(node, scope)
        if name == "answer":
            return self.answer(node, scope)
        if name in self.world.lookups:
            return self.lookup(node, scope)
        function = FUNCTIONS.get(name)
        if function is None:
            near = closest(name, [*FUNCTIONS, *self.world.lookups, "ref", "answer"])
            self.fault("E207", f"there is no function or lookup `{name}`", node.function.span,
                       fix=f"did you mean `{near}`?" if near else "the functions are listed in docs/language.md")
            return None
        given = len(node.arguments)
        most = len(function.parameters)
        least = most if function.least is None else function.least
        if given < least or (given > most and not function.variadic):
            wanted = f"{least} or more" if function.variadic else str(most) if least == most else f"{least} to {most}"
            self.fault("E208", f"`{name}` takes {wanted} arguments, not {given}", node.span, fix=function.example)
            return None
        arguments = self.arguments(node, function, scope)
        return self.applied(node, function, arguments) if arguments is not None else None

    def arguments(self, node: ast.Call, function: Function, scope: Scope) -> list[ir.Node] | None:
        out: list[ir.Node] = []
        for at, each in enumerate(node.arguments):
            inner = scope
            if function.name == "if" and at == 1:
                inner = scope.narrow(set_paths(node.arguments[0]))
            parameter = function.parameters[min(at, len(function.parameters) - 1)]
            checked = self.expression(each, inner)
            if checked is None:
                return None
            if checked.type.kind not in parameter.kinds:
                wanted = " or ".join(_KIND_NAMES[kind] for kind in parameter.kinds)
                self.fault("E209", f"`{function.name}` takes {wanted} as its {parameter.name}, this is {checked.type.present}",
                           each.span, fix=_conversion(function, checked.type, printer.expression(each)))
                return None
            if parameter.constant and not isinstance(checked, ir.Const):
                self.fault("E245", f"the {parameter.name} of `{function.name}` is written out in the rules", each.span,
                           fix=function.example)
                return None
            out.append(checked)
        return out

    def applied(self, node: ast.Call, function: Function, arguments: list[ir.Node]) -> ir.Node | None:
        optional = any(each.type.optional for each in arguments)
        if function.name in ("first", "if"):
            values = arguments if function.name == "first" else arguments[1:]
            common = _common([each.type for each in values])
            if common is None:
                self.fault("E209", f"the values of `{function.name}` have different types: "
                           + ", ".join(str(each.type.present) for each in values), node.span, fix="convert them to one type")
                return None
            optional = (all if function.name == "first" else any)(each.type.optional for each in values)
            return ir.Apply(function.name, tuple(arguments), common.may_be_absent(optional=optional), node.span)
        assert function.result is not None  # noqa: S101 - only first and if take their type from the arguments
        if function.name == "minor_units" and arguments[0].type.kind != "money" and len(arguments) == 1:
            self.fault("E208", "a plain number has no currency", node.span,
                       fix=f"minor_units({printer.expression(node.arguments[0])}, contract.currency)")
            return None
        result = function.result
        if function.name == "truncate":
            length = arguments[1].value if isinstance(arguments[1], ir.Const) else 0
            result = replace(result, max_length=length)
        if function.name == "date":
            return self.written_date(node, arguments[0])
        if function.name in ("lower", "upper", "trim"):
            result = replace(result, max_length=arguments[0].type.max_length)
        return ir.Apply(function.name, tuple(arguments), result.may_be_absent(optional=optional), node.span)

    def written_date(self, node: ast.Call, argument: ir.Node) -> ir.Node | None:
        text = argument.value if isinstance(argument, ir.Const) else ""
        try:
            return ir.Const(datetime.date.fromisoformat(text), DATE, node.span)
        except ValueError:
            self.fault("E247", f"{text!r} is no date", argument.span, fix='write it as date("2026-01-31")')
            return None

    def lookup(self, node: ast.Call, scope: Scope) -> ir.Node | None:
        name = node.function.text
        self.world.used_lookups.add(name)
        if len(node.arguments) != 1:
            self.fault("E208", f"the lookup `{name}` takes 1 argument, not {len(node.arguments)}", node.span,
                       fix=f"{name}(row.Field)")
            return None
        argument = self.expression(node.arguments[0], scope)
        result = self.world.lookup_types.get(name)
        if argument is None or result is None:
            return None
        lookup = self.world.lookups[name]
        source = f"{lookup.object.text}.{lookup.field.text}"
        if argument.type.kind != "text":
            self.fault("E209", f"the lookup `{name}` takes a value of {source}, this is {argument.type.present}",
                       node.arguments[0].span, fix=f"{name}(….{lookup.field.text})")
            return None
        self.covers(node, lookup, argument, source)
        return ir.UseLookup(name, argument, result.may_be_absent(optional=argument.type.optional), node.span)

    def covers(self, node: ast.Call, lookup: ast.Lookup, argument: ir.Node, source: str) -> None:
        """A picklist of another field must not have values that the lookup does not know."""
        if any(not arm.keys for arm in lookup.arms) or argument.type.name in ("", source):
            if not argument.type.name and argument.type.values is None and all(arm.keys for arm in lookup.arms):
                self.fault("E217", f"the lookup `{lookup.name.text}` covers the picklist {source}, not any text",
                           node.arguments[0].span, fix="add an `else` line to the lookup")
            return
        known = {key.value for arm in lookup.arms for key in arm.keys}
        left = [each for each in argument.type.values or () if each not in known]
        if left:
            self.fault("E217", f"the lookup `{lookup.name.text}` does not cover {', '.join(map(repr, left))} of {argument.type.name}",
                       node.arguments[0].span, fix=f'add "{left[0]}" => … to the lookup, or an `else` line',
                       labels=(Label(lookup.name.span, f"it covers {source}"),))

    def answer(self, node: ast.Call, scope: Scope) -> ir.Node | None:
        """`answer(resource, operation, key, "field")`: what Stripe says in answer to another call of the plan."""
        example = 'answer(subscription_schedule, update, phase.started_by, "current_phase.start_date")'
        names = [each.names[0] for each in node.arguments[:2] if isinstance(each, ast.Path) and len(each.names) == 1]
        if len(node.arguments) != 4 or len(names) != 2:  # noqa: PLR2004 - as the example shows
            self.fault("E208", "`answer` takes a resource, an operation, a key and a field", node.span, fix=example)
            return None
        if (names[0].text, names[1].text) not in self.world.mapped:
            self.fault("E223", f"no rule maps `{names[0].text} {names[1].text}`", names[0].span.to(names[1].span),
                       fix="name the resource and operation of a map")
            return None
        key, field = self.expression(node.arguments[2], scope), self.expression(node.arguments[3], scope)
        if key is None or field is None:
            return None
        if key.type.kind != "text" or not isinstance(field, ir.Const) or field.type.kind != "text":
            self.fault("E209", "the key of `answer` is a text, and its field is written out", node.span, fix=example)
            return None
        last = field.value.rpartition(".")[2]
        type_ = TIMESTAMP if last.endswith(("_date", "_at", "_end", "_start")) or last == "created" else TEXT
        return ir.Answer(names[0].text, names[1].text, key, field.value, type_.may_be_absent(optional=key.type.optional), node.span)

    def reference(self, node: ast.Call, scope: Scope) -> ir.Node | None:
        if len(node.arguments) != 2 or not isinstance(node.arguments[0], ast.Path) or len(node.arguments[0].names) != 1:  # noqa: PLR2004
            self.fault("E208", "`ref` takes a resource and a row", node.span, fix="ref(price, item.price)")
            return None
        resource = node.arguments[0].names[0]
        row = self.expression(node.arguments[1], scope)
        if resource.text not in self.world.made:
            near = closest(resource.text, self.world.made)
            self.fault("E223", f"no rule makes a `{resource.text}`", resource.span,
                       fix=f"did you mean `{near}`?" if near else f"the rules make {', '.join(self.world.made)}")
            return None
        if row is None:
            return None
        wanted = self.world.made[resource.text]
        if (row.type.kind, row.type.name) != (wanted.kind, wanted.name):
            self.fault("E224", f"a {resource.text} is made from a {wanted.present}, this is {row.type.present}",
                       node.arguments[1].span, fix=f"name a {wanted.name}")
            return None
        self.world.references.append((self.world.scope_name or "", resource.text, node.span))
        return ir.Ref(resource.text, row, Type("ref", resource.text, optional=row.type.optional), node.span)


def _literal_type(value: str | int | Decimal | bool) -> Type:
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, Decimal):
        return DECIMAL
    return Type("text", values=(value,), max_length=len(value), optional=not value.strip())


def _common(types: list[Type]) -> Type | None:
    kinds = {each.kind for each in types}
    if kinds == {"int", "decimal"}:
        return DECIMAL
    if kinds == {"text", "ref"}:
        return next(each.present for each in types if each.kind == "ref")
    if len(kinds) > 1:
        return None
    first = types[0].present
    if first.kind == "ref":
        return first if len({each.name for each in types}) == 1 else None
    if first.kind != "text":
        return first
    values = [each.values for each in types]
    known = tuple(dict.fromkeys(v for each in values if each for v in each)) if all(each is not None for each in values) else None
    lengths = [each.max_length for each in types]
    return Type("text", values=known, max_length=max((each for each in lengths if each is not None), default=None)
                if all(each is not None for each in lengths) else None)  # fmt: skip


def _conversion(function: Function, given: Type, written: str) -> str:
    wanted = {kind for each in function.parameters for kind in each.kinds}
    if given.kind == "text" and wanted & {"int", "decimal"}:
        return f"{function.name}(number({written}))"
    if given.kind in ("int", "decimal", "date", "bool") and "text" in wanted:
        return f"{function.name}(text({written}))"
    return function.example


def _restricted(world: World, picklist: str) -> bool:
    object_name, _, name = picklist.partition(".")
    thing = world.catalogue.objects.get(object_name)
    found = thing.fields.get(name) if thing else None
    return bool(found and found.restricted)


def _spellings(word: str, names: list[str]) -> list[str]:
    """Names that differ from the word by the package's prefix or the custom suffix alone."""
    return [each for each in names if each.removeprefix("SBQQ__").removesuffix("__c").lower() == word.lower()]
