"""Rule files checked against both schemas: names, types, coverage, overrides."""

from . import ir
from .check import Checked, check_file
from .functions import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Checked", "Function", "check_file", "ir"]
