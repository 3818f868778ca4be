"""Plans for people."""

from engine.render.explain import explain_call
from engine.render.forecast import forecast_text, render_forecast
from engine.render.forecast_csv import forecast_csv
from engine.render.html import render_html
from engine.render.rule_text import RuleText
from engine.render.text import render_plan, summary_line

__all__ = [
    "RuleText",
    "explain_call",
    "forecast_csv",
    "forecast_text",
    "render_forecast",
    "render_html",
    "render_plan",
    "summary_line",
]
