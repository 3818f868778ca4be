"""The examples of the language's functions give what the documentation says they give."""

from __future__ import annotations

from functools import cache

import pytest

from orderplan.engine.contract import assemble, settings_from
from orderplan.engine.diagnostics import CODES
from orderplan.engine.functions import FUNCTIONS, Example
from orderplan.engine.program import Row
from tests.builders.examples import EXAMPLES
from tests.plan.plans import catalogue, loaded, program

CASES = [(each.name, example) for each in FUNCTIONS.values() for example in each.examples]


@cache
def evaluated() -> Row:
    """The first price of the example order, with every example in its metadata."""
    lines = "\n".join(f"  metadata.e{at} = text({example.call})" for at, (_, example) in enumerate(CASES))
    rules = program(f"override price {{\n{lines}\n}}")
    bundle = loaded(EXAMPLES["annual-subscription"]())
    run = rules.run(bundle.as_of.date(), catalogue())
    (contract,) = assemble(bundle, run, settings_from(rules.rules.settings), run.selected).contracts
    return next(each.result for each in run.made(contract) if each.rule.resource == "price")


@pytest.mark.parametrize(("name", "example"), CASES, ids=[example.call for _, example in CASES])
def test_an_example_gives_what_it_says(name: str, example: Example) -> None:
    """A value, or the code of the finding that refuses the value."""
    row = evaluated()
    at = f"e{CASES.index((name, example))}"
    refused = [each for each in row.findings if f"it feeds metadata.{at}" in each.notes]
    if example.gives in CODES:
        assert [each.code for each in refused] == [example.gives]
        assert at not in row.params["metadata"]
    else:
        assert [each.message for each in refused] == []
        assert row.params["metadata"][at] == example.gives


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_shows_itself(name: str) -> None:
    """Every example of a function calls it; there is at least one that gives a value."""
    examples = FUNCTIONS[name].examples
    assert all(each.call.startswith(f"{name}(") for each in examples)
    assert any(each.gives not in CODES for each in examples)


def test_only_what_chooses_among_its_arguments_has_no_body() -> None:
    """The others are called with the values of all their arguments."""
    assert {each.name for each in FUNCTIONS.values() if each.body is None} == {"first", "if"}
