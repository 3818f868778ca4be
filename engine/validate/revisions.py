"""Rule sets as a git revision has them: read with `git cat-file` into a temporary folder, nothing is checked out."""

from __future__ import annotations

import posixpath
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..diagnostics import Diagnostic, OrderplanError
from ..syntax import ast, parse

_DEFAULT = "cpq.rules"
_TIMEOUT = 60
_MOST_FILES = 50
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule file that can be read at `path`. `folder` is where a revision's files lie for now, `revision` its name."""

    name: str
    path: str
    folder: str | None = None
    revision: str = ""

    def shown(self, text: str) -> str:
        """A text about these rules with the revision in place of the temporary folder: `main:rules/cpq.rules:12:3`."""
        return text.replace(f"{self.folder}/", f"{self.revision}:") if self.folder else text

    def shown_finding(self, finding: Diagnostic) -> Diagnostic:
        """A finding about these rules, its places named by revision."""
        if not self.folder:
            return finding
        span = finding.span and finding.span._replace(path=self.shown(finding.span.path))
        labels = tuple(
            replace(each, span=each.span._replace(path=self.shown(each.span.path))) for each in finding.labels
        )
        return replace(
            finding,
            span=span,
            labels=labels,
            notes=tuple(map(self.shown, finding.notes)),
            message=self.shown(finding.message),
            fix=finding.fix and self.shown(finding.fix),
            rule=finding.rule and self.shown(finding.rule),
            file=finding.file and self.shown(finding.file),
        )


def names_revision(name: str) -> bool:
    """Whether this means a file of a git revision, `REVISION:PATH`, and no file that is there."""
    revision, colon, path = name.partition(":")
    # One letter before the colon is a drive of Windows.
    return bool(colon and path and len(revision) > 1) and not Path(name).exists()


@contextmanager
def rule_set(name: str) -> Iterator[RuleSet]:
    """The rule set that a file, or a revision and a path in it, names; the files of a revision go with the context.

    As in git, the path counts from the top of the repository, and from the working folder when it starts with `./`. A
    folder stands for its only rule file, or for its `cpq.rules`. Read with it are the files that it extends and the
    Salesforce schema that they name, where the revision has them; the rest is looked for as for any rule file.

    Raises:
        OrderplanError: when there is no repository, no such revision, or no such file in it.
    """
    if not names_revision(name):
        yield RuleSet(name, name)
        return
    revision, _, path = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="orderplan-") as folder:
        repository = _Repository(revision)
        top = repository.rule_file(path)
        repository.copy(top, Path(folder))
        yield RuleSet(name, str(Path(folder, top)), folder, revision)


class _Repository:
    """The git repository of the working folder, at one revision."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        here = _git("rev-parse", "--show-prefix")
        if here is None:
            raise _no_repository(revision)
        self.prefix = here.decode("utf-8", "surrogateescape").rstrip("\n")
        if (
            revision.startswith("-")
            or "\0" in revision
            or _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None
        ):
            raise OrderplanError(
                "E721",
                f"there is no git revision {revision!r} here",
                f"name a branch, tag or commit that `git log` knows, or fetch it: git fetch origin {shlex.quote(revision)}",
            )

    def rule_file(self, wanted: str) -> str:
        """The path, from the top of the repository, of the rule file that is meant."""
        path = self._from_top(wanted)
        kind = _git("cat-file", "-t", f"{self.revision}:{path}")
        if kind is None or path.startswith("../"):
            raise OrderplanError(
                "E722",
                f"{self.revision} has no file {path or wanted}",
                f"list its files: git ls-tree -r --name-only {shlex.quote(self.revision)}",
            )
        if kind.strip() == b"blob":
            return path
        listed = (
            (_git("ls-tree", "--name-only", f"{self.revision}:{path}") or b"")
            .decode("utf-8", "surrogateescape")
            .splitlines()
        )
        rules = [each for each in listed if each.endswith(".rules")]
        if len(rules) == 1 or _DEFAULT in rules:
            return posixpath.normpath(posixpath.join(path, rules[0] if len(rules) == 1 else _DEFAULT))
        found = ", ".join(rules) or "no rule file"
        raise OrderplanError(
            "E723",
            f"the folder {path or '.'} of {self.revision} holds {found}, and no {_DEFAULT}",
            f"name the rule file: {self.revision}:{posixpath.join(path, rules[0] if rules else 'team.rules')}",
        )

    def copy(self, path: str, folder: Path) -> None:
        """Writes a rule file, what it extends, and the schema that they name, at their places below a folder."""
        seen: set[str] = set()
        waiting = [path]
        while waiting and len(seen) < _MOST_FILES:
            path = waiting.pop()
            content = None if path in seen else self._content(path)
            seen.add(path)
            if content is None:
                continue
            _write(folder / path, content)
            for item in parse(content.decode("utf-8", "replace"), path).file.items:
                beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), getattr(item, "path", "")))
                if isinstance(item, ast.Extend):
                    waiting.append(beside)
                elif isinstance(item, ast.Source):
                    schema = self._content(beside) or self._content(posixpath.normpath(self.prefix + item.path))
                    if schema is not None and not beside.startswith(("../", "/")):
                        _write(folder / beside, schema)

    def _from_top(self, wanted: str) -> str:
        relative = wanted.startswith(("./", "../"))
        path = posixpath.normpath(posixpath.join(self.prefix, wanted) if relative else wanted)
        return "" if path == "." else path

    def _content(self, path: str) -> bytes | None:
        """The content of a file at the revision; nothing for a folder, and for what no path in it can be."""
        if path.startswith(("../", "/")) or path in ("", ".", "..") or "\0" in path or len(path) > _LONGEST:
            return None
        return _git("cat-file", "blob", f"{self.revision}:{path}")


def _git(*arguments: str) -> bytes | None:
    """What git prints, or None when it refuses."""
    try:
        done = _run(*arguments)
    except FileNotFoundError as fault:
        raise OrderplanError(
            "E720", "git is not installed, and a git revision is named", "install git, or name a rule file"
        ) from fault
    except subprocess.TimeoutExpired as fault:
        raise OrderplanError(
            "E720", f"git did not answer within {_TIMEOUT} seconds", "look at the repository"
        ) from fault
    return done.stdout if done.returncode == 0 else None


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], capture_output=True, timeout=_TIMEOUT, check=False)  # noqa: S603, S607 - the user's own git


def _no_repository(revision: str) -> OrderplanError:
    """Why git gives no repository for the working folder: there is none, or it belongs to someone else."""
    said = _run("rev-parse", "--show-prefix").stderr
    if b"dubious ownership" in said:
        return OrderplanError(
            "E720",
            f"{revision}:… names a git revision, and git does not read this repository, which belongs to another user",
            "look at what it holds, then allow it: git config --global --add safe.directory FOLDER",
        )
    return OrderplanError(
        "E720",
        f"{revision}:… names a git revision, and the working folder is in no git repository",
        "run the command in the repository of the rules, or name a rule file",
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


__all__ = ["RuleSet", "names_revision", "rule_set"]
