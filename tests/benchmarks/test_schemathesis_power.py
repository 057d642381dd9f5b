"""The curve of Schemathesis, drawn from a file of results that has all runs already."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pbr_conformance.conformance.mutants import MUTANTS

ROOT = Path(__file__).parent.parent.parent
WAYS = ("all its phases, in its order", "fuzzing, then stateful")


def started(results: Path) -> subprocess.Popen[str]:
    """The benchmark under way, with a program that is not needed."""
    seen = [(mutant.name, 1, way) for mutant in MUTANTS for way in WAYS]
    seen += [("the right one", seed, way) for seed in range(1, 6) for way in WAYS]
    lines = [json.dumps({"of": of, "requests": 9, "reported": [[3, "x"]], "seconds": 1.0}) for of in seen]
    results.write_text("\n".join(lines), encoding="utf-8")
    words = [sys.executable, "benchmarks/schemathesis_power.py", "none", "--results", str(results), "--every", "50"]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def test_what_every_run_says_catches_nothing(tmp_path: Path) -> None:
    with started(tmp_path / "results.jsonl") as process:
        out, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (0, "")
    assert "all requests, either: 0 of 5 caught, 0.0%" in out
    assert out.endswith("caught: none\n")


def test_it_ends_in_silence_where_nobody_reads_on(tmp_path: Path) -> None:
    with started(tmp_path / "results.jsonl") as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
