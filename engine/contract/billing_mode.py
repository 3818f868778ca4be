"""Stripe's billing mode of a subscription, and which billing cycles and how many lines one subscription takes.

Lines of several billing cycles need the flexible mode, and every cycle must be a whole multiple of the shortest
(https://docs.stripe.com/billing/subscriptions/mixed-interval, https://docs.stripe.com/billing/subscriptions/billing-mode).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..records import Record
from .context import Context
from .cycles import smallest_that_divides
from .lines import Line
from .model import BillingMode, Origin


def check_cycles(context: Context, order: Record, lines: Sequence[Line]) -> None:
    """What the recurring lines that stand together must be: no more than a subscription takes, in cycles that fit."""
    most = context.settings.subscription_items
    if len(lines) > most:
        context.report(
            "E508",
            f"{order} makes {len(lines)} recurring lines, and a subscription takes {most} (subscription_items)",
            order,
            fix="split the order; or set subscription_items, if Stripe has raised the limit for the account",
        )
    by_cycle = _by_cycle(lines)
    if len(by_cycle) > 1 and not smallest_that_divides(set(by_cycle)):
        context.report(
            "E509",
            f"the recurring lines of {order} are billed every {', '.join(map(str, by_cycle))} months",
            order,
            notes=(
                *(f"every {_months(months)}: {', '.join(map(str, those))}" for months, those in by_cycle.items()),
                "in one subscription every billing cycle must be a whole multiple of the shortest",
            ),
            fix="sell the lines whose cycle does not fit on an order of their own",
        )


def billing_mode(
    context: Context, order: Record, before: Sequence[Line], lines: Sequence[Line], known: str | None, *, planned: bool
) -> BillingMode | None:
    """The mode that the subscription of all `lines` has; None and a finding when it cannot have them.

    A subscription keeps the mode that it was made with. One that is `planned` already has the mode that Stripe shows,
    `known`, else that which the settings gave to the lines of `before`.
    """
    mode = context.settings.billing_mode
    mixed = len(_by_cycle(lines)) > 1
    if planned:
        made = _mode_of(known) or (mode if mode != "auto" else _auto(len(_by_cycle(before)) > 1))
        if mixed and made == "classic":
            _made_classic(context, order, lines, known)
            return None
        return made
    if mixed and mode == "classic":
        cycles = _by_cycle(lines)
        context.report(
            "E580",
            f"the recurring lines of {order} are billed every {', '.join(map(str, cycles))} months, "
            "and billing_mode is classic",
            order,
            notes=tuple(f"every {_months(months)}: {', '.join(map(str, those))}" for months, those in cycles.items()),
            fix="set billing_mode to auto or flexible, or sell lines with another cycle on an order of their own",
        )
        return None
    return _auto(mixed) if mode == "auto" else mode


def mode_origin(lines: Sequence[Line], mode: BillingMode | None) -> Mapping[str, Origin]:
    """Where the mode of the subscription of some lines comes from."""
    if mode is None:
        return {}
    cycles = ", ".join(str(each) for each in _by_cycle(lines))
    read = lines[0].terms.origin("cycle_months")
    return {"billing_mode": Origin(read.source, read.rule, f"billed every {cycles} months: {mode}")}


def is_mixed(lines: Iterable[Line]) -> bool:
    """Whether lines are billed in several cycles."""
    return len({each.cycle_months for each in lines}) > 1


def _mode_of(known: str | None) -> BillingMode | None:
    return "flexible" if known == "flexible" else "classic" if known == "classic" else None


def _auto(mixed: bool) -> BillingMode:  # noqa: FBT001 - the one thing that decides
    return "flexible" if mixed else "classic"


def _made_classic(context: Context, order: Record, lines: Sequence[Line], known: str | None) -> None:
    cycles = _by_cycle(lines)
    how = "Stripe shows it in classic billing mode" if known else "it was planned in classic billing mode"
    context.report(
        "E581",
        f"the subscription of {order} is in Stripe, and would have lines billed every "
        f"{', '.join(map(str, cycles))} months: {how}",
        order,
        notes=(
            *(f"every {_months(months)}: {', '.join(map(str, those))}" for months, those in cycles.items()),
            "several billing cycles need the flexible mode, and a subscription keeps the mode that it was made with",
        ),
        fix="migrate the subscription to the flexible billing mode in Stripe and pull the order again, "
        "or sell lines with another cycle on an order of their own",
    )


def _by_cycle(lines: Iterable[Line]) -> Mapping[int, list[Line]]:
    out: dict[int, list[Line]] = {}
    for line in lines:
        out.setdefault(line.cycle_months, []).append(line)
    return dict(sorted(out.items()))


def _months(months: int) -> str:
    return "month" if months == 1 else f"{months} months"
