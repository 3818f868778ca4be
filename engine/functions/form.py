"""What a function of the language is: its parameters, what it gives, examples with results, its body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..schema.types import Type

TEXT_KINDS = ("text",)
NUMBER_KINDS = ("int", "decimal")
ANY_KINDS = ("text", "int", "decimal", "bool", "date", "datetime", "timestamp", "money", "minor", "ref")
"""Kinds of type that parameters take."""


class ValueFaultError(Exception):
    """A value that a function refuses; `why` is in the words of the user, without the value when it is sensitive."""

    def __init__(self, code: str, value: object, why: str, fix: str) -> None:
        super().__init__(why)
        self.code = code
        self.value = value
        self.why = why
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: the kinds of type it takes, and whether it must be written in the rules."""

    name: str
    kinds: tuple[str, ...]
    constant: bool = False


class Example(NamedTuple):
    """A call and what it gives, as text. Paths in it start at `contract` and `price`: an order of seats for 1200.00 USD.

    A test runs each of them on the order of `examples/orders/annual-subscription.json`.
    """

    call: str
    gives: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function. No `result` means the common type of its arguments; `least` is how many must be given.

    The body takes the values of the arguments, none of them absent: the compiled rules stop before. It raises
    `ValueFaultError` over a value that it refuses. With `of_run` its first argument is the run: its `today`, its `link`,
    the `currencies` that Stripe bills.
    A function that evaluates only some of its arguments has no body: it is compiled in place.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Type | None
    description: str
    examples: tuple[Example, ...]
    body: Callable[..., Any] | None
    least: int | None = None
    variadic: bool = False
    of_run: bool = False

    @property
    def example(self) -> str:
        """A call as messages show it."""
        return self.examples[0].call
