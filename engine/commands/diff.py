"""`orderplan diff`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..diagnostics import finding
from ..visible import visible
from .inputs import RULES, bytes_of, expanded, planner_of, saved_plans
from .output import CHANGES, DONE, FINDINGS, colour_of, data, nothing, say, show, width

if TYPE_CHECKING:
    from ..forecast import ForecastedPlan


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="OLD NEW | BUNDLE...")
@click.option(
    "--rules",
    "rule_files",
    metavar="FILE",
    multiple=True,
    help="A rule file, or REVISION:PATH of a git revision. Given twice, old and new: compare them over bundles. "
    "Given once: plan a bundle that is compared with a saved plan.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "html"]),
    default="text",
    show_default=True,
    help="How the differences are printed.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["billing", "identity", "metadata", "any"]),
    help="Exit with 1 when there is such a difference.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 4 when there is a difference.")
def diff(
    inputs: tuple[str, ...], rule_files: tuple[str, ...], form: str, fail_on: str | None, detailed_exitcode: bool
) -> None:
    """Compare two plans, or what two rule sets make of the same bundles: in billing, identity and metadata.

    OLD and NEW are saved plans; one that is a bundle is planned first. `-` is standard input.

    \b
    Example:
      orderplan diff --rules rules/cpq.rules --rules rules/globex.rules examples/orders/*.json
    """
    from ..diff import PlanDiff, compare_all
    from ..validate.revisions import names_revision

    rules, names = list(rule_files), list(inputs)
    if len(rules) == 1 and (names[0].endswith(".rules") or names_revision(names[0])):
        rules.append(names.pop(0))
    found: PlanDiff
    pair = 2
    if len(rules) == pair:
        if not names:
            raise click.UsageError("two rule sets are compared over bundles; name at least one")
        found, broken = _rules_compared(rules, names)
    elif len(rules) > pair:
        raise click.UsageError(f"--rules compares two rule sets, here are {len(rules)}")
    elif len(names) != pair or names[0] == names[1] == "-":
        raise click.UsageError("name an old and a new plan, or give --rules twice and name bundles")
    else:
        old, new = (_plans_or_planned(each, rules[0] if rules else None) for each in names)
        found, broken = compare_all(old, new), False
    _show_diff(found, form)
    if (
        broken
        or found.unplanned
        or any(each.errors for each in found.orders)
        or (fail_on and _has_class(found, fail_on))
    ):
        sys.exit(FINDINGS)
    sys.exit(CHANGES if detailed_exitcode and found.differing else DONE)


def _rules_compared(rules: list[str], bundles: list[str]) -> tuple[Any, bool]:
    """The differences between two rule sets over bundles, and whether a bundle could not be read."""
    from contextlib import ExitStack

    from ..diff import compare, joined
    from ..forecast import forecasted_openly
    from ..plan.planner import planned_by_both
    from ..validate.revisions import rule_set

    found, broken = [], False
    with ExitStack() as stack:
        sets = [stack.enter_context(rule_set(each)) for each in rules]
        old, new = (planner_of(each) for each in sets)
        for path in expanded(bundles, "bundle"):
            for before, after, unread in planned_by_both(old, new, path, bytes_of(path) if path == "-" else None):
                say(*unread)
                broken = broken or bool(unread)
                compared = compare(forecasted_openly(before), forecasted_openly(after))
                found.append(compared.renamed(lambda text: sets[1].shown(sets[0].shown(text))))
    return joined(found), broken


def _plans_or_planned(name: str, rules: str | None) -> list[ForecastedPlan]:
    """The saved plans of a file, or the plans of its bundles; faults end the command."""
    from ..forecast import forecasted_openly
    from ..places import shipped
    from ..validate.revisions import rule_set

    data = bytes_of(name)
    saved = saved_plans(data, name)
    if saved is not None:
        return [forecasted_openly(each) for each in saved]
    with rule_set(rules or str(shipped(*Path(RULES).parts))) as chosen:
        planner = planner_of(chosen)
        planned = []
        for loaded in planner.bundles(name, data if name == "-" else None):
            if loaded.bundle is None:
                say(*loaded.findings)
                sys.exit(FINDINGS)
            planned.append(forecasted_openly(planner.plan(loaded)))
    return planned


def _has_class(found: Any, wanted: str) -> bool:
    return bool(found.differing) if wanted == "any" else any(wanted in each.classes for each in found.orders)


def _show_diff(found: Any, form: str) -> None:
    from ..plan import dump
    from ..render.diff import render_diff
    from ..render.diff_markdown import render_diff_markdown

    if not found.orders and not found.unplanned:
        nothing("no order: neither side plans one", "see the rules' `sync` line")
    if found.uncertain:
        say(
            finding(
                "W720",
                f"{found.uncertain} sensitive values cannot be compared: the plans hold digests, made with different keys or on one side alone",
                fix="compare plans saved with --out, or set ORDERPLAN_REDACTION_KEY where plans are made",
            )
        )
    if form == "json":
        data(dump(found.to_json()))
    elif form == "markdown":
        data(visible(render_diff_markdown(found)))
    elif form == "html":
        from ..render.html_diff import render_diff_html

        data(render_diff_html(found))
    else:
        show(render_diff(found, colour=colour_of(sys.stdout), width=width() or 200))
