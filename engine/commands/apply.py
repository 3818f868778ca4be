"""`orderplan apply` and `orderplan approve`."""

from __future__ import annotations

import datetime
import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..diagnostics import Diagnostic, has_errors
from .files import write
from .inputs import expanded
from .output import DONE, FINDINGS, colour_of, data, nothing, say, show

if TYPE_CHECKING:
    from ..apply import ContractState, Given, Journal, Options

PARTLY = 5
"""The exit code of work that is partly done: run it again to go on."""


@click.command()
@click.argument("plans", nargs=-1, metavar="[PLAN...]")
@click.option("--status", "asked", flag_value="status", help="Show what became of plans; sends nothing.")
@click.option("--resume", "asked", flag_value="resume", help="Go on with what stopped: of these plans, or of all.")
@click.option("--cancel", "asked", flag_value="cancel", help="Give up what is not done yet; what was made stays.")
@click.option("--live", is_flag=True, help="Take a live key, which moves real money.")
@click.option(
    "--database", metavar="FILE|URL", help="The journal: a SQLite file, or postgresql://… for several machines."
)
@click.option(
    "--parallel", type=click.IntRange(1, 64), default=8, show_default=True, metavar="N", help="Contracts at once."
)
@click.option(
    "--rate",
    type=click.IntRange(0, 1000),
    metavar="N",
    help="Requests a second to Stripe: 80 live, 20 test; 0 sets no limit.",
)
@click.option("--no-write-back", is_flag=True, help="Write nothing to Salesforce; the ids are in the journal alone.")
@click.option("--no-compare", is_flag=True, help="Do not look whether Stripe still holds what the plan knew.")
@click.option(
    "--verify", metavar="BUNDLE", help="Plan this bundle again first, and apply only what comes out the same."
)
@click.option("--rules", "rules_path", metavar="FILE", help="The rule file that --verify plans by.")
@click.option(
    "--require-approval", is_flag=True, help="Apply only what somebody approved: PLAN.approval beside the plan."
)
@click.option("--approval", metavar="FILE", help="The approval, where it is elsewhere.")
@click.option("--allowed-signers", "signers", metavar="FILE", help="Whose SSH signatures count, as ssh-keygen has it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the report is printed.",
)
def apply(
    plans: tuple[str, ...],
    asked: str | None,
    live: bool,
    database: str | None,
    parallel: int,
    rate: int | None,
    no_write_back: bool,
    no_compare: bool,
    verify: str | None,
    rules_path: str | None,
    require_approval: bool,
    approval: str | None,
    signers: str | None,
    form: str,
) -> None:
    """Carry out saved plans: every call once, every id written back. Stopped at any point, it goes on where it was.

    \b
    Example:
      orderplan plan examples/orders/annual-subscription.json --out plan.json
      orderplan apply plan.json
    """
    import os

    from ..apply import Options

    if approval is not None and len(plans) != 1:
        raise click.UsageError("--approval is of one plan; name it")
    given = [_given(each, approval) for each in expanded(plans, "plan")] if plans else []
    options = Options(
        live=live,
        database=database,
        parallel=parallel,
        rate=rate,
        write_back=not no_write_back,
        compare=not no_compare,
        require_approval=require_approval or bool(os.environ.get("ORDERPLAN_REQUIRE_APPROVAL")),
        signers=signers,
    )
    if asked in ("status", "cancel"):
        _look(given, options, cancel=asked == "cancel", form=form)
    if not plans and asked is None:
        raise click.UsageError("name a plan that `orderplan plan --out` wrote, or give --resume or --status")
    if verify is not None:
        _verified(given, verify, rules_path)
    _carry_out(given, options, resume=asked == "resume", form=form)


def _given(path: str, approval: str | None) -> Given:
    from ..apply import Given
    from ..plan import from_document, read_document
    from ..plan.saved import saved_text

    document, faults = read_document(saved_text(path), path)
    if document is None:
        say(*faults)
        sys.exit(FINDINGS)
    return Given(path, document, from_document(document), faults, approval)


def _verified(given: list[Given], bundle: str, rules_path: str | None) -> None:
    """Plans the bundle again; a plan that does not come out the same ends the command."""
    from ..diagnostics import finding
    from .inputs import planner_of_file

    planner = planner_of_file(rules_path)
    digests = {planner.plan(loaded).digest for loaded in planner.bundles(bundle)}
    wrong = [
        finding(
            "E941",
            f"{each.name} is not what {bundle} gives today",
            file=each.name,
            fix="look at `orderplan diff` of both, and apply the plan that is right",
        )
        for each in given
        if each.plan.digest not in digests
    ]
    if wrong:
        say(*wrong)
        sys.exit(FINDINGS)


def _carry_out(given: list[Given], options: Options, *, resume: bool, form: str) -> None:
    from ..apply import Session
    from ..schema.stripe import versions

    spoken = {each.plan.stripe_version for each in given if each.plan.stripe_version} or {versions()[-1]}
    if len(spoken) > 1:
        raise click.UsageError(f"the plans speak several versions of Stripe's API: {', '.join(sorted(spoken))}")
    stop = threading.Event()
    with _progress(given) as notify, stopping(stop):
        session = Session(options, spoken.pop(), notify=notify, stop=stop)
        found = [(each, session.refusals(each)) for each in given]
        say(*(one for _, findings in found for one in findings))
        if any(has_errors(findings) for _, findings in found):
            session.journal.engine.dispose()
            sys.exit(FINDINGS)
        with session:
            if resume:
                digests = session.resume([each.plan.digest for each in given] or None)
                refused: list[Diagnostic] = []
            else:
                refused = [one for each in given for one in session.submit(each)]
                digests = list(dict.fromkeys(each.plan.digest for each in given))
            session.wait(digests)
            states = [(digest, session.states(digest)) for digest in digests]
    if resume and not states:
        nothing("nothing to resume: every contract in the journal is done or was given up", "apply a plan")
    say(*refused)
    _report(states, form)
    sys.exit(_code([each for _, group in states for each in group], refused))


def _code(states: list[ContractState], refused: list[Diagnostic]) -> int:
    if all(each.state == "done" for each in states) and not refused:
        return DONE
    return PARTLY if any(each.made for each in states) else FINDINGS


def _look(given: list[Given], options: Options, *, cancel: bool, form: str) -> None:
    """Shows what became of plans, or gives them up; the journal alone is asked."""
    from ..apply import Journal
    from ..apply.database import database_url, engine_of

    engine = engine_of(database_url(options.database))
    journal = Journal(engine)
    digests = [each.plan.digest for each in given] or [each.digest for each in journal.plans()]
    if cancel and not given:
        raise click.UsageError("name the plan to give up")
    if cancel:
        for each in digests:
            journal.cancel(each)
    states = [(each, _states(journal, each)) for each in digests if journal.plan(each) is not None]
    engine.dispose()
    if not states:
        nothing("the journal holds no such plan", "name a plan that was applied, or another --database")
    _report(states, form)
    everything = [one for _, group in states for one in group]
    done = all(each.state == "done" or (cancel and each.state == "cancelled") for each in everything)
    sys.exit(DONE if done else PARTLY)


def _states(journal: Journal, digest: str) -> tuple[ContractState, ...]:
    from ..apply.report import states_of
    from ..apply.work import Plans

    return states_of(journal, digest, Plans(journal).of(digest))


def _report(states: list[tuple[str, tuple[ContractState, ...]]], form: str) -> None:
    from ..apply import findings_of
    from ..apply.text import applied_text

    if form == "json":
        document = {
            "format": "orderplan.applied",
            "format_version": "1.0",
            "plans": [{"digest": digest, "contracts": [each.to_json() for each in group]} for digest, group in states],
        }
        data(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    else:
        show(applied_text([each for _, group in states for each in group], colour=colour_of(sys.stdout)))
    say(*(one for _, group in states for each in group for one in findings_of(each)))


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the calls that are under way and start no others; a second Ctrl-C ends at once."""

    def end(number: int, frame: Any) -> None:
        if stop.is_set():
            before[number](number, frame) if callable(before[number]) else sys.exit(128 + number)
        click.echo("stopping when the calls under way are answered; run it again to go on", err=True)
        stop.set()

    before: dict[int, Any] = {}
    try:
        for each in (signal.SIGINT, signal.SIGTERM):
            before[each] = signal.signal(each, end)
    except ValueError:  # not in the main thread, where no signal arrives
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(given: list[Given]) -> Iterator[Any]:
    """Tells what happens: a bar on a terminal, a line a call elsewhere. Both go to standard error."""
    if not sys.stderr.isatty():
        yield lambda event: click.echo(_line(event), err=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=Console(stderr=True, no_color=not colour_of(sys.stderr)), transient=True
    ) as progress:
        task = progress.add_task("calls", total=sum(len(each.plan.calls) for each in given) or None)
        seen: set[str] = set()

        def tell(event: Mapping[str, Any]) -> None:
            if event["event"] == "call" and event["state"] == "done" and event["call"] not in seen:
                seen.add(event["call"])
                progress.update(task, advance=1, description=str(event["call"])[:48])

        yield tell


def _line(event: Mapping[str, Any]) -> str:
    if event["event"] == "contract":
        return f"{event['contract']}: {event['state']}"
    if event["event"] == "store":
        return f"{event['contract']}: {event['object']}({event['record']}).{event['field']}: {event['state']}"
    told = event.get("id") or (event.get("error") or {}).get("message") or ""
    return f"{event['contract']}: {event['call']}: {event['state']} {told}".rstrip()


@click.command()
@click.argument("plan_path", metavar="PLAN")
@click.option(
    "--by", required=True, metavar="NAME", help="Who approves; with --ssh-key the name in the allowed signers."
)
@click.option("--ssh-key", metavar="FILE", help="Sign with an SSH key instead of ORDERPLAN_APPROVAL_KEY.")
@click.option("--out", metavar="FILE", help="The approval; PLAN.approval by default.")
def approve(plan_path: str, by: str, ssh_key: str | None, out: str | None) -> None:
    """Approve a saved plan, so that `apply --require-approval` takes it. It fits this very plan and no other.

    \b
    Example:
      ORDERPLAN_APPROVAL_KEY=… orderplan approve plan.json --by "Ada Example"
    """
    from ..apply import approve as approved

    given = _given(plan_path, None)
    say(*given.faults)
    if given.faults or not given.plan.applyable:
        from ..apply.refusals import unfit

        say(*unfit(given.plan, given.faults, plan_path))
        sys.exit(FINDINGS)
    at = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    approval = approved(given.document, by, at, ssh_key=ssh_key)
    path = out or f"{plan_path}.approval"
    write(path, json.dumps(approval.to_json(), indent=2, sort_keys=True) + "\n", inputs=[plan_path])
    click.echo(f"{by} approves {plan_path}: {path}", err=True)
