"""What the commands that print a plan share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from .output import CHANGES, DONE, FINDINGS, colour_of, data, nothing, say, show, width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..forecast import ForecastedPlan
    from ..plan import Plan


def exit_with_plans(plans: list[ForecastedPlan], detailed: bool) -> NoReturn:
    """Ends a command with the status that its plans deserve."""
    if not all(each.sound for each in plans):
        sys.exit(FINDINGS)
    if not any(each.plan.contracts or each.plan.calls or each.plan.reused for each in plans):
        nothing(
            "no order: the rules' sync predicate takes none of the orders in the bundle", "see the rules' `sync` line"
        )
    sys.exit(CHANGES if detailed and any(each.plan.calls for each in plans) else DONE)


def _show_fixtures(plan: ForecastedPlan, name: str) -> None:
    """Prints a plan as fixtures; what stands against it ends the command."""
    from ..render.fixtures import render_fixtures

    text, faults = render_fixtures(plan, name)
    say(*faults)
    if text is None:
        sys.exit(FINDINGS)
    data(text)


def show_plan(plan: ForecastedPlan, form: str, name: str, *, one_line: bool = False) -> None:
    """Prints a plan; what was found goes to standard error, but for JSON, which holds it."""
    if form == "json":
        from ..plan import dump

        data(dump(plan.to_document(), one_line=one_line))
        return
    show_diagnostics(plan)
    if form == "stripe-fixtures":
        _show_fixtures(plan, name)
    elif form == "html":
        from ..render import RuleText, render_html

        data(render_html(plan, RuleText.of(plan.plan)))
    else:
        from ..render import render_plan

        show(render_plan(plan, colour=colour_of(sys.stdout), width=width()))


def say_unkeyed(plans: Iterable[Plan]) -> None:
    """Says once, on standard error, that digests are shown which have no key of their own."""
    from ..plan.secrets import is_unkeyed, unkeyed

    if any(is_unkeyed(each) for each in plans):
        say(unkeyed())


def show_diagnostics(plan: ForecastedPlan) -> None:
    """What a plan found, on standard error."""
    say(*plan.diagnostics)
