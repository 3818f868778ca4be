"""Plans for people."""

from engine.render.explain import explain_call
from engine.render.html import render_html
from engine.render.rule_text import RuleText
from engine.render.text import render_plan, summary_line

__all__ = ["RuleText", "explain_call", "render_html", "render_plan", "summary_line"]
