"""Random bytes and random mutations of rule files, bundles and saved plans through the commands; a traceback is a fault.

    python benchmarks/fuzz.py [--cases 20000] [--seed 1] [--jobs 2]

Every case is one command, run in this process as a user's would be, on a file made of a valid one: pieces cut out, doubled,
swapped, bytes and words changed, JSON values replaced by others. Exit codes 0 to 4 are answers; anything else, and any
exception, is printed with the case's number, and the file is kept.
"""

# ruff: noqa: PLR2004, SLF001 - figures here are chances, and the commands' compiled rules are kept from case to case

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from click.testing import CliRunner  # noqa: E402

import cli  # noqa: E402
from tests.builders.examples import EXAMPLES  # noqa: E402

RULES = sorted((ROOT / "rules").glob("*.rules"))
WORDS = [
    *[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "=",
        "==",
        "=>",
        "->",
        ".",
        ",",
        ":",
        "#",
        '"',
        "'",
        "\\",
        "\n",
        "\t",
        "\x00",
        "\ufeff",
        "\u2028",
        "é",
        "0",
        "-1",
        "1e9",
        "99999999999999999999",
        "0.1",
        "true",
        "null",
        "map",
        "read",
        "each",
    ],
    *[
        "lookup",
        "when",
        "default",
        "required",
        "sensitive",
        "final",
        "set",
        "drop",
        "override",
        "extend",
        "part",
        "use",
        "store",
        "in",
        "is",
        "not",
        "and",
        "or",
        "if",
        "first",
        "ref",
    ],
    *[
        "answer",
        "unix",
        "number",
        "whole",
        "divide",
        "customer",
        "price",
        "contract",
        "account",
        "settings",
        "sync",
        "test",
        "expect",
        "given",
        "fail",
        "warn",
    ],
]
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    1e300,
    "",
    " ",
    "x" * 5000,
    "2026-02-30",
    "2026-03-01",
    "9999-12-31T23:59:59Z",
    "\ud800",
    [],
    {},
    [None],
    {"$ref": {}},
    "801W00001000001IAA",
    "sub_sched_1",
    "Net 30",
    "NaN",
)


def main() -> None:
    """Run the cases in some processes and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--keep", default="", help="a folder for the files of faulty cases")
    asked = parser.parse_args()
    before = time.perf_counter()
    shares = [range(asked.seed * 10**9 + at, asked.seed * 10**9 + asked.cases, asked.jobs) for at in range(asked.jobs)]
    with multiprocessing.Pool(asked.jobs) as pool:
        outcomes = sum(pool.starmap(some_cases, [(share, asked.keep) for share in shares]), Counter())
    faults = sum(count for (_, code), count in outcomes.items() if code == "traceback")
    for (kind, code), count in sorted(outcomes.items(), key=str):
        print(f"{kind:16} {code!s:>10} {count:7}")
    print(f"{sum(outcomes.values())} cases in {time.perf_counter() - before:.0f} s, {faults} tracebacks")
    sys.exit(1 if faults else 0)


def some_cases(numbers: range, keep: str) -> Counter[tuple[str, Any]]:
    """What came of these cases: how many of each command ended with each exit code."""
    # The rules that bundles are planned with are the same in every case.
    cli._program = functools.cache(cli._program)
    outcomes: Counter[tuple[str, Any]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            kind, code, words = one_case(number, Path(folder))
            outcomes[kind, code] += 1
            if code == "traceback":
                print(f"case {number}, {kind}:\n{words}", flush=True)
                if keep:
                    Path(keep).mkdir(parents=True, exist_ok=True)
                    for path in Path(folder).glob("case.*"):
                        (Path(keep) / f"{number}{path.suffix}").write_bytes(path.read_bytes())
    return outcomes


def one_case(number: int, folder: Path) -> tuple[str, Any, str]:
    """Make the file of a case and give it to its command: the command, its exit code or `traceback`, and the words of that."""
    chance = Random(number)  # noqa: S311 - cases are to be repeated, not guessed
    kind = chance.choice(("validate", "fmt", "plan", "plan", "show", "explain", "noise"))
    for old in folder.glob("case.*"):
        old.unlink()
    if kind in ("validate", "fmt"):
        (folder / "case.rules").write_bytes(mutated_text(chance.choice(rule_texts()), chance))
        arguments = ["validate"] if kind == "validate" else ["fmt", "--check"]
        arguments.append(str(folder / "case.rules"))
    elif kind == "plan":
        (folder / "case.json").write_bytes(mutated_document(chance.choice(bundles()), chance))
        arguments = ["plan", str(folder / "case.json"), *chance.choice(([], ["--format", "json"], ["--reveal"]))]
    elif kind in ("show", "explain"):
        (folder / "case.json").write_bytes(mutated_document(chance.choice(plans()), chance))
        arguments = [kind, str(folder / "case.json")]
        if kind == "explain":
            arguments.append(
                chance.choice(call_ids())
                + chance.choice(("", "/metadata", "/phases", ".recurring.interval", "/x", "\0"))
            )
    else:
        (folder / "case.bin").write_bytes(noise(chance))
        arguments = [*chance.choice((["validate"], ["fmt", "--check"], ["plan"], ["show"])), str(folder / "case.bin")]
    with contextlib.chdir(ROOT):
        result = CliRunner().invoke(cli.main, arguments)
    fault = result.exception
    if fault is not None and not isinstance(fault, SystemExit):
        return kind, "traceback", "".join(traceback.format_exception(fault))[-3000:]
    if result.exit_code not in range(5) or "Traceback (most recent call last)" in result.output:
        return kind, "traceback", result.output[-3000:]
    return kind, result.exit_code, ""


# --- material ---


@functools.cache
def rule_texts() -> list[bytes]:
    """The shipped rule files, and single blocks of them under a header."""
    texts = [path.read_bytes() for path in RULES]
    head = b'rules "case" version 1\nextend "cpq.rules"\n'
    blocks = [each for text in texts[1:] for each in text.split(b"\n\n")[1:]]
    return [*texts, *(head + each for each in blocks)]


@functools.cache
def bundles() -> list[str]:
    """The example orders as texts."""
    return [json.dumps(build()) for build in EXAMPLES.values()]


@functools.cache
def plans() -> list[str]:
    """Plans of some examples as texts, one of them with its secrets."""
    out = []
    with contextlib.chdir(ROOT):
        for name, more in (("mixed-lines", []), ("amendment-upsell", []), ("coupons", ["--reveal"])):
            result = CliRunner().invoke(cli.main, ["plan", f"examples/orders/{name}.json", "--format", "json", *more])
            out.append(result.stdout)
    return out


@functools.cache
def call_ids() -> list[str]:
    """The ids of the calls of those plans."""
    return [each["id"] for text in plans() for each in json.loads(text)["calls"]]


# --- mutations ---


def mutated_text(text: bytes, chance: Random) -> bytes:
    """A text with one to six changes."""
    for _ in range(chance.randint(1, 6)):
        one, other = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
        if chance.random() < 0.8:
            other = min(other, one + chance.randint(0, 40))
        word = chance.choice(WORDS).encode("utf-8", "surrogatepass")
        match chance.randrange(6):
            case 0:
                text = text[:one] + text[other:]
            case 1:
                text = text[:other] + text[one:other] + text[other:]
            case 2:
                text = text[:one] + word + text[other:]
            case 3:
                text = text[:one] + b" " + word + b" " + text[one:]
            case 4:
                text = text[:one] + bytes(chance.randrange(256) for _ in range(chance.randint(1, 4))) + text[one:]
            case _:
                lines = text.split(b"\n")
                first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[first], lines[second] = lines[second], lines[first]
                text = b"\n".join(lines)
    return text


def mutated_document(text: str, chance: Random) -> bytes:
    """A JSON document with one to five values changed; sometimes its text."""
    if chance.random() < 0.15:
        return mutated_text(text.encode(), chance)
    document = json.loads(text)
    gentle = chance.random() < 0.6
    for _ in range(chance.randint(1, 5)):
        change(document, chance, gentle=gentle)
    return json.dumps(document).encode()


def change(document: Any, chance: Random, *, gentle: bool) -> None:
    """Change one value somewhere inside; a gentle change leaves a value of its kind, so that it reaches further."""
    holder, steps = document, 0
    if gentle and "records" in document:
        holder, steps = document["records"], 1
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return
        key = chance.choice(keys)
        inner = holder[key]
        if isinstance(inner, dict | list) and inner and (steps < 2 or chance.random() < 0.85):
            holder, steps = inner, steps + 1
            continue
        if gentle:
            holder[key] = another(inner, chance)
            return
        match chance.randrange(5):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(inner)
            case 1 | 2 if isinstance(inner, str):
                holder[key] = inner[: chance.randrange(len(inner) + 1)] + chance.choice(WORDS)
            case 3 if isinstance(inner, int | float) and not isinstance(inner, bool):
                holder[key] = inner * chance.choice((-1, 0, 2, 0.5, 1000, 1e15)) + chance.choice((0, 1, 0.01))
            case _:
                holder[key] = chance.choice(VALUES)
        return


DATES = ("2025-12-31", "2026-02-28", "2026-03-01", "2026-08-31", "2027-02-28", "2027-03-01", "2028-02-29", "1999-01-01")
TEXTS = (
    "",
    " ",
    "Annual",
    "Monthly",
    "Quarterly",
    "Evergreen",
    "Renewable",
    "Arrears",
    "Draft",
    "Slab",
    "FlatFee",
    "EUR",
    "jpy",
    "x" * 400,
)


def another(value: Any, chance: Random) -> Any:
    """A value of the same kind, or none."""
    if chance.random() < 0.15:
        return None
    if isinstance(value, bool) or value is None:
        return chance.choice((True, False, None))
    if isinstance(value, int | float):
        return chance.choice(
            (0, 1, -1, 2, 7, 12, 0.5, -3.25, 100.01, 1e9, value + 1, -value, value * 2, round(value / 3, 6))
        )
    if isinstance(value, str) and value[:4].isdigit() and value[4:5] == "-":
        return chance.choice(DATES) + value[10:]
    if isinstance(value, str) and len(value) == 18 and value.isalnum():
        return value[:10] + f"{chance.randrange(4):05d}" + value[15:] if chance.random() < 0.5 else value
    return chance.choice(TEXTS) if isinstance(value, str) else value


def noise(chance: Random) -> bytes:
    """Bytes without sense, or words of the language in a row."""
    if chance.random() < 0.5:
        return bytes(chance.randrange(256) for _ in range(chance.randint(0, 400)))
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(0, 80))).encode("utf-8", "surrogatepass")


if __name__ == "__main__":
    main()
