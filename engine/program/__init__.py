"""Checked rules as Python functions, with the provenance of every value from the same evaluation."""

from ..functions import plain
from .program import Made, Program, Run
from .runtime import Alternative, Reference, Row, StoreField, Trace, record_name

__all__ = ["Alternative", "Made", "Program", "Reference", "Row", "Run", "StoreField", "Trace", "plain", "record_name"]
