"""The command line: `orderplan`, or `python cli.py`. It only wires; the work is done in `engine`."""

from __future__ import annotations

import gc
import glob
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

NEEDED = ("click", "lark", "jsonschema", "jsonschema_rs", "jinja2")


def _with_dependencies() -> None:
    """Lets `python cli.py` in a checkout run with any Python: where a dependency is missing, the checkout's own takes over."""
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return
    own = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
    if own.exists() and Path(sys.prefix) != own.parent.parent:
        os.execv(own, [str(own), *sys.argv])  # noqa: S606 - the same program, in the environment that was made for it
    sys.stderr.write(f"{', '.join(missing)} not installed\n  = try: make setup, or pipx install .\n")
    sys.exit(2)


if __name__ == "__main__":
    _with_dependencies()

import click

from engine import __version__
from engine.diagnostics import CODES, Diagnostic, OrderplanError, finding, has_errors, ordered, render_text

DONE, FINDINGS, USAGE, NOTHING, CHANGES = 0, 1, 2, 3, 4
"""The exit codes; see docs/commands.md."""

RULES = "rules/cpq.rules"


class _Commands(click.Group):
    """Commands in the order a user meets them, and errors of the environment as diagnostics with exit status 2."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OrderplanError as fault:
            _say(finding(fault.code, fault.message, fix=fault.hint))
            ctx.exit(USAGE)
        except BrokenPipeError:
            # The reader has gone; point standard output away, so that closing it does not complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(DONE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="orderplan")
def main() -> None:
    """Plans of Stripe Billing calls from Salesforce CPQ orders, from rules kept in version control.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json
    """


# --- validate and fmt -------------------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="RULES...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How findings are printed.")
@click.option("--stripe-version", metavar="VERSION", help="Check against this Stripe API version instead of the file's.")
@click.option("--warn-else", is_flag=True, help="Warn where a lookup's else hides picklist values.")
def validate(files: tuple[str, ...], form: str, stripe_version: str | None, warn_else: bool) -> None:
    """Check rule files against the schemas of both sides.

    \b
    Example:
      orderplan validate rules/*.rules
    """
    from engine.diagnostics.report import render_json, tally
    from engine.validate import check_file

    findings: list[Diagnostic] = []
    sources: dict[str, str] = {}
    paths = _expanded(files, "rule file")
    for path in paths:
        checked = check_file(path, stripe_version=stripe_version, warn_else=warn_else)
        findings += checked.findings
        sources |= checked.sources
    findings = ordered(findings)
    if form == "json":
        click.echo(render_json(findings), nl=False)
    else:
        for each in findings:
            click.echo(render_text(each, sources, colour=_colour(sys.stdout)))
        words = f"{len(paths)} rule file{'s' if len(paths) > 1 else ''} checked"
        click.echo(f"{words}: {tally(findings)}" if findings else f"{words}, nothing found")
    sys.exit(FINDINGS if has_errors(findings) else DONE)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="RULES...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 when a file is not in canonical form.")
def fmt(files: tuple[str, ...], check: bool) -> None:
    """Bring rule files into canonical form; `-` formats standard input to standard output.

    \b
    Example:
      orderplan fmt --check rules/*.rules
    """
    from engine.syntax import format_rules, read_file

    if files == ("-",):
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        formatted, faults = format_rules(text, "-")
        _say(*faults, sources={"-": text})
        if formatted is None:
            sys.exit(FINDINGS)
        click.echo(formatted, nl=False)
        sys.exit(FINDINGS if check and formatted != text else DONE)
    status = DONE
    for path in _expanded(files, "rule file"):
        text = read_file(path)
        formatted, faults = format_rules(text, path)
        _say(*faults, sources={path: text})
        if formatted is None:
            status = FINDINGS
        elif formatted != text:
            click.echo(f"{'would format' if check else 'formatted'} {path}")
            if check:
                status = FINDINGS
            else:
                _write(path, formatted)
    sys.exit(status)


# --- plan, show, explain ----------------------------------------------------------------------------------------------


@main.command()
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...")
@click.option("--rules", "rules_path", metavar="FILE", help="The rule file; the shipped rules/cpq.rules by default.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html", "stripe-fixtures"]), default="text", show_default=True,
              help="How the plan is printed: html is one page, stripe-fixtures what `stripe fixtures FILE` runs.")  # fmt: skip
@click.option("--out", metavar="FILE", help="Also save the plan for `apply`: with sensitive values, readable by you alone.")
@click.option("--reveal", is_flag=True, help="Show sensitive values instead of their digests.")
@click.option("--strict-money", is_flag=True, help="Make it an error when what is billed is not what was sold.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 4 when the plan has calls.")
def plan(
    bundles: tuple[str, ...], rules_path: str | None, form: str, out: str | None, reveal: bool, strict_money: bool,
    detailed_exitcode: bool,
) -> None:  # fmt: skip
    """Plan the Stripe calls of the orders in a bundle; `-` reads standard input, a file may hold one bundle a line.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json
    """
    from engine.forecast import with_forecast
    from engine.plan import dump, failed_document, make_plan, to_document
    from engine.records import load_bundles
    from engine.schema import stripe
    from engine.schema.salesforce import load_catalogue

    program = _program(rules_path)
    schema = stripe.load(program.rules.stripe_version)
    catalogue = load_catalogue(Path(program.rules.catalogue))
    documents: list[tuple[dict[str, Any], dict[str, Any] | None]] = []
    for path in _expanded(bundles, "bundle"):
        for loaded in load_bundles(path, catalogue, stdin=sys.stdin.buffer if path == "-" else None):
            if loaded.bundle is None:
                documents.append((failed_document(loaded.findings, loaded.name, __version__), None))
                continue
            made = make_plan(loaded.bundle, program, schema, loaded.findings)
            shown = with_forecast(to_document(made, reveal=reveal), strict=strict_money)
            documents.append((shown, with_forecast(to_document(made, reveal=True), strict=strict_money) if out else None))
    if not documents:
        _nothing("no order: the input holds no bundle", "put one bundle a line, or one JSON document")
    if out:
        if len(documents) > 1:
            raise click.UsageError("--out saves one plan, and there are several bundles; plan them one by one")
        _write(out, dump(documents[0][1] or documents[0][0]), private=True)
    if form in ("html", "stripe-fixtures") and len(documents) > 1:
        raise click.UsageError(f"--format {form} shows one plan, and there are several bundles; plan them one by one")
    for document, _ in documents:
        _show_plan(document, form, bundles[0], one_line=len(documents) > 1)
    _exit_with_plans([document for document, _ in documents], detailed_exitcode)


@main.command()
@click.argument("plan_file", metavar="PLAN")
@click.option("--format", "form", type=click.Choice(["text", "json", "html", "stripe-fixtures"]), default="text", show_default=True,
              help="How the plan is printed: html is one page, stripe-fixtures what `stripe fixtures FILE` runs.")  # fmt: skip
@click.option("--reveal", is_flag=True, help="Show the sensitive values of a plan saved with --out.")
def show(plan_file: str, form: str, reveal: bool) -> None:
    """Show a saved plan.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan show plan.json
    """
    from engine.forecast import with_forecast
    from engine.plan import redacted_document

    document = _saved_plan(plan_file)
    # The saved forecast may rest on sensitive values, so it is made again from what is shown.
    shown = with_forecast(document if reveal else redacted_document(document))
    _show_plan(shown, form, plan_file)


@main.command()
@click.argument("what", metavar="CODE|PLAN")
@click.argument("call", required=False, metavar="[CALL[/PARAM]]")
def explain(what: str, call: str | None) -> None:
    """Explain a diagnostic code, or where a call or parameter of a saved plan came from.

    \b
    Example:
      orderplan explain E203
    """
    if call is None:
        from engine.diagnostics.pages import page

        code = what.upper()
        text = page(code)
        if text is None:
            from engine.diagnostics import closest

            near = closest(code, CODES)
            _nothing(f"there is no code {what}", f"did you mean {near}?" if near else "codes look like E203; docs/errors lists them")
        click.echo(text, nl=False)
        return
    from engine.plan import redacted_document
    from engine.render import RuleText, explain_call

    document = redacted_document(_saved_plan(what))
    words, faults = explain_call(document, call, what, RuleText.of(document))
    _say(*faults)
    if words is None:
        sys.exit(NOTHING)
    click.echo(words, nl=False)


# --- diff -------------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="OLD NEW | BUNDLE...")
@click.option("--rules", "rule_files", metavar="FILE", multiple=True,
              help="A rule file, or REVISION:PATH of a git revision. Given twice, old and new: compare them over bundles. "
              "Given once: plan a bundle that is compared with a saved plan.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True,
              help="How the differences are printed.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["billing", "identity", "metadata", "any"]), help="Exit with 1 when there is such a difference.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 4 when there is a difference.")
def diff(inputs: tuple[str, ...], rule_files: tuple[str, ...], form: str, fail_on: str | None, detailed_exitcode: bool) -> None:
    """Compare two plans, or what two rule sets make of the same bundles: in billing, identity and metadata.

    OLD and NEW are saved plans; one that is a bundle is planned first. `-` is standard input.

    \b
    Example:
      orderplan diff --rules rules/cpq.rules --rules rules/globex.rules examples/orders/*.json
    """
    from engine.plan.changes import PlanDiff
    from engine.plan.diff import compare_all
    from engine.validate.revisions import names_revision

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
    if broken or any(each.errors for each in found.orders) or (fail_on and _has_class(found, fail_on)):
        sys.exit(FINDINGS)
    sys.exit(CHANGES if detailed_exitcode and found.differing else DONE)


def _rules_compared(rules: list[str], bundles: list[str]) -> tuple[Any, bool]:
    """The differences between two rule sets over bundles, and whether a bundle could not be read."""
    from contextlib import ExitStack

    from engine.forecast import with_forecast
    from engine.plan.diff import compare, joined
    from engine.plan.planner import planned_by_both
    from engine.validate.revisions import rule_set

    found, broken = [], False
    with ExitStack() as stack:
        sets = [stack.enter_context(rule_set(each)) for each in rules]
        old, new = (_planner(each) for each in sets)
        for path in _expanded(bundles, "bundle"):
            for before, after, unread in planned_by_both(old, new, path, sys.stdin.buffer.read() if path == "-" else None):
                _say(*unread)
                broken = broken or bool(unread)
                found.append(compare(with_forecast(before), with_forecast(after)).renamed(lambda text: sets[1].shown(sets[0].shown(text))))
    return joined(found), broken


def _plans_or_planned(name: str, rules: str | None) -> list[dict[str, Any]]:
    """The saved plans of a file, or the plans of its bundles; faults end the command."""
    from engine.forecast import with_forecast
    from engine.places import shipped
    from engine.plan.saved import holds_plans, read_plans
    from engine.validate.revisions import rule_set

    data = _bytes_of(name)
    text = data.decode("utf-8", "replace")
    if holds_plans(text):
        documents, faults = read_plans(text, name)
        _say(*faults)
        if has_errors(faults):
            sys.exit(FINDINGS)
        return [with_forecast(each) for each in documents]
    with rule_set(rules or str(shipped(*Path(RULES).parts))) as chosen:
        planner = _planner(chosen)
        documents = []
        for loaded in planner.bundles(name, data if name == "-" else None):
            if loaded.bundle is None:
                _say(*loaded.findings)
                sys.exit(FINDINGS)
            documents.append(with_forecast(planner.document(loaded, reveal=True)))
    return documents


def _bytes_of(path: str) -> bytes:
    """The content of a file, or of standard input for `-`."""
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise OrderplanError("E901", f"cannot read {path}: {reason.lower()}", "name a saved plan or a bundle") from fault


def _planner(rules: Any) -> Any:
    """A rule set that is ready to plan; faults of the rules end the command."""
    from engine.plan.planner import Planner
    from engine.validate import check_file

    checked = check_file(rules.path)
    if checked.rules is None:
        sources = {rules.shown(path): text for path, text in checked.sources.items()}
        _say(*(rules.shown_finding(each) for each in checked.findings), sources=sources)
        sys.exit(FINDINGS)
    return Planner(checked.rules)


def _has_class(found: Any, wanted: str) -> bool:
    return bool(found.differing) if wanted == "any" else any(wanted in each.classes for each in found.orders)


def _show_diff(found: Any, form: str) -> None:
    from engine.plan import dump
    from engine.render.diff import render_diff
    from engine.render.diff_markdown import render_diff_markdown

    if not found.orders and not found.unplanned:
        _nothing("no order: neither side plans one", "see the rules' `sync` line")
    if found.uncertain:
        _say(finding("W720", f"{found.uncertain} sensitive values cannot be compared: the plans hold digests, made with different keys or on one side alone",
                     fix="compare plans saved with --out, or set ORDERPLAN_REDACTION_KEY where plans are made"))  # fmt: skip
    if form == "json":
        click.echo(dump(found.to_json()), nl=False)
    elif form == "markdown":
        click.echo(render_diff_markdown(found), nl=False)
    elif form == "html":
        from engine.render.html_diff import render_diff_html

        click.echo(render_diff_html(found), nl=False)
    else:
        click.echo(render_diff(found, colour=_colour(sys.stdout), width=_width() or 200), nl=False)


@main.command()
@click.argument("plan_file", metavar="PLAN")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True,
              help="How the forecast is printed; csv has a row for each line of an invoice.")  # fmt: skip
@click.option("--cycles", type=click.IntRange(1, 1200), metavar="N", help="Billing cycles of contracts without an end; 12 by default.")
def forecast(plan_file: str, form: str, cycles: int | None) -> None:
    """Show what a saved plan will bill, when, and whether it is what was sold.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan forecast plan.json --format csv
    """
    from engine.forecast import with_forecast
    from engine.plan import dump, redacted_document
    from engine.render import forecast_csv, forecast_text

    document = with_forecast(redacted_document(_saved_plan(plan_file)), cycles=cycles)
    _show_diagnostics(document)
    if "forecast" not in document:
        _nothing("no forecast: a plan with errors bills nothing", "correct what the plan found, and plan again")
    if form == "json":
        click.echo(dump(document["forecast"]), nl=False)
    elif form == "csv":
        click.echo(forecast_csv(document), nl=False)
    else:
        click.echo(forecast_text(document, colour=_colour(sys.stdout), width=_width()), nl=False)
    sys.exit(DONE if document["applyable"] else FINDINGS)


# --- schema -----------------------------------------------------------------------------------------------------------


@main.group()
def schema() -> None:
    """Make the schema files that rules are checked against.

    \b
    Example:
      orderplan schema generate build/stripe
    """


@schema.command()
@click.argument("folder", metavar="FOLDER")
def generate(folder: str) -> None:
    """Write the Stripe schema of the installed Stripe SDK below FOLDER, in a folder named after its API version.

    \b
    Example:
      orderplan schema generate build/stripe
    """
    from engine.schema.stripe_sdk import generate as write

    for path in write(Path(folder)):
        click.echo(str(path))


# --- shared by the commands -------------------------------------------------------------------------------------------


def _program(path: str | None) -> Any:
    """The compiled rules; faults of the rules end the command."""
    from engine.places import shipped
    from engine.program import Program
    from engine.validate import check_file

    checked = check_file(path or str(shipped(*Path(RULES).parts)))
    if checked.rules is None:
        _say(*checked.findings, sources=checked.sources)
        sys.exit(FINDINGS)
    return Program(checked.rules)


def _saved_plan(path: str) -> dict[str, Any]:
    from engine.plan import read_document

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise OrderplanError("E901", f"cannot read {path}: {reason}", "name a plan that `orderplan plan` wrote") from fault
    document, faults = read_document(text, path)
    _say(*faults)
    if document is None:
        sys.exit(FINDINGS)
    return document


def _exit_with_plans(documents: list[dict[str, Any]], detailed: bool) -> NoReturn:
    if not all(each["applyable"] for each in documents):
        sys.exit(FINDINGS)
    if not any(each["contracts"] for each in documents):
        _nothing("no order: the rules' sync predicate takes none of the orders in the bundle", "see the rules' `sync` line")
    sys.exit(CHANGES if detailed and any(each["calls"] for each in documents) else DONE)


def _show_fixtures(document: dict[str, Any], name: str) -> None:
    """Prints a plan as fixtures; what stands against it ends the command."""
    from engine.render.fixtures import render_fixtures

    text, faults = render_fixtures(document, name)
    _say(*faults)
    if text is None:
        sys.exit(FINDINGS)
    click.echo(text, nl=False)


def _show_plan(document: dict[str, Any], form: str, name: str, *, one_line: bool = False) -> None:
    """Prints a plan; what was found goes to standard error, but for JSON, which holds it."""
    if form == "json":
        from engine.plan import dump

        click.echo(dump(document, one_line=one_line), nl=False)
        return
    _show_diagnostics(document)
    if form == "stripe-fixtures":
        _show_fixtures(document, name)
    elif form == "html":
        from engine.render import RuleText, render_html

        click.echo(render_html(document, RuleText.of(document)), nl=False)
    else:
        from engine.render import render_plan

        click.echo(render_plan(document, colour=_colour(sys.stdout), width=_width()), nl=False)


def _show_diagnostics(document: dict[str, Any]) -> None:
    from engine.diagnostics import diagnostic_from_json

    _say(*(diagnostic_from_json(each) for each in document["diagnostics"]))


def _say(*findings: Diagnostic, sources: dict[str, str] | None = None) -> None:
    """Findings on standard error."""
    for each in findings:
        click.echo(render_text(each, sources or {}, colour=_colour(sys.stderr)), err=True)


def _nothing(message: str, hint: str) -> NoReturn:
    click.echo(f"{message}\n  = try: {hint}", err=True)
    sys.exit(NOTHING)


def _expanded(names: Iterable[str], kind: str) -> list[str]:
    """The files that names and patterns stand for, in order and once; a pattern that matches nothing ends the command."""
    out = list(dict.fromkeys(each for name in names for each in _matches(name)))
    if not out:
        _nothing(f"no {kind}: {' '.join(names)} matches nothing", f"name a {kind} that exists")
    return out


def _matches(name: str) -> Iterator[str]:
    if name == "-" or os.path.exists(name) or not glob.has_magic(name):  # noqa: PTH110 - never raises
        yield name
    else:
        yield from sorted(glob.glob(name))


def _write(path: str, text: str, *, private: bool = False) -> None:
    """Writes a file as a whole: readers see the old one or the new one, never a part."""
    import tempfile

    target = Path(path)
    part: str | None = None
    try:
        mode = 0o600 if private else (target.stat().st_mode & 0o777 if target.exists() else 0o644)
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).chmod(mode)
        Path(part).replace(target)
    except OSError as fault:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise OrderplanError("E905", f"cannot write {path}: {fault.strerror}", "name a place that can be written") from fault


def _colour(stream: Any) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _width() -> int | None:
    """The columns of the terminal; a file or pipe takes as much as a line needs."""
    import shutil

    return shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else None


# A command lives for a fraction of a second: looking for garbage among what it keeps anyway only costs time.
gc.set_threshold(200_000)

if __name__ == "__main__":
    main(prog_name="orderplan")
