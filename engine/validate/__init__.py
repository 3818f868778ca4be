"""Rule files checked against both schemas: names, types, coverage, overrides."""

from engine.validate import ir
from engine.validate.check import Checked, check_file
from engine.validate.functions import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Checked", "Function", "check_file", "ir"]
