"""Checked rules as Python functions, with the provenance of every value from the same evaluation."""

from engine.program.functions import plain
from engine.program.program import Made, Program, Run
from engine.program.runtime import Alternative, Reference, Row, StoreField, Trace, record_name

__all__ = ["Alternative", "Made", "Program", "Reference", "Row", "Run", "StoreField", "Trace", "plain", "record_name"]
