"""What a customer will be billed, when, and whether it is what was sold."""

from .forecasted_plan import ForecastedPlan, bills_secrets, forecasted, forecasted_openly
from .make import DEFAULT_CYCLES, forecast
from .model import Course, Deduction, Forecast, Invoice, InvoiceLine, Period, major, total_of
from .outlook import Outlook, outlook
from .reconcile import Account, Comparison, Reconciliation, reconcile
from .together import Billed, Together, together

__all__ = [
    "DEFAULT_CYCLES",
    "Account",
    "Billed",
    "Comparison",
    "Course",
    "Deduction",
    "Forecast",
    "ForecastedPlan",
    "Invoice",
    "InvoiceLine",
    "Outlook",
    "Period",
    "Reconciliation",
    "Together",
    "bills_secrets",
    "forecast",
    "forecasted",
    "forecasted_openly",
    "major",
    "outlook",
    "reconcile",
    "together",
    "total_of",
]
