"""The functions of the rule language: what each takes and gives, examples that tests run, and its body, in one place.

`validate` reads the parameters, `program` calls the bodies, the documentation is made from both.
"""

from . import amounts, choices, moments, numbers, texts
from .exact import DIGITS, minus, plain, plus, times
from .form import Example, Function, Parameter, ValueFaultError

FUNCTIONS: dict[str, Function] = {
    each.name: each
    for each in (
        *amounts.FUNCTIONS,
        *moments.FUNCTIONS,
        *texts.FUNCTIONS,
        *numbers.FUNCTIONS,
        *choices.FUNCTIONS,
    )
}
"""All functions by name."""

__all__ = [
    "DIGITS",
    "FUNCTIONS",
    "Example",
    "Function",
    "Parameter",
    "ValueFaultError",
    "minus",
    "plain",
    "plus",
    "times",
]
