"""Syntax trees as JSON: data that can say what a tree is made of, and nothing that could run.

A node is a list: the number of its class, its fields, and the four numbers of its span, whose path is the reader's to give. A
tuple has -1 for the class, a decimal is its text after -2, a span in another place its numbers after -3. Texts, whole numbers, truth values and null stand for themselves.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..diagnostics import Span
from . import ast

_TUPLE, _DECIMAL, _SPAN = -1, -2, -3

_CLASSES: tuple[Any, ...] = tuple(
    sorted(
        (each for each in vars(ast).values() if isinstance(each, type) and each.__module__ == ast.__name__),
        key=lambda each: each.__name__,
    )
)
_SPAN_CLASS: Any = Span  # a named tuple at run time, see `engine.immutable`
_NUMBERS = {each: at for at, each in enumerate(_CLASSES)}


def encoded(value: Any) -> Any:
    """A tree as lists, texts and numbers.

    Raises:
        TypeError: for a value that no tree has.
    """
    if isinstance(value, _SPAN_CLASS):
        return [_SPAN, *value[1:]]
    if isinstance(value, tuple):
        kind = _NUMBERS.get(type(value))
        if kind is None and type(value) is not tuple:
            raise TypeError(type(value).__name__)
        if kind is None:
            return [_TUPLE, *map(encoded, value)]
        if _CLASSES[kind]._fields[-1:] == ("span",):
            return [kind, *map(encoded, value[:-1]), *value[-1][1:]]
        return [kind, *map(encoded, value)]
    if isinstance(value, Decimal):
        return [_DECIMAL, str(value)]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(type(value).__name__)


def decoded(value: Any, path: str) -> Any:
    """What `encoded` was given, with the path in its spans."""
    make = tuple.__new__
    classes = [(each, bool(each._fields) and each._fields[-1] == "span") for each in _CLASSES]

    def node(value: list[Any]) -> Any:
        kind = value[0]
        if kind == _TUPLE:
            return tuple([node(each) if each.__class__ is list else each for each in value[1:]])
        if kind == _DECIMAL:
            return Decimal(value[1])
        if kind == _SPAN:
            return make(_SPAN_CLASS, (path, *value[1:]))
        of, spanned = classes[kind]
        if not spanned:
            return make(of, [node(each) if each.__class__ is list else each for each in value[1:]])
        fields = [node(each) if each.__class__ is list else each for each in value[1:-4]]
        fields.append(make(_SPAN_CLASS, (path, *value[-4:])))
        return make(of, fields)

    return node(value)
