"""From the parser's output to the typed syntax tree; nothing behind it sees a raw tree."""

# ruff: noqa: D102 - the public methods are the rules of the grammar, by their names

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from lark import Token, v_args
from lark.visitors import Transformer_NonRecursive

from ..diagnostics import Diagnostic, Span, finding
from . import ast
from .texts import TextFault, template_pieces, unescape

MAX_DEPTH = 60
"""How deep expressions may nest; what is deeper is a mistake or an attack, and later passes recurse."""


def _node(method: Callable[..., Any]) -> Callable[..., Any]:
    return v_args(meta=True)(method)


class _Body(NamedTuple):
    """The statements between two braces, and where they stand."""

    statements: tuple[Any, ...]
    span: Span


class Builder(Transformer_NonRecursive):  # type: ignore[type-arg]
    """Builds nodes bottom-up. `parse_expression` parses the text of a template's `{…}` at a place in the file.

    One builder serves every parse of a thread: `file_path` and `line_offset` say what is being read now.
    """

    def __init__(self, parse_expression: Callable[[str, int, int], Any]) -> None:
        super().__init__()
        self.file_path = ""
        self.line_offset = 0
        self.findings: list[Diagnostic] = []
        self._parse_expression = parse_expression
        self._depths: dict[int, int] = {}

    def begin(self, path: str) -> None:
        """Forgets the last file and starts another."""
        self.file_path, self.line_offset, self.findings = path, 0, []
        self._depths.clear()

    # --- places ---

    def _token_span(self, token: Token) -> Span:
        line, offset = token.line or 1, self.line_offset
        return Span(
            self.file_path, line + offset, token.column or 1, (token.end_line or line) + offset, token.end_column or 1
        )

    def _span(self, meta: Any, children: list[Any]) -> Span:
        spans = [
            each.span if hasattr(each, "span") else self._token_span(each)
            for each in children
            if each is not None and (hasattr(each, "span") or isinstance(each, Token))
        ]
        if not meta.empty:
            offset = self.line_offset
            spans.append(Span(self.file_path, meta.line + offset, meta.column, meta.end_line + offset, meta.end_column))
        start = min((each.line, each.column) for each in spans)
        end = max((each.end_line, each.end_column) for each in spans)
        return Span(self.file_path, *start, *end)

    def _name(self, token: Token) -> ast.Name:
        text = self._unquote(token) if token.type == "STRING" else str(token)
        return ast.Name(text, self._token_span(token))

    def _deepen(self, node: Any, *operands: Any) -> Any:
        depth = 1 + max((self._depths.get(id(each), 0) for each in operands), default=0)
        if depth > MAX_DEPTH:
            self.findings.append(
                finding(
                    "E113",
                    f"this expression nests more than {MAX_DEPTH} levels deep",
                    span=node.span,
                    fix="split it over several assignments",
                )
            )
            return ast.Literal(value=False, raw="false", span=node.span)
        self._depths[id(node)] = depth
        return node

    # --- texts ---

    def _unquote(self, token: Token) -> str:
        return self._unescape(token, str(token)[1:-1], 1)

    def _unescape(self, token: Token, body: str, offset: int) -> str:
        text, faults = unescape(body)
        self._report_texts(token, faults, offset)
        return text

    def _template(self, token: Token) -> ast.Template:
        span = self._token_span(token)
        pieces, faults = template_pieces(str(token)[2:-1])
        self._report_texts(token, faults, 2)
        parts: list[Any] = []
        for piece in pieces:
            if piece.is_expression:
                parts.append(self._parse_expression(piece.text, span.line, span.column + 2 + piece.offset))
            else:
                parts.append(self._unescape(token, piece.text, 2 + piece.offset))
        return ast.Template(tuple(each for each in parts if each is not None), str(token), span)

    def _report_texts(self, token: Token, faults: Sequence[TextFault], offset: int) -> None:
        start = self._token_span(token)
        for fault in faults:
            column = start.column + offset + fault.offset
            span = Span(self.file_path, start.line, column, start.line, column + fault.length)
            self.findings.append(finding(fault.code, fault.message, span=span, fix=fault.fix))

    # --- expressions ---

    @_node
    def string(self, _meta: Any, children: list[Token]) -> ast.Literal:
        return ast.Literal(self._unquote(children[0]), str(children[0]), self._token_span(children[0]))

    @_node
    def template(self, _meta: Any, children: list[Token]) -> ast.Template:
        return self._template(children[0])

    @_node
    def integer(self, _meta: Any, children: list[Token]) -> ast.Literal:
        return ast.Literal(self._whole(children[0]), str(children[0]), self._token_span(children[0]))

    def _whole(self, token: Token) -> int:
        if len(token) > 18:  # noqa: PLR2004 - the largest whole numbers of both ends have 18 digits
            self.findings.append(
                finding(
                    "E114",
                    f"a number of {len(token)} digits",
                    span=self._token_span(token),
                    fix="whole numbers have at most 18 digits",
                )
            )
            return 0
        return int(token)

    @_node
    def decimal(self, _meta: Any, children: list[Token]) -> ast.Literal:
        return ast.Literal(Decimal(str(children[0])), str(children[0]), self._token_span(children[0]))

    @_node
    def true(self, meta: Any, children: list[Token]) -> ast.Literal:
        return ast.Literal(value=True, raw="true", span=self._span(meta, children))

    @_node
    def false(self, meta: Any, children: list[Token]) -> ast.Literal:
        return ast.Literal(value=False, raw="false", span=self._span(meta, children))

    @_node
    def name(self, _meta: Any, children: list[Token]) -> ast.Path:
        name = self._name(children[0])
        return ast.Path((name,), name.span)

    @_node
    def field(self, meta: Any, children: list[Any]) -> Any:
        operand, name = children[0], self._name(children[1])
        span = self._span(meta, children)
        if isinstance(operand, ast.Path):
            return ast.Path((*operand.names, name), span)
        return self._deepen(ast.Member(operand, name, span), operand)

    @_node
    def index(self, meta: Any, children: list[Any]) -> Any:
        return self._deepen(ast.Index(children[0], self._whole(children[1]), self._span(meta, children)), children[0])

    @_node
    def call(self, meta: Any, children: list[Any]) -> Any:
        arguments = tuple(each for each in children[1:] if each is not None)
        return self._deepen(ast.Call(self._name(children[0]), arguments, self._span(meta, children)), *arguments)

    @_node
    def group(self, _meta: Any, children: list[Any]) -> Any:
        return children[0]

    @_node
    def list_of(self, meta: Any, children: list[Any]) -> Any:
        items = tuple(each for each in children if each is not None)
        return self._deepen(ast.ListOf(items, self._span(meta, children)), *items)

    @_node
    def object_of(self, meta: Any, children: list[ast.Entry]) -> Any:
        values = [each.value for each in children]
        return self._deepen(ast.ObjectOf(tuple(children), self._span(meta, children)), *values)

    @_node
    def entry(self, meta: Any, children: list[Any]) -> ast.Entry:
        return ast.Entry(self._segment(children[0]), children[1], self._span(meta, children))

    def _binary(self, operator: str, left: Any, right: Any, span: Span) -> Any:
        return self._deepen(ast.Binary(operator, left, right, span), left, right)

    @_node
    def or_(self, meta: Any, children: list[Any]) -> Any:
        return self._binary("or", children[0], children[1], self._span(meta, children))

    @_node
    def and_(self, meta: Any, children: list[Any]) -> Any:
        return self._binary("and", children[0], children[1], self._span(meta, children))

    @_node
    def compare(self, meta: Any, children: list[Any]) -> Any:
        return self._binary(str(children[1]), children[0], children[2], self._span(meta, children))

    @_node
    def arithmetic(self, meta: Any, children: list[Any]) -> Any:
        return self._binary(str(children[1]), children[0], children[2], self._span(meta, children))

    @_node
    def signed(self, meta: Any, children: list[Any]) -> Any:
        span = self._span(meta, children)
        return self._deepen(ast.Negative(children[1], span), children[1]) if children[0] == "-" else children[1]

    @_node
    def not_(self, meta: Any, children: list[Any]) -> Any:
        return self._deepen(ast.Not(children[0], self._span(meta, children)), children[0])

    @_node
    def is_set(self, meta: Any, children: list[Any]) -> Any:
        return self._deepen(ast.IsSet(children[0], negated=False, span=self._span(meta, children)), children[0])

    @_node
    def is_not_set(self, meta: Any, children: list[Any]) -> Any:
        return self._deepen(ast.IsSet(children[0], negated=True, span=self._span(meta, children)), children[0])

    @_node
    def is_in(self, meta: Any, children: list[Any]) -> Any:
        if not isinstance(children[1], ast.ListOf):  # nested too deep, reported already
            return children[1]
        return self._deepen(ast.In(children[0], children[1], self._span(meta, children)), *children)

    @_node
    def path(self, meta: Any, children: list[Token]) -> ast.Path:
        return ast.Path(tuple(self._name(each) for each in children), self._span(meta, children))

    # --- statements ---

    def _segment(self, token: Token) -> ast.Name | ast.Template:
        return self._template(token) if token.type == "TEMPLATE" else self._name(token)

    @_node
    def place(self, meta: Any, children: list[Token]) -> ast.Place:
        return ast.Place(tuple(self._segment(each) for each in children), self._span(meta, children))

    @_node
    def default(self, meta: Any, children: list[Any]) -> tuple[str, Any, Span]:
        return ("default", children[0], self._span(meta, children))

    @_node
    def required(self, meta: Any, children: list[Any]) -> tuple[str, Any, Span]:
        span = self._span(meta, children)
        return ("required", ast.Required(children[0] if children else None, span), span)

    @_node
    def sensitive(self, meta: Any, children: list[Any]) -> tuple[str, Any, Span]:
        return ("sensitive", True, self._span(meta, children))

    @_node
    def final(self, meta: Any, children: list[Any]) -> tuple[str, Any, Span]:
        return ("final", True, self._span(meta, children))

    @_node
    def when(self, meta: Any, children: list[Any]) -> tuple[str, Any, Span]:
        return ("when", children[0], self._span(meta, children))

    def _assign(self, meta: Any, children: list[Any], *, replaces: bool) -> ast.Assign:
        place, value, *modifiers = children
        given: dict[str, Any] = {}
        for name, content, span in modifiers:
            if name in given:
                self.findings.append(
                    finding("E108", f"`{name}` stands twice in one assignment", span=span, fix=f"keep one `{name}`")
                )
            given[name] = content
        whole = self._span(meta, [place, value])
        for *_, span in modifiers:
            whole = whole.to(span) if (span.end_line, span.end_column) > (whole.end_line, whole.end_column) else whole
        return ast.Assign(place, value, whole, replaces, **given)

    @_node
    def assign(self, meta: Any, children: list[Any]) -> ast.Assign:
        return self._assign(meta, children, replaces=False)

    @_node
    def set_assign(self, meta: Any, children: list[Any]) -> ast.Assign:
        return self._assign(meta, children[1:], replaces=True)

    @_node
    def use(self, meta: Any, children: list[Any]) -> ast.Use:
        name, when = children
        return ast.Use(self._name(name), when, self._span(meta, children))

    @_node
    def drop(self, meta: Any, children: list[Any]) -> ast.Drop:
        return ast.Drop(children[0], self._span(meta, children))

    @_node
    def body(self, meta: Any, children: list[Any]) -> _Body:
        return _Body(tuple(children), self._span(meta, []))

    @_node
    def block(self, meta: Any, children: list[Any]) -> ast.Block:
        place, when, body = children
        return ast.Block(place, when, body.statements, self._span(meta, children))

    @_node
    def each(self, meta: Any, children: list[Any]) -> ast.Each:
        place, rows, name, when, body = children
        return ast.Each(
            place, rows, self._name(name) if name else None, when, body.statements, self._span(meta, children)
        )

    def _report(self, severity: str, meta: Any, children: list[Any]) -> ast.Report:
        code, message, when = (*children, None)[:3]
        return ast.Report(severity, self._name(code), message, when, self._span(meta, children))

    @_node
    def fail(self, meta: Any, children: list[Any]) -> ast.Report:
        return self._report("error", meta, children)

    @_node
    def warn(self, meta: Any, children: list[Any]) -> ast.Report:
        return self._report("warning", meta, children)

    @_node
    def fail_outcome(self, meta: Any, children: list[Any]) -> ast.Report:
        return self._report("error", meta, children)

    @_node
    def store(self, meta: Any, children: list[Any]) -> ast.Store:
        return ast.Store(children[0], children[1], children[2], self._span(meta, children))

    # --- top level ---

    @_node
    def rules(self, meta: Any, children: list[Token]) -> ast.Rules:
        return ast.Rules(self._unquote(children[0]), self._whole(children[1]), self._span(meta, children))

    @_node
    def source(self, meta: Any, children: list[Token]) -> ast.Source:
        named = children[2] if len(children) > 2 else None  # noqa: PLR2004 - the third is optional
        namespace = self._unquote(named) if named is not None else ""
        return ast.Source(self._name(children[0]), self._unquote(children[1]), self._span(meta, children), namespace)

    @_node
    def target(self, meta: Any, children: list[Token]) -> ast.Target:
        return ast.Target(self._name(children[0]), self._unquote(children[1]), self._span(meta, children))

    @_node
    def extend(self, meta: Any, children: list[Token]) -> ast.Extend:
        return ast.Extend(self._unquote(children[0]), self._span(meta, children))

    @_node
    def setting(self, meta: Any, children: list[Any]) -> ast.Setting:
        return ast.Setting(self._name(children[0]), children[1], self._span(meta, children))

    @_node
    def settings(self, meta: Any, children: list[Any]) -> ast.Settings:
        return ast.Settings(tuple(children), self._span(meta, []))

    def _arm(self, meta: Any, children: list[Any]) -> ast.Arm:
        replaces = isinstance(children[0], Token) and children[0].type == "SET"
        rest = children[1:] if replaces else children
        keys = tuple(ast.Literal(self._unquote(each), str(each), self._token_span(each)) for each in rest[:-1])
        return ast.Arm(keys, rest[-1], replaces, self._span(meta, children))

    @_node
    def arm(self, meta: Any, children: list[Any]) -> ast.Arm:
        return self._arm(meta, children)

    @_node
    def arm_else(self, meta: Any, children: list[Any]) -> ast.Arm:
        return self._arm(meta, children)

    @_node
    def lookup(self, meta: Any, children: list[Any]) -> ast.Lookup:
        name, thing, field, result = (self._name(each) for each in children[:4])
        return ast.Lookup(name, thing, field, result, tuple(children[4:]), self._span(meta, children))

    @_node
    def sync(self, meta: Any, children: list[Any]) -> ast.Sync:
        thing, name, when = children
        return ast.Sync(self._name(thing), self._name(name or thing), when, self._span(meta, children))

    @_node
    def read(self, meta: Any, children: list[Any]) -> ast.Read:
        target, thing, name, body = children
        span = self._span(meta, children)
        return ast.Read(self._name(target), self._name(thing), self._name(name or thing), body.statements, span)

    @_node
    def names(self, _meta: Any, children: list[Token]) -> tuple[ast.Name, ...]:
        return tuple(self._name(each) for each in children)

    @_node
    def map_rule(self, meta: Any, children: list[Any]) -> ast.Map:
        resource, action, rows, name, key, on, after, when, body = children
        return ast.Map(
            self._name(resource),
            self._name(action) if action else None,
            rows,
            self._name(name) if name else rows.names[-1],
            key,
            on,
            after or (),
            when,
            body.statements,
            self._span(meta, [resource, body]),
            names_row=name is not None,
        )

    @_node
    def part(self, meta: Any, children: list[Any]) -> ast.Part:
        name, body = children
        return ast.Part(self._name(name), body.statements, self._span(meta, children))

    @_node
    def override_part(self, meta: Any, children: list[Any]) -> ast.Override:
        name, body = children
        return ast.Override("part", self._name(name), None, body.statements, (), None, self._span(meta, [name, body]))

    @_node
    def override_map(self, meta: Any, children: list[Any]) -> ast.Override:
        name, action, key, body = children
        qualifier = self._name(action) if action else None
        return ast.Override(
            "map", self._name(name), qualifier, body.statements, (), key, self._span(meta, [name, body])
        )

    @_node
    def override_read(self, meta: Any, children: list[Any]) -> ast.Override:
        name, thing, body = children
        qualifier = self._name(thing) if thing else None
        return ast.Override(
            "read", self._name(name), qualifier, body.statements, (), None, self._span(meta, [name, body])
        )

    @_node
    def override_lookup(self, meta: Any, children: list[Any]) -> ast.Override:
        return ast.Override(
            "lookup", self._name(children[0]), None, (), tuple(children[1:]), None, self._span(meta, children)
        )

    # --- tests ---

    @_node
    def patch(self, meta: Any, children: list[Any]) -> ast.Patch:
        thing, index, name, value = children
        return ast.Patch(self._name(thing), self._whole(index), self._name(name), value, self._span(meta, children))

    @_node
    def given(self, meta: Any, children: list[Any]) -> ast.Given:
        path, *patches = children
        literal = ast.Literal(self._unquote(path), str(path), self._token_span(path))
        return ast.Given(literal, tuple(each for each in patches if each is not None), self._span(meta, [path]))

    @_node
    def expect(self, meta: Any, children: list[Any]) -> ast.Expect:
        return ast.Expect(children[0], self._span(meta, children))

    @_node
    def expect_finding(self, meta: Any, children: list[Token]) -> ast.ExpectFinding:
        kinds = {each.type for each in children}
        code = next((self._name(each) for each in children if each.type == "CODE"), None)
        severity = "error" if "FAIL" in kinds else "warning"
        return ast.ExpectFinding(severity, "NO" in kinds, code, self._span(meta, children))

    @_node
    def test(self, meta: Any, children: list[Any]) -> ast.Test:
        name, *lines = children
        literal = ast.Literal(self._unquote(name), str(name), self._token_span(name))
        return ast.Test(literal, tuple(lines), self._span(meta, [name]))

    @_node
    def expression_only(self, _meta: Any, children: list[Any]) -> Any:
        return children[0]

    @_node
    def start(self, _meta: Any, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)
