"""Plans for people."""

from engine.render.explain import explain_call
from engine.render.text import render_plan, summary_line

__all__ = ["explain_call", "render_plan", "summary_line"]
