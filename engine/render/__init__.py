"""Plans for people."""

from .explain import explain_call
from .forecast import forecast_text, render_forecast
from .forecast_csv import forecast_csv
from .html import render_html
from .html_calls import Became
from .rule_text import RuleText
from .text import render_plan, summary_line
from .together import together_text

__all__ = [
    "Became",
    "RuleText",
    "explain_call",
    "forecast_csv",
    "forecast_text",
    "render_forecast",
    "render_html",
    "render_plan",
    "summary_line",
    "together_text",
]
