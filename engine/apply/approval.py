"""Approval: somebody's word that a plan may be applied, in a small file beside it that fits this plan alone.

The word is a keyed digest (HMAC-SHA-256 under `ORDERPLAN_APPROVAL_KEY`), or a signature by an SSH key, made and checked by
`ssh-keygen -Y`. It covers the whole document of the plan, byte for byte of its meaning.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..diagnostics import OrderplanError
from ..plan import canonical

KEY = "ORDERPLAN_APPROVAL_KEY"
SIGNERS = "ORDERPLAN_ALLOWED_SIGNERS"
FORMAT = "orderplan.approval"
_NAMESPACE = "orderplan"
_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which plan when, and the proof of it. `method` is `hmac-sha256` or `ssh`."""

    digest: str
    document: str
    by: str
    at: str
    method: str
    proof: str

    @property
    def payload(self) -> bytes:
        """What is signed."""
        said = {"at": self.at, "by": self.by, "digest": self.digest, "document": self.document, "format": FORMAT}
        return canonical(said).encode()

    def to_json(self) -> dict[str, str]:
        """The file of an approval."""
        return {
            "format": FORMAT,
            "format_version": "1.0",
            "digest": self.digest,
            "document_sha256": self.document,
            "by": self.by,
            "at": self.at,
            "method": self.method,
            "proof": self.proof,
        }


def approve(document: Mapping[str, Any], by: str, at: str, *, ssh_key: str | None = None) -> Approval:
    """Approves a plan by the key of the environment, or by an SSH key.

    Raises:
        OrderplanError: E934, when there is no key, or it cannot sign.
    """
    bare = Approval(str(document.get("digest", "")), _hash(document), by, at, "ssh" if ssh_key else "hmac-sha256", "")
    proof = _signed(bare.payload, ssh_key) if ssh_key else _keyed(bare.payload)
    return Approval(bare.digest, bare.document, by, at, bare.method, proof)


def read_approval(path: str) -> Approval:
    """The approval of a file.

    Raises:
        OrderplanError: E934, when there is none in it.
    """
    try:
        found = json.loads(Path(path).read_bytes())
        if found["format"] != FORMAT or str(found["format_version"]).partition(".")[0] != "1":
            raise ValueError
        texts = [found[name] for name in ("digest", "document_sha256", "by", "at", "method", "proof")]
        if not all(isinstance(each, str) for each in texts):
            raise ValueError
    except OSError as fault:
        raise _unapproved(f"there is no approval: {path}: {(fault.strerror or str(fault)).lower()}") from None
    except (ValueError, KeyError, TypeError):
        raise _unapproved(f"{path} is no approval of a plan") from None
    return Approval(*texts)


def check_approval(approval: Approval, document: Mapping[str, Any], signers: str | None = None) -> None:
    """Makes sure that an approval is genuine and of this very plan.

    Raises:
        OrderplanError: E934, when it is not.
    """
    if approval.document != _hash(document) or approval.digest != document.get("digest"):
        raise _unapproved(f"{approval.by} approved another plan, or this one was changed since")
    if approval.method == "hmac-sha256":
        if not hmac.compare_digest(_keyed(approval.payload), approval.proof):
            raise _unapproved(f"the approval by {approval.by} was not made with the key of {KEY}")
    elif approval.method == "ssh":
        _verify(approval, signers or os.environ.get(SIGNERS))
    else:
        raise _unapproved(f"the approval is made by {approval.method}, which this program does not know")


def _hash(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _keyed(payload: bytes) -> str:
    key = os.fsencode(os.environ.get(KEY, ""))
    if len(key) < _SHORTEST:
        raise OrderplanError(
            "E934",
            f"{KEY} is not set"
            if not key
            else f"{KEY} is shorter than {_SHORTEST} bytes, and could be found by trying",
            "set it to what `openssl rand -hex 32` prints, where plans are approved and where they are applied, or use --ssh-key",
        )
    return hmac.new(key, payload, hashlib.sha256).hexdigest()


def _signed(payload: bytes, key: str) -> str:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", _NAMESPACE, "-f", key]
    try:
        done = subprocess.run(command, input=payload, capture_output=True, check=False)  # noqa: S603 - arguments, no shell
    except OSError as fault:
        raise _unapproved(f"ssh-keygen cannot be run: {(fault.strerror or str(fault)).lower()}") from None
    if done.returncode:
        raise _unapproved(f"ssh-keygen cannot sign: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode()


def _verify(approval: Approval, signers: str | None) -> None:
    if not signers:
        raise OrderplanError(
            "E934",
            "the approval is signed by an SSH key, and it is not said whose keys count",
            f"name a file of allowed signers with --allowed-signers or {SIGNERS}; `man ssh-keygen` describes it",
        )
    with tempfile.NamedTemporaryFile("w", suffix=".sig") as file:
        file.write(approval.proof)
        file.flush()
        command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", approval.by, "-n", _NAMESPACE, "-s", file.name]
        try:
            done = subprocess.run(command, input=approval.payload, capture_output=True, check=False)  # noqa: S603
        except OSError as fault:
            raise _unapproved(f"ssh-keygen cannot be run: {(fault.strerror or str(fault)).lower()}") from None
    if done.returncode:
        raise _unapproved(f"the signature is none of {approval.by}: {done.stderr.decode('utf-8', 'replace').strip()}")


def _unapproved(why: str) -> OrderplanError:
    return OrderplanError("E934", why, "have this plan approved: `orderplan approve PLAN --by NAME`")
