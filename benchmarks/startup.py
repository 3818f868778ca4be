"""How long the command line takes to start: each command against `python -c pass`, in pairs, medians.

python benchmarks/startup.py [--runs 21]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTHING = ["-c", "pass"]
COMMANDS = {
    "orderplan --help": ["cli.py", "--help"],
    "orderplan validate rules/cpq.rules": ["cli.py", "validate", "rules/cpq.rules"],
    "orderplan fmt --check rules/cpq.rules": ["cli.py", "fmt", "--check", "rules/cpq.rules"],
    "orderplan plan annual-subscription.json": ["cli.py", "plan", "examples/orders/annual-subscription.json"],
}


def main() -> None:
    """Run every command as often as asked, each run next to one of an empty Python, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21, help="pairs of runs for each command")
    runs = parser.parse_args().runs
    print(f"{'command':42} {'ms':>7} {'python -c pass':>15} {'ratio':>6}")
    for name, arguments in COMMANDS.items():
        seconds(arguments)  # once for the files of compiled Python, which an installed program has
        pairs = [(seconds(NOTHING), seconds(arguments)) for _ in range(runs)]
        empty, taken = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(each / nothing for nothing, each in pairs)
        print(f"{name:42} {taken * 1000:7.1f} {empty * 1000:15.1f} {ratio:6.1f}")


def seconds(arguments: list[str]) -> float:
    """The wall time of one run."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
