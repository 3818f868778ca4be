"""What names mean in a place of the rules, and what is known to be set there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..bindings import Bindings
from ..diagnostics import Diagnostic, Span, corrected_line, finding
from ..syntax import ast

if TYPE_CHECKING:
    from ..schema.model import ModelSchema
    from ..schema.salesforce import Catalogue
    from ..schema.types import Type


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of a place with their types, and the paths that are set there."""

    names: dict[str, Type]
    narrowed: frozenset[str] = frozenset()

    def bind(self, name: str, type_: Type) -> Scope:
        """The scope with one more name."""
        kept = frozenset(each for each in self.narrowed if each.partition(".")[0] != name)
        return Scope({**self.names, name: type_}, kept)

    def narrow(self, paths: frozenset[str]) -> Scope:
        """The scope in which these paths are set."""
        return Scope(self.names, self.narrowed | paths) if paths else self


@dataclass(slots=True)
class World:
    """Everything expressions are checked against, and where their faults go.

    `currencies` are the lower-case codes that Stripe bills. `mapped` are the resources and operations of all maps. `made`
    holds, for each Stripe resource that the rules create, the type of the rows it is made from. `references` are the
    `ref`s as (block, resource, place).
    """

    catalogue: Catalogue
    model: ModelSchema
    settings: dict[str, Any]
    stripe_version: str
    resources: tuple[str, ...]
    sources: dict[str, str]
    findings: list[Diagnostic]
    currencies: frozenset[str] = frozenset()
    lookups: dict[str, ast.Lookup] = field(default_factory=dict)
    lookup_types: dict[str, Type] = field(default_factory=dict)
    made: dict[str, Type] = field(default_factory=dict)
    mapped: frozenset[tuple[str, str]] = frozenset()
    scope_name: str | None = None
    row_to_come: str | None = None
    """The name of the rows of a list while its condition is checked: a condition decides before there is a row."""
    used_lookups: set[str] = field(default_factory=set)
    references: list[tuple[str, str, Span]] = field(default_factory=list)
    sensitive_fields: set[tuple[str, str]] = field(default_factory=set)
    bindings: Bindings = field(default_factory=Bindings)

    def fault(self, code: str, message: str, span: Span, **more: Any) -> None:
        """Records a finding in the block that is being checked."""
        self.findings.append(finding(code, message, span=span, scope=self.scope_name, **more))

    def line(self, span: Span, right: str) -> str:
        """The source line of a span with other words in its place: the corrected line."""
        return corrected_line(self.sources[span.path], span, right)


def set_paths(node: ast.Expression | None) -> frozenset[str]:
    """The paths that are set wherever a condition is true: along `and`, never across `or`."""
    match node:
        case ast.IsSet(negated=False, operand=ast.Path() as path):
            return _prefixes(path)
        case ast.Not():
            return unset_paths(node.operand)
        case ast.Binary(operator="and"):
            return set_paths(node.left) | set_paths(node.right)
        case ast.Binary(operator="or"):
            return set_paths(node.left) & set_paths(node.right)
        case ast.Binary(operator="==" | "<" | "<=" | ">" | ">="):
            # A comparison with something absent is false.
            sides = [_prefixes(each) for each in (node.left, node.right) if isinstance(each, ast.Path)]
            return frozenset().union(*sides)
        case ast.In(operand=ast.Path() as path) | (ast.Path() as path):
            return _prefixes(path)
        case _:
            return frozenset()


def unset_paths(node: ast.Expression | None) -> frozenset[str]:
    """The paths that are set wherever a condition is false."""
    match node:
        case ast.IsSet(negated=True, operand=ast.Path() as path):
            return _prefixes(path)
        case ast.Not():
            return set_paths(node.operand)
        case ast.Binary(operator="or"):
            return unset_paths(node.left) | unset_paths(node.right)
        case ast.Binary(operator="and"):
            return unset_paths(node.left) & unset_paths(node.right)
        case ast.Binary(operator="!="):
            # `!=` is the opposite of `==`, also where a side is absent.
            sides = [_prefixes(each) for each in (node.left, node.right) if isinstance(each, ast.Path)]
            return frozenset().union(*sides)
        case _:
            return frozenset()


def _prefixes(path: ast.Path) -> frozenset[str]:
    """A path and all that it leads through: where the end is set, the way to it is."""
    names = [each.text for each in path.names]
    return frozenset(".".join(names[: length + 1]) for length in range(len(names)))
