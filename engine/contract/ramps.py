"""Ramps: lines whose quantity or price changes from segment to segment, each segment a phase of its own.

Salesforce CPQ calls them multi-dimensional quoting (MDQ): one order line per segment, with the segment's number. A
segment's price covers the months of the segment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from ..records import Record
from .agreement import Agreement
from .context import Context
from .lines import Line
from .months import MONTH_END_SLACK, whole_months
from .worth import Coverage


def segments_of(
    context: Context, order: Record, lines: Sequence[Line], agreement: Agreement
) -> Mapping[int, Coverage] | None:
    """The segments of an order by number, empty when it is no ramp; None and findings when they cannot be billed."""
    by_index: dict[int, list[Line]] = {}
    for line in lines:
        if line.segment_index is not None:
            by_index.setdefault(line.segment_index, []).append(line)
    if not by_index:
        return {}
    since = len(context.findings)
    spans: dict[int, Coverage] = {}
    start = agreement.start
    for index in sorted(by_index):
        is_last = index == max(by_index)
        end = agreement.end if is_last else _end(context, order, by_index[index])
        if end is None:
            return None
        if end <= start or (is_last and _ends_otherwise(by_index[index], end)):
            _outside(context, order, by_index[index], start, agreement)
            return None
        ends = agreement.origin.get("end") if is_last else by_index[index][0].segment_end_origin
        before = spans[index - 1].origin.get("end") if index - 1 in spans else agreement.origin.get("start")
        origin = {name: each for name, each in (("start", before), ("end", ends)) if each}
        spans[index] = Coverage(start, end, f"segment {index}", fixed=True, origin=origin)
        start = end
    _check(context, order, spans, by_index)
    return None if context.stopped(since) else spans


def _ends_otherwise(lines: Sequence[Line], end: date) -> bool:
    """Whether the last segment says another end than its contract, beyond what the end of a month moves."""
    said = [each.segment_end + timedelta(days=1) for each in lines if each.segment_end is not None]
    return any(abs((each - end).days) > MONTH_END_SLACK for each in said)


def _outside(context: Context, order: Record, lines: Sequence[Line], start: date, agreement: Agreement) -> None:
    last = agreement.end - timedelta(days=1)
    ends = lines[0].segment_end
    context.report(
        "E552",
        f"segment {lines[0].segment_index} of {order} runs from {start} to {ends}, and the contract from "
        f"{agreement.start} to {last}",
        order,
        notes=("the segments of a ramp fill its contract, one after the other",),
        fix="correct the term or the end date of the quote, or the dates of the segments",
    )


def _end(context: Context, order: Record, lines: Sequence[Line]) -> date | None:
    """The day after the last of a segment, on which its lines agree."""
    ends = {each.segment_end for each in lines}
    last = next(iter(ends))
    if len(ends) > 1 or last is None:
        said = ", ".join(f"{each} on {each.segment_end}" for each in lines)
        context.report(
            "E552",
            f"the lines of segment {lines[0].segment_index} of {order} do not end on one day: {said}",
            order,
            fix="give all ramped products of the order the same segments",
        )
        return None
    return last + timedelta(days=1)


def _check(context: Context, order: Record, spans: Mapping[int, Coverage], lines: Mapping[int, Sequence[Line]]) -> None:
    lengths: list[int] = []
    anchor = min((each.start for each in spans.values()), default=None)
    for index, span in spans.items():
        months, days = _months_of(span, anchor or span.start)
        longest = max(lines[index], key=lambda each: (months % each.cycle_months, each.cycle_months))
        if days or months % longest.cycle_months:
            partial = f" and {days} days" if days else ""
            context.report(
                "E552",
                f"segment {index} of {order} has {months} months{partial}, "
                f"no whole number of billing cycles of {longest.cycle_months} months of {longest}",
                order,
                notes=("the price of a segment could not be billed within the segment",),
                fix="bill the ramp in cycles that fit into its segments",
            )
            return
        lengths.append(months)
    if any(each != lengths[0] for each in lengths[:-1]) or lengths[-1] > lengths[0]:
        context.report(
            "E552",
            f"the segments of {order} have {', '.join(map(str, lengths))} months, and only the last may be shorter",
            order,
            notes=("custom segments are not supported",),
            fix="use segments of a year, a quarter or a month",
        )


def _months_of(span: Coverage, anchor: date) -> tuple[int, int]:
    """The whole months of a segment, and the days left over.

    Both ends are counted from the start of the ramp, as billing dates are: after 31 January and 30 April comes 31 July.
    """
    (before, odd), (until, more) = whole_months(anchor, span.start), whole_months(anchor, span.end)
    return (until - before, 0) if not odd and not more else whole_months(span.start, span.end)


def check_amendment_starts(
    context: Context, orders: Sequence[Record], contract: Record | None, spans: Mapping[int, Coverage]
) -> bool:
    """Whether new amendments of a ramp start with segments, one of them where the contract says; reported when not.

    The contract has one field for it, which the latest amendment sets.
    """
    frame = context.read("agreement", contract) if contract else None
    declared: date | None = frame.get("amendment_start") if frame else None
    starts = {each: context.read("contract", each).get("start") for each in orders}
    since = len(context.findings)
    for order, start in starts.items():
        if start is not None and all(start != each.start for each in spans.values()):
            known = ", ".join(str(each.start) for each in spans.values())
            context.report(
                "E550",
                f"{order} starts on {start}, and the segments of its contract on {known}",
                order,
                fix="let the amendment start with a segment",
            )
    if starts and frame is not None and declared is not None and declared not in starts.values():
        order, start = list(starts.items())[-1]
        context.report(
            "E551",
            f"{order} starts on {start}, and {frame.source('amendment_start')} is {declared}",
            order,
            fix="set both to the same day",
        )
    return not context.stopped(since)
