"""Rule files checked against both schemas: names, types, coverage, overrides."""

from . import ir
from .check import Checked, check_file

__all__ = ["Checked", "check_file", "ir"]
