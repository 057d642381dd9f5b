"""What a command line names, in every verb that takes it: files and directories, names with a slip, empty accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.checks import CHECKS
from tests.conformance.commands import Here, target_file

NEAREST: Final = {
    "verb": (("rnu",), "did you mean run?"),
    "part": (("spec", "shw"), "did you mean show?"),
    "mutant": (("run", "--mutant", "overlap-eqal"), "did you mean overlap-equal?"),
    "mutants": (("mutants", "--only", "overlap-eqal"), "did you mean overlap-equal?"),
    "spec": (("run", "--spec", "2026-02-12"), "did you mean 2026-02-11?"),
    "version": (("spec", "show", "2026-02-12"), "did you mean 2026-02-11?"),
    "check": (("run", "--only", "route/overlp"), "did you mean route/overlap?"),
    "caller": (("explain", "--by", "ownr"), "did you mean owner?"),
    "parameter": (("explain", "Wieght=1"), "did you mean Weight?"),
    "parameter left out": (("explain", "--without", "Wieght"), "did you mean Weight?"),
    "fault": (("serve", "--fault", "bsy=0.1"), "did you mean busy?"),
    "flag": (("run", "--onyl", "route/overlap"), "did you mean --only?"),
}


@pytest.mark.parametrize(("words", "hint"), NEAREST.values(), ids=NEAREST)
def test_a_name_with_a_slip_is_told_the_nearest(here: Here, words: tuple[str, ...], hint: str) -> None:
    ended = here(*words)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
    assert hint in ended.error


@pytest.mark.parametrize("verb", ["run", "learn", "exhaust", "cleanup"])
def test_an_empty_target_is_one_line(here: Here, tmp_path: Path, verb: str) -> None:
    (tmp_path / "empty.toml").write_text("")
    ended = here(verb, "empty.toml")
    assert (ended.status, ended.out) == (2, "")
    assert ended.error == "pbr-conformance: empty.toml: has no gateways; expected at least one [[gateways]]\n"
    assert [each.name for each in tmp_path.iterdir()] == ["empty.toml"]


@pytest.mark.parametrize("words", [("run",), ("run", "--plan"), ("run", "--json")], ids=" ".join)
def test_a_target_without_scratch_gateways_is_one_line(here: Here, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "account.toml").write_text('[[gateways]]\nid = "vpn-a"\nconnections = ["vco-a"]\n')
    ended = here(*words, "account.toml")
    assert (ended.status, ended.out, len(ended.lines)) == (3, "", 1)
    assert ended.error.startswith("pbr-conformance: account.toml: nothing can be judged: no gateway has scratch = true")
    assert [each.name for each in tmp_path.iterdir()] == ["account.toml"]


@pytest.mark.parametrize("name", ["weight-50", "no-such-mutant"])
def test_vectors_are_written_for_no_mutant(here: Here, tmp_path: Path, name: str) -> None:
    ended = here("vectors", "--depth", "1", "--mutant", name)
    assert (ended.status, ended.out) == (2, "")
    assert ended.error == "pbr-conformance: --mutant: is what --check runs the vectors on; expected --check too\n"
    assert not list(tmp_path.iterdir())


GONE: Final = {
    "endpoint": ("http://127.0.0.1:1", "", "no connection: Connection refused"),
    "proxy": ("http://127.0.0.1:2", 'proxy = "http://127.0.0.1:1"', "no connection through the proxy 127.0.0.1:1"),
}


@pytest.mark.parametrize(("url", "more", "why"), GONE.values(), ids=GONE)
def test_what_nobody_answers_is_one_line_and_a_report(
    here: Here, tmp_path: Path, url: str, more: str, why: str
) -> None:
    ended = here("run", target_file(tmp_path, f'url = "{url}"', more), "--report", "report")
    assert (ended.status, ended.out, len(ended.lines)) == (3, "", 1)
    assert ended.error.startswith(f"pbr-conformance: nothing can be judged: {why}")
    assert (tmp_path / "report" / "junit.xml").read_text(encoding="utf-8").count("<error ") == len(CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_is_no_matter(here: Here, tmp_path: Path, mark: str) -> None:
    account = target_file(tmp_path)
    account.write_text(mark + account.read_text(encoding="utf-8"), encoding="utf-8")
    known = '[[known]]\ncheck = "route/overlap"\nreason = "ticket 7"\n'
    (tmp_path / "known.toml").write_text(mark + known, encoding="utf-8")
    dialect = 'format = 1\ndate = "2026-01-01"\nspec = "2026-02-11"\n'
    (tmp_path / "mock.toml").write_text(mark + dialect, encoding="utf-8")
    flags = ("--baseline", "known.toml", "--dialect", "mock.toml", "--only", "overlay/value", "--examples", "2")
    ended = here("run", account, *flags, "--report", "report")
    assert ended.status == 0, ended.error


@pytest.fixture
def failed(here: Here) -> Path:
    """A report with a failure and a whole transcript."""
    flags = ("--mutant", "weight-50", "--examples", "2", "--seed", "1", "--keep-transcript", "--quiet")
    assert here("run", "--only", "weight/value", *flags, "--report", "failed").status == 1
    return Path("failed")


def test_a_directory_stands_for_the_file_in_it(here: Here, failed: Path) -> None:
    replayed = here("replay", failed)
    assert replayed.status == 1
    assert "failed/transcripts/weight-value.json" in replayed.error
    assert "FAIL weight/value" in replayed.out
    assert "1 FAIL" in here("rejudge", failed).out
    assert here("report", failed, "--json").status == 0
    assert here("compare", failed, failed).status == 0
    assert here("baseline", failed, "--reason", "ticket 7").status == 0
    assert here("replay", ".").status == 2


@pytest.mark.slow
def test_nothing_is_left_in_the_working_directory(here: Here, tmp_path: Path) -> None:
    assert here("run", "--only", "overlay/value", "--examples", "3", "--report", "build/report").status == 0
    assert [each.name for each in tmp_path.iterdir()] == ["build"]
