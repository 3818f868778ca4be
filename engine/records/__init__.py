"""Order bundles: loaded, checked as a whole, and followed from record to record."""

from .bundle import Bundle, Loaded
from .ids import id_key
from .load import load_bundles, read_bundle
from .namespace import outer
from .preview import Missing, as_if_activated
from .record import Gap, Lookup, Record, Records

__all__ = [
    "Bundle",
    "Gap",
    "Loaded",
    "Lookup",
    "Missing",
    "Record",
    "Records",
    "as_if_activated",
    "id_key",
    "load_bundles",
    "outer",
    "read_bundle",
]
