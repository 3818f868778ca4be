"""Plans together: what their contracts bill, in each month and currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, finding
from ..plan import ContractSummary
from .forecasted_plan import ForecastedPlan
from .model import Invoice, total_of
from .reconcile import Account


@dataclass(frozen=True, slots=True)
class Billed:
    """What one contract bills, in minor units; None where the price of a line is not known.

    `usage` says that metered lines come on top; `past` is what earlier plans have billed.
    """

    source: str
    contract: ContractSummary
    invoices: tuple[Invoice, ...]
    account: Account | None

    @property
    def ahead(self) -> tuple[Invoice, ...]:
        """The invoices that are to come."""
        return tuple(each for each in self.invoices if not each.past)

    @property
    def total(self) -> int | None:
        """The sum of what is to come."""
        return total_of(self.ahead)

    @property
    def past(self) -> int | None:
        """The sum of what earlier plans have billed."""
        return total_of(each for each in self.invoices if each.past)

    @property
    def usage(self) -> bool:
        """Whether something is billed by what is used."""
        return any(line.kind == "usage" for each in self.invoices for line in each.lines)

    def to_json(self) -> dict[str, Any]:
        """The contract as `docs/forecast.md` describes it."""
        compared: dict[str, Any] = {} if self.account is None else {"status": self.account.status}
        if self.account is not None and self.account.compared:
            compared |= {
                "sold": self.account.sold,
                "billed": self.account.billed,
                "difference": self.account.difference,
            }
        return {
            "contract": self.contract.id,
            "from": self.source,
            "kind": self.contract.kind,
            "currency": self.contract.currency,
            "invoices": len(self.ahead),
            "total": self.total,
            "past_total": self.past,
            "usage": self.usage,
            **compared,
        }


@dataclass(frozen=True, slots=True)
class Together:
    """Several plans as one: each contract once, as the newest plan has it.

    `failed` are the inputs that have errors and bill nothing; `repeated` says which contracts stand in several plans.
    """

    contracts: tuple[Billed, ...]
    failed: tuple[str, ...] = ()
    repeated: tuple[Diagnostic, ...] = ()

    @property
    def currencies(self) -> tuple[str, ...]:
        """Every currency that something is billed in."""
        return tuple(sorted({each.contract.currency for each in self.contracts if each.invoices}))

    def months(self, *, past: bool) -> dict[str, dict[str, int | None]]:
        """What is billed in each month (`2026-03`), by currency: what is to come, or what earlier plans have billed."""
        chosen = [each for one in self.contracts for each in one.invoices if each.past is past]
        return _sums(chosen, lambda each: f"{each.date:%Y-%m}")

    def totals(self, *, past: bool) -> dict[str, int | None]:
        """What is billed in all, by currency."""
        chosen = [each for one in self.contracts for each in one.invoices if each.past is past]
        return _sums(chosen, lambda _: "all").get("all", {})

    @property
    def usage(self) -> bool:
        """Whether something is billed by what is used."""
        return any(each.usage for each in self.contracts)

    def to_json(self) -> dict[str, Any]:
        """The sums as `docs/forecast.md` describes them; amounts are whole minor units."""
        return {
            "months": [
                {"month": month, "currency": currency, "total": total, **({"past": True} if past else {})}
                for past in (True, False)
                for month, sums in self.months(past=past).items()
                for currency, total in sums.items()
            ],
            "totals": self.totals(past=False),
            "past_totals": self.totals(past=True),
            "usage": self.usage,
            "contracts": [each.to_json() for each in self.contracts],
            "failed": list(self.failed),
        }


def together(plans: Iterable[tuple[str, ForecastedPlan]]) -> Together:
    """Plans and where each comes from as one. Of a contract that several plans hold, the newest counts.

    What the older ones of it bill is the history of the newest, so that their sum would count it twice.
    """
    found: dict[str, tuple[str, ForecastedPlan, ContractSummary]] = {}
    repeated: list[Diagnostic] = []
    failed: list[str] = []
    for source, each in plans:
        if each.outlook is None:
            failed.append(source)
            continue
        for contract in each.plan.contracts:
            known = found.get(contract.id)
            if known is None:
                found[contract.id] = (source, each, contract)
                continue
            newer = each.plan.as_of >= known[1].plan.as_of
            kept, left = ((source, each, contract), known) if newer else (known, (source, each, contract))
            found[contract.id] = kept
            repeated.append(_repeated(contract.id, kept, left))
    billed = tuple(_billed(*each) for each in found.values())
    return Together(billed, tuple(failed), tuple(repeated))


def _repeated(
    contract: str, kept: tuple[str, ForecastedPlan, ContractSummary], left: tuple[str, ForecastedPlan, ContractSummary]
) -> Diagnostic:
    return finding(
        "N901",
        f"the contract {contract} stands in {left[0]} of {left[1].plan.as_of} and in {kept[0]} of {kept[1].plan.as_of}: "
        "the newer one counts",
        fix="nothing, if the older plan was made before; else name one of the two",
    )


def _billed(source: str, view: ForecastedPlan, contract: ContractSummary) -> Billed:
    assert view.outlook is not None  # noqa: S101 - plans with errors are left out before
    invoices = tuple(each for each in view.outlook.forecast.invoices if each.contract == contract.id)
    accounts = {each.contract: each for each in view.outlook.reconciliation.accounts}
    return Billed(source, contract, invoices, accounts.get(contract.id))


def _sums(invoices: Sequence[Invoice], key: Any) -> dict[str, dict[str, int | None]]:
    groups: dict[str, dict[str, list[Invoice]]] = {}
    for each in invoices:
        groups.setdefault(key(each), {}).setdefault(each.currency, []).append(each)
    return {
        name: {currency: total_of(those) for currency, those in sorted(one.items())}
        for name, one in sorted(groups.items())
    }
