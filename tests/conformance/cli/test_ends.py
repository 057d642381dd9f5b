"""Whatever ends a run, what was judged until then is in its report, or is printed where no report can be written."""

from __future__ import annotations

import json
import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.client.state_directory import journal_path
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.model.target_file import reference
from tests.conformance.commands import LONGEST, PROGRAM, Ended, checked, environment, listed

SMALL: Final = ("run", "--examples", "1", "--seed", "1", "--report", "out")
WRONG: Final = ("--mutant", "weight-optional", "--only", "format/missing")
RIGHT: Final = ("--only", "weight/value", "--only", "cidr/source")


def on_a_full_disk(*words: str, room: int, directory: Path) -> Ended:
    """The command on a disk that has room for so many bytes in any file."""
    process = subprocess.run(
        [*PROGRAM, *words],
        cwd=directory,
        env={**environment(), "PYTHONDONTWRITEBYTECODE": "1"},  # a cut .pyc would outlive the test
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )
    return checked(Ended(process.returncode, process.stdout, process.stderr))


@pytest.mark.slow
@pytest.mark.parametrize(("quiet", "lines"), [((), 3), (("--quiet",), 1)], ids=["", "quiet"])
def test_where_no_report_can_be_written_every_check_is_printed(
    quiet: Sequence[str], lines: int, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_text("{}")
    ended = on_a_full_disk(*SMALL, *RIGHT, *quiet, room=1000, directory=tmp_path)
    assert ended.status == 3, "nothing failed, and who wanted a report has none"
    assert ended.out.startswith("PASS")
    assert [line.split()[:2] for line in ended.out.splitlines()[-2:]] == [
        ["PASS", "weight/value"],
        ["PASS", "cidr/source"],
    ]
    assert ended.lines[-1] == (
        "pbr-conformance: --report out: the report cannot be written: File too large; "
        "the report that is there is of an earlier run; what it would have is printed"
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.json"]


@pytest.mark.slow
def test_where_no_report_can_be_written_a_failure_is_still_1_and_json_has_all_of_it(tmp_path: Path) -> None:
    ended = on_a_full_disk(*SMALL, *WRONG, "--json", room=1000, directory=tmp_path)
    document = json.loads(ended.out)
    assert (ended.status, document["verdict"], len(document["checks"][0]["failures"])) == (1, "FAIL", 1)
    assert ended.lines[-1].endswith("the report cannot be written: File too large; what it would have is printed")


@pytest.mark.slow
def test_nothing_is_created_that_cannot_be_written_down(tmp_path: Path) -> None:
    with serving() as url:
        words = ("--url", url, "--only", "route/overlap", "--only", "route/exists", "--json")
        ended = on_a_full_disk(*SMALL, *words, room=10, directory=tmp_path)
        assert listed(url, reference()) == {}
        folder = journal_path(url, "vpn-single").parent
    document = json.loads(ended.out)
    assert ended.status == 3
    assert {check["verdict"] for check in document["checks"]} <= {"ERROR", "SKIPPED"}
    assert any("and no route is created that is not written down" in check["reason"] for check in document["checks"])
    assert not [path for path in folder.glob("*.journal") if path.stat().st_size]
