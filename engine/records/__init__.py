"""Order bundles: loaded, checked as a whole, and followed from record to record."""

from engine.records.bundle import Bundle, Loaded
from engine.records.load import load_bundles, read_bundle
from engine.records.record import Record, Records

__all__ = ["Bundle", "Loaded", "Record", "Records", "load_bundles", "read_bundle"]
