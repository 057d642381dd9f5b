"""An endpoint that means harm, from its answers to the terminal, the pipeline and the files: nothing of it works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Tree

import pytest

from tests.conformance.commands import Here, target_file
from tests.conformance.degenerate_endpoints import RefusesEverything
from tests.conformance.plain_server import Answer, Params, serving
from tests.reports.conftest import HOSTILE

COMMANDS: Final = "\n::error title=x::y\r\n##vso[task.setvariable variable=a]b\n##[add-mask]c\n::stop-commands::d"
OURS: Final = re.compile(r"::(error|warning|notice) title=[^:,]*::")


class Hostile(RefusesEverything):
    """Refuses every creation with a code and a message that a terminal, a page or a pipeline may trip over."""

    def answer(self, params: Params) -> Answer:
        status, body = super().answer(params)
        if "Code" not in body:
            return status, body
        harm = HOSTILE + COMMANDS
        return status, {**body, "Code": f"Vpn{harm}", "Message": harm + "x" * 500_000, "HostId": harm}


@pytest.fixture
def printed(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything that the verbs print which show what such an endpoint said; what they write is beneath `tmp_path`."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    target = target_file(tmp_path)
    with serving(Hostile(target).answer) as url:
        ran = here("run", target, "--url", url, "--only", "weight/value", "--budget", "40", "--github", "--report", "a")
        transcript = sorted((tmp_path / "a" / "transcripts").iterdir())[0]
        replayed = here("replay", transcript)
    assert (ran.status, replayed.status) == (1, 1)
    others = [
        here("baseline", "a", "--reason", "known"),
        here("report", "a"),
        here("compare", "a", "a", "--all", "--html", "compare.html"),
        here("run", "--baseline", "a"),
    ]
    return "".join(ended.out + ended.error for ended in (ran, replayed, *others))


@pytest.mark.slow
def test_nothing_it_says_does_anything(printed: str, tmp_path: Path) -> None:
    assert "alert(1)" in printed
    for line in printed.split("\n"):
        assert line.isprintable()
        assert len(line) < 4_000
        assert not re.search(r"##\w*\[", line)
        assert OURS.match(line) or not line.lstrip().startswith("::")
    cases = Tree.parse(tmp_path / "a" / "junit.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases]
    for name in ("summary.md", "a/junit.xml", "a/report.html", "a/report.json", "compare.html", "baseline.toml"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert [char for char in text if not char.isprintable() and char not in "\n\t"] == [], name
        assert len(text) < (3_000_000 if name == "a/report.json" else 400_000), name  # a transcript is in it, whole
    for name in ("summary.md", "a/report.html", "compare.html"):
        assert "<script>alert" not in (tmp_path / name).read_text(encoding="utf-8")
