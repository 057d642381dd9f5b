"""How many of the same mutants Schemathesis catches with as many requests: the curve beside that of power.py.

Run it by hand, with the path of the program of a Schemathesis 4 that is installed elsewhere:

    python benchmarks/schemathesis_power.py ST [--results FILE] [--every 3] [--seed 1] [--budgets 30,60,100,300]

Rules of this file
1. It is led where that helps: to two gateways that there are, to prefixes that are right, and by links between the
   operations (`led`). Each simulator gets a whole run in each of the WAYS; a budget is its first so many requests, in
   the order in which they were sent. Its probes of what a server understands count as none.
2. Caught is a simulator of which a report says what no run on the right one says, of this seed or four others, however
   many requests that had sent. What is said is the operation, the check, its text, and the status and code it is about.
3. Each run is a line of the file of results as soon as it is over. What stands there is not run again.
"""

from __future__ import annotations

import argparse
import base64
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from power import VISIBLE, numbers, say

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.server.openapi import document
from pbr_conformance.simulator.server.server import serving

CREATE, DELETE, LIST = OPERATIONS = ("CreateVpnPbrRouteEntry", "DeleteVpnPbrRouteEntry", "DescribeVpnPbrRouteEntries")
WAYS: Final = {
    "all its phases, in its order": ("--max-examples", "30"),
    "fuzzing, then stateful": ("--phases", "fuzzing,stateful", "--max-examples", "50"),
}
"""The first is some 1,300 requests, those for coverage first; the second some 500, of which 150 are fuzzing."""
RIGHT: Final = "the right one"
OTHER_SEEDS: Final = 4
"""Runs with other seeds on the right simulator, whose reports don't count either."""
LONGEST: Final = 120
"""Seconds after which a run is given up. It takes some 6."""
KNOWN: Final[dict[str, dict[str, Any]]] = {
    "Format": {"enum": ["JSON"]},
    "RegionId": {"const": "cn-hangzhou"},
    "VpnGatewayId": {"enum": ["vpn-single", "vpn-dual"]},
    "NextHop": {"enum": ["vco-single-a", "vco-single-b", "vco-dual-a", "vco-dual-b"]},
    "RouteSource": {"pattern": r"^192\.168\.[1-9][0-9]?\.0/24$"},
    "RouteDest": {"pattern": r"^10\.[1-9][0-9]?\.[1-9][0-9]?\.0/24$"},
}
ROUTE: Final = ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "Priority")
LINKS: Final = {
    "delete it": (DELETE, ROUTE),
    "create it again": (CREATE, (*ROUTE, "PublishVpc")),
    "send it again": (CREATE, (*ROUTE, "PublishVpc", "ClientToken")),
    "another with its token": (CREATE, ("ClientToken",)),
    "another next hop": (CREATE, ("VpnGatewayId", "RouteSource", "RouteDest", "Priority")),
    "list": (LIST, ("VpnGatewayId",)),
}
"""What follows a creation or a deletion, and which parameters it has from it."""

Reported = list[tuple[int, str]]
"""After how many requests something was reported for the first time, and what."""


def led() -> dict[str, Any]:
    """What `serve --openapi` prints, with these operations only, values that the account has, and links."""
    shown = document(reference(), DEFAULT_SPEC, "http://127.0.0.1")
    operations = {path: item for path, item in shown["paths"].items() if item["post"]["operationId"] in OPERATIONS}
    for item in operations.values():
        for parameter in item["post"]["parameters"]:
            if parameter["name"] in KNOWN:
                parameter["schema"] = {"type": "string", **KNOWN[parameter["name"]]}
                parameter.pop("examples", None)
        if item["post"]["operationId"] != LIST:
            has = {parameter["name"] for parameter in item["post"]["parameters"]}
            links = {name: (to, [each for each in names if each in has]) for name, (to, names) in LINKS.items()}
            item["post"]["responses"]["200"]["links"] = {name: _link(*link) for name, link in links.items() if link[1]}
    return {**shown, "paths": operations}


def _link(operation: str, names: Sequence[str]) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {f"query.{name}": f"$request.query.{name}" for name in names}}


def run(program: Path, stepper: Stepper, seed: int, way: str) -> dict[str, Any]:
    """One run on one simulator: how many requests it sent, what it reported, and the seconds it took."""
    began = time.perf_counter()
    with TemporaryDirectory() as directory, serving(stepper=stepper) as url:
        shown, events = Path(directory, "openapi.json"), Path(directory, "events.ndjson")
        shown.write_text(json.dumps(led()), "utf-8")
        words = [program, "run", shown, "--url", url, "--seed", str(seed), *WAYS[way], "--continue-on-failure"]
        words += ["--no-shrink", "--generation-database", "none", "--report-ndjson-path", events, "--no-color"]
        subprocess.run(list(map(str, words)), cwd=directory, capture_output=True, check=False, timeout=LONGEST)
        asked = sorted(_asked(events), key=lambda each: each[0])
    first: dict[str, int] = {}
    for number, (_, said) in enumerate(asked, 1):
        for text in said:
            first.setdefault(text, number)
    reported: Reported = [(number, text) for text, number in first.items()]
    return {"requests": len(asked), "reported": reported, "seconds": round(time.perf_counter() - began, 1)}


def _asked(events: Path) -> Iterator[tuple[float, list[str]]]:
    """When each request was sent, and what was reported of its answer."""
    for event in map(json.loads, events.read_text("utf-8").splitlines()):
        if "NonFatalError" in event or "FatalError" in event:
            raise SystemExit(f"Schemathesis could not run: {event}")
        recorder = event.get("ScenarioFinished", {}).get("recorder", {})
        for case, interaction in recorder.get("interactions", {}).items():
            failed = [check for check in recorder["checks"].get(case, ()) if check["status"] == "failure"]
            about = f"{recorder['cases'][case]['value']['path']}: {_answer(interaction)}"
            yield interaction["timestamp"], [f"{about}: {_words(check)}" for check in failed]


def _answer(interaction: dict[str, Any]) -> str:
    """Status and code of an answer."""
    response = interaction.get("response") or {}
    content = base64.b64decode((response.get("content") or {}).get("$base64", ""))
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    return f"{response.get('status_code')} {body.get('Code') if isinstance(body, dict) else 'no JSON'}"


def _words(check: dict[str, Any]) -> str:
    failure = check["failure_info"]["failure"]
    return f"{check['name']}: {failure['title']}: {failure['message']}"


# --- The curve ----------------------------------------------------------------------------------------------


class Results:
    """What was seen, kept in a file as it comes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self._seen = {tuple(each["of"]): each for each in map(json.loads, lines)}

    def of(self, program: Path, name: str, seed: int, way: str) -> dict[str, Any]:
        """One run: from the file, or now."""
        key = name, seed, way
        if key not in self._seen:
            steppers = {mutant.name: mutant.stepper for mutant in VISIBLE}
            seen = {"of": key, **run(program, steppers.get(name, step), seed, way)}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(seen)}\n")
            self._seen[key] = seen
        return self._seen[key]


def curve(program: Path, results: Results, names: Sequence[str], budgets: Sequence[int], seed: int) -> None:
    """Print which simulators are caught within so many requests."""
    found: dict[str, dict[str, int]] = {}
    for way in WAYS:
        seeds = range(seed, seed + OTHER_SEEDS + 1)
        right = [results.of(program, RIGHT, each, way) for each in seeds]
        usual = {text for each in right for _, text in each["reported"]}
        seen = [results.of(program, name, seed, way) for name in names]
        firsts = [[number for number, text in each["reported"] if text not in usual] for each in seen]
        found[way] = {name: min(numbers) for name, numbers in zip(names, firsts, strict=True) if numbers}
        most, longest = max(each["requests"] for each in seen), max(each["seconds"] for each in seen)
        say(f"{way}: at most {most} requests and {longest} s for a simulator; {_accused(right)}")
    for budget in (*budgets, sys.maxsize):
        caught = {way: {name for name, at in each.items() if at <= budget} for way, each in found.items()}
        for way, which in {**caught, "either": set[str]().union(*caught.values())}.items():
            share = f"{len(which)} of {len(names)} caught, {len(which) / len(names):.1%}"
            say(f"{'all' if budget == sys.maxsize else budget} requests, {way}: {share}")
    say(f"caught: {', '.join(name for name in names if any(name in each for each in found.values())) or 'none'}")


def _accused(right: Sequence[dict[str, Any]]) -> str:
    """How often one run on the right simulator says what the other ones do not: what one more might say."""
    texts = [{text for _, text in each["reported"]} for each in right]
    alone = [own - set().union(*(texts[:number] + texts[number + 1 :])) for number, own in enumerate(texts)]
    return f"{sum(map(bool, alone))} of {len(right)} runs on the right simulator say what the others do not"


def main() -> None:
    """Run what is not in the file yet, and print the curve."""
    parser = argparse.ArgumentParser(description="How many mutants Schemathesis catches.")
    parser.add_argument("program", type=Path, help="the path of st")
    parser.add_argument("--results", type=Path, default=Path("build/schemathesis.jsonl"))
    parser.add_argument("--budgets", type=numbers, default=[30, 60, 100, 300])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take every so many of the mutants")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the program under way is ended too
    chosen.results.parent.mkdir(parents=True, exist_ok=True)
    names = [mutant.name for mutant in VISIBLE[:: chosen.every]]
    curve(chosen.program.absolute(), Results(chosen.results), names, chosen.budgets, chosen.seed)


if __name__ == "__main__":
    main()
