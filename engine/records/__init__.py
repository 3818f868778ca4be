"""Order bundles: loaded, checked as a whole, and followed from record to record."""

from .bundle import Bundle, Loaded
from .load import load_bundles, read_bundle
from .record import Gap, Lookup, Record, Records

__all__ = ["Bundle", "Gap", "Loaded", "Lookup", "Record", "Records", "load_bundles", "read_bundle"]
