"""What became of plans, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .report import CallState, ContractState

_SIGNS = {"done": "+", "refused": "x", "open": "?", "not started": " "}
_STYLES = {"done": "32", "failed": "31", "refused": "31", "interrupted": "33", "open": "33", "cancelled": "33"}


def applied_text(states: Sequence[ContractState], *, colour: bool = False) -> str:
    """Each contract with its calls, what they made, and what was written back; then the sum."""
    lines: list[str] = []
    for each in states:
        lines += [*_contract(each, colour=colour), ""]
    return "\n".join([*lines, _sum(states)]) + "\n"


def _contract(state: ContractState, *, colour: bool) -> Iterator[str]:
    orders = f" ({', '.join(state.orders)})" if state.orders and state.orders != (state.run.contract,) else ""
    yield f"contract {state.run.contract}{orders}: {_painted(state.state, colour=colour)}"
    width = max((len(each.call.id) for each in state.calls), default=0)
    for each in state.calls:
        yield f"  {_SIGNS[each.state]} {each.call.id:<{width}}  {_result(each, colour=colour)}"
        for one in each.stored:
            where = f"{one.object}({one.record}).{one.field}"
            yield f"  {'':<{width}}    → {where}" + (
                "" if one.state == "done" else f": {_painted(one.state, colour=colour)}"
            )


def _result(state: CallState, *, colour: bool) -> str:
    if state.state == "done":
        done = state.object_id or "done"
        return f"{done} (found again)" if state.found else done
    return _painted(state.state, colour=colour)


def _sum(states: Sequence[ContractState]) -> str:
    counts = {name: sum(each.state == name for each in states) for name in dict.fromkeys(each.state for each in states)}
    # A call that several contracts need is one.
    calls = {each.call.idempotency_key: each.state for state in states for each in state.calls}
    done = sum(each == "done" for each in calls.values())
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"Applied: {done} of {len(calls)} calls. Contracts: {told or 'none'}."


def _painted(word: str, *, colour: bool) -> str:
    return f"\x1b[{_STYLES[word]}m{word}\x1b[0m" if colour and word in _STYLES else word
