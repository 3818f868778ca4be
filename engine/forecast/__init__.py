"""What a customer will be billed, when, and whether it is what was sold."""

from .attach import Outlook, outlook, with_forecast
from .make import DEFAULT_CYCLES, forecast
from .model import Course, Deduction, Forecast, Invoice, Line, Period, major
from .reconcile import Account, Comparison, Reconciliation, reconcile

__all__ = [
    "DEFAULT_CYCLES",
    "Account",
    "Comparison",
    "Course",
    "Deduction",
    "Forecast",
    "Invoice",
    "Line",
    "Outlook",
    "Period",
    "Reconciliation",
    "forecast",
    "major",
    "outlook",
    "reconcile",
    "with_forecast",
]
