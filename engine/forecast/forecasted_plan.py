"""A plan with its forecast: what every view of a plan shows, and what its document says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, ordered
from ..plan import Plan, to_document, without_secrets
from .make import DEFAULT_CYCLES
from .outlook import Outlook, outlook


@dataclass(frozen=True, slots=True)
class ForecastedPlan:
    """A plan and what it bills; there is no `outlook` of a plan with errors, which is not applied and bills nothing."""

    plan: Plan
    outlook: Outlook | None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was found on planning and on forecasting, by place."""
        if self.outlook is None:
            return self.plan.diagnostics
        return tuple(ordered([*self.plan.diagnostics, *self.outlook.findings]))

    @property
    def applyable(self) -> bool:
        """Whether nothing stands against applying the plan."""
        return self.sound and not self.plan.preview

    @property
    def sound(self) -> bool:
        """Whether neither planning nor forecasting found an error; a preview may be sound, and is not applied."""
        return self.plan.sound and not (self.outlook and any(each.is_error for each in self.outlook.findings))

    def to_document(self) -> dict[str, Any]:
        """The document of the plan with its forecast; it holds the sensitive values if the plan does."""
        out = to_document(self.plan, reveal=True)
        out["diagnostics"] = [each.to_json() for each in self.diagnostics]
        out["applyable"] = self.applyable
        if self.outlook is not None:
            out["forecast"] = self.outlook.to_json()
        return out


def forecasted(plan: Plan, *, cycles: int | None = None, strict: bool | None = None) -> ForecastedPlan:
    """The plan with its forecast, from the parameters that it holds: hidden values are not known to it.

    `cycles` are shown of contracts without an end, and with `strict` money that is not what was sold is an error. Unless
    given, both are as in the forecast that a saved plan had.
    """
    cycles = cycles or plan.forecast_cycles or DEFAULT_CYCLES
    strict = plan.strict_money if strict is None else strict
    return ForecastedPlan(plan, outlook(plan, cycles=cycles, strict=strict))


def forecasted_openly(plan: Plan) -> ForecastedPlan:
    """The plan as it is, with the forecast of what may be shown of it: sums of sensitive prices tell the prices."""
    if not bills_secrets(plan):
        return forecasted(plan)
    return ForecastedPlan(plan, forecasted(without_secrets(plan)).outlook)


def bills_secrets(plan: Plan) -> bool:
    """Whether a plan has sensitive values where a forecast reads: in what bills, and not only in who is billed."""
    planned = any(call.resource != "customer" and plan.redacted.get(call.id) for call in plan.calls)
    return planned or any(each.redacted for each in plan.history) or any(each.redacted for each in plan.follows)
