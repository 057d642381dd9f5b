"""Real runs: their junit.xml is valid by two schemas, and the figures in their reports add up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

import pytest

from tests.conformance.commands import Here, report_in, target_file
from tests.reports.junit_rules import ANT, XUNIT, violations

STALE = '[[known]]\ncheck = "weight/value"\nfailure = "*"\nreason = "J-1"\n'
MET = re.compile(r"met (once|[\d,]+ times) in ([\d,]+) judged request")


def _add_up(document: dict[str, Any]) -> None:
    for check in document["checks"]:
        found = MET.match(check["reason"])
        if found:
            times = 1 if found[1] == "once" else int(found[1].removesuffix(" times").replace(",", ""))
            assert times == check["broken"], check["address"]
            assert times <= int(found[2].replace(",", "")), check["address"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--only", "format/*", "--examples", "5"), 0),
        (("--only", "weight/value", "--mutant", "weight-range"), 1),
        (("--only", "weight/value", "--mutant", "weight-range", "--baseline", "known.toml"), 0),
        (("--only", "weight/value", "--baseline", "known.toml"), 1),
        (("--only", "route/*", "--mutant", "deletion-keeps"), 1),
        (("--budget", "60"), 0),
        (("--budget", "300", "--mutant", "token-one"), 1),
    ],
)
def test_junit_is_valid_and_counts_add_up(words: tuple[str, ...], status: int, here: Here, tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(STALE, encoding="utf-8")
    assert here("run", *words, "--seed", "1", "--report", "out").status == status
    junit = (tmp_path / "out" / "junit.xml").read_bytes()
    assert violations(junit, ANT) == []
    assert violations(junit, XUNIT) == []
    _add_up(report_in(tmp_path / "out"))


@pytest.mark.slow
def test_within_a_budget_each_case_that_was_judged_took_time(here: Here, tmp_path: Path) -> None:
    assert here("run", target_file(tmp_path), "--budget", "60", "--seed", "1", "--report", "out").status == 0
    judged = [check for check in report_in(tmp_path / "out")["checks"] if check["verdict"] != "SKIPPED"]
    assert judged
    assert all(check["seconds"] > 0 for check in judged)
    assert sum(check["seconds"] for check in judged) <= report_in(tmp_path / "out")["seconds"]
    suite = Tree.parse(tmp_path / "out" / "junit.xml").getroot()[0]
    assert suite.get("name") == "pbr-conformance account"
