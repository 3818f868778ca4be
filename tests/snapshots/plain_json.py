"""Snapshots as plain JSON files in the top-level folder `snapshots/`, so that a changed plan reads as a diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from syrupy.extensions.json import JSONSnapshotExtension

ROOT = Path(__file__).resolve().parents[2]


class PlainJson(JSONSnapshotExtension):
    """One file for each snapshot: `snapshots/test_plans/test_…[name].json`."""

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        return str(ROOT / "snapshots" / Path(test_location.filepath).stem)

    def serialize(self, data: Any, **_: Any) -> str:
        return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
