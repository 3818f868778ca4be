"""What `apply` costs by itself: time per call that is neither the server's nor the network's.

    python benchmarks/apply.py --calls 1000

The same calls are sent twice in one run: by `apply` with its journal in SQLite, and bare by the same client. The difference is
what the journal, the durable steps and the write-backs take; write-backs are left out of it with --no-write-back, since they are
requests to another server.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.faults import contracts_like  # noqa: E402 - the checkout is on the path now
from orderplan.engine.apply import Given, Options, Session  # noqa: E402
from orderplan.engine.apply.resolve import path_of, resolved  # noqa: E402
from orderplan.engine.connect import Answer, StripeClient, stripe_login  # noqa: E402
from orderplan.engine.forecast import ForecastedPlan  # noqa: E402
from orderplan.engine.plan.planner import Planner  # noqa: E402
from orderplan.engine.sandbox import Sandbox  # noqa: E402
from orderplan.engine.validate import check_file  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--one", action="store_true", help="all calls in one contract instead of a contract for three")
    options = parser.parse_args()
    rules = check_file(str(ROOT / "rules/cpq.rules")).rules
    if rules is None:
        return 1
    planner = Planner(rules)
    bundle = contracts_like("annual-subscription", options.calls * 10 // 28)
    plan = planner.plan(planner.bundle(json.dumps(bundle).encode(), "bundle"))
    if options.one:
        plan = replace(plan, calls=tuple(replace(each, contract="one") for each in plan.calls))
    with tempfile.TemporaryDirectory() as folder, Sandbox(now=1_771_200_000) as sandbox:
        os.environ.update(sandbox.environment)
        client = StripeClient(stripe_login(), plan.stripe_version)
        answers: dict[str, dict[str, str]] = {}
        began = time.perf_counter()
        for call in plan.calls:
            found = client.send(
                call.method, path_of(call, answers), resolved(call.params, answers), f"b-{call.idempotency_key}"
            )
            if not isinstance(found, Answer):
                raise SystemExit(str(found))
            answers[call.id] = {"id": found.body["id"]}
        bare = time.perf_counter() - began
        given = Given("plan.json", ForecastedPlan(plan, None).to_document(), plan)
        settings = Options(
            database=str(Path(folder) / "journal.sqlite"), rate=0, write_back=False, parallel=options.parallel
        )
        with Session(settings, plan.stripe_version) as session:
            session.submit(given)
            began = time.perf_counter()
            session.wait([plan.digest])
            durable = time.perf_counter() - began
            states = session.states(plan.digest)
    count = len(plan.calls)
    done = sum(each.state == "done" for each in states)
    print(f"{count} calls, {done} of {len(states)} contracts done")
    print(f"bare: {bare / count * 1000:.2f} ms a call; apply: {durable / count * 1000:.2f} ms a call")
    print(f"apply's own time: {(durable - bare) / count * 1000:.2f} ms a call")
    return 0


if __name__ == "__main__":
    sys.exit(main())
