"""Why a contract is as it is: where the yes or no of its flags comes from, for whoever asks what a rule's `when` read."""

from __future__ import annotations

from dataclasses import replace

from .context import Context
from .model import Contract, Origin, Origins


def with_decisions(context: Context, contract: Contract) -> Contract:
    """The contract with the origin of each of its flags that has none yet."""
    return replace(contract, origin={**_decisions(context, contract), **contract.origin})


def _decisions(context: Context, contract: Contract) -> Origins:
    order = contract.order
    terms = context.read("contract", order)
    named = Origin.itself(order)
    began = contract.origin.get("start", terms.origin("start"))
    lines = context.referring("line", "of", order.id)
    segments = context.read("line", lines[0]).origin("segment_index") if lines else named
    today = context.today
    return {
        "planned": named.since("its object is in Stripe" if contract.planned else "it names no object in Stripe"),
        "released": named.since(
            "its schedule has released the subscription" if contract.released else "no schedule was released"
        ),
        "starts_today": began.since(
            f"{contract.start} is {'' if contract.starts_today else 'not '}the day of planning, {today}"
        ),
        "segmented": segments.since("its lines are segments" if contract.segmented else "no line is a segment"),
        "skip_past_invoices": terms.origin("skip_past_invoices"),
        "migrated": terms.origin("activated_on").since(
            "from before the integration, and taken over" if contract.migrated else "not taken over"
        ),
    }
