"""Conditions in the words of the rules: as a rule would spell them, with the parentheses they need."""

from __future__ import annotations

import pytest

from orderplan.engine.diagnostics import Span
from orderplan.engine.program.words import described, joined
from orderplan.engine.schema.types import BOOL, INT, TEXT
from orderplan.engine.validate import ir

HERE = Span("x.rules", 1, 1, 1, 2)


def walk(*names: str) -> ir.Walk:
    return ir.Walk(names[0], tuple(ir.Step("field", each, TEXT) for each in names[1:]), TEXT, HERE)


def const(value: object, setting: str | None = None) -> ir.Const:
    return ir.Const(value, INT if isinstance(value, int) else TEXT, HERE, setting)


def operation(operator: str, *operands: ir.Node) -> ir.Operation:
    return ir.Operation(operator, operands, BOOL, HERE)


A, B, C = walk("order", "A"), walk("order", "B"), walk("order", "C")


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (operation("==", A, const("x")), 'order.A == "x"'),
        (operation("and", operation("or", A, B), C), "(order.A or order.B) and order.C"),
        (operation("or", operation("and", A, B), C), "order.A and order.B or order.C"),
        (operation("not", operation("and", A, B)), "not (order.A and order.B)"),
        (operation("not", A), "not order.A"),
        (operation("set", A), "order.A is set"),
        (operation("unset", A), "order.A is not set"),
        (operation("in", A, const("x"), const("y")), 'order.A in ["x", "y"]'),
        (operation(">", A, const(3, "least")), "order.A > settings.least"),
        (ir.Apply("lower", (A,), TEXT, HERE), "lower(order.A)"),
        (ir.UseLookup("months", A, INT, HERE), "months(order.A)"),
        (ir.Text(("no. ", A), TEXT, HERE), 't"no. {order.A}"'),
        (const(value=True), "true"),
    ],
)
def test_an_expression_is_spelled_as_in_a_rule(node: ir.Node, words: str) -> None:
    """Explanations quote conditions that way."""
    assert described(node) == words


def test_conditions_of_a_block_and_its_assignment_are_joined() -> None:
    """All must hold, so an `or` among them is put in parentheses."""
    assert joined((operation("or", A, B), C)) == "(order.A or order.B) and order.C"
    assert joined((operation("or", A, B),)) == "order.A or order.B"
