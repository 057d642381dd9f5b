"""`campaign mutants`: which mutants are killed on which account, with a report that compare reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.conformance.commands import Here, report_in, target_file

REFERENCE: Final = Path(__file__).parents[3] / "simulator" / "accounts" / "reference.toml"
WORDS: Final = ("campaign", "mutants", "one.toml", "two.toml", "--budget", "40", "--report", "out")
FEW: Final = ("--only", "overlap-e*", "--only", "token-adds")


def test_each_mutant_is_tried_on_each_account_and_a_campaign_goes_on(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one.toml", "two.toml"):  # what is planned for this account is known
        (tmp_path / name).write_bytes(REFERENCE.read_bytes())
    with monkeypatch.context() as broken:
        broken.setattr("pbr_conformance.conformance.cli.campaign_mutants._report", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            here(*WORDS, *FEW)
    monkeypatch.setattr("pbr_conformance.conformance.explore.mutants_campaign.attempt", None)
    ended = here(*WORDS, *FEW, "--resume")
    report = report_in(tmp_path / "out")
    known = len(report["sensitivity"]["missed"]) + report["sensitivity"]["caught"]
    seen = [each for check in report["checks"] for each in check["observations"]]
    assert (ended.status, known) == (0, sum(each["count"] for each in seen))
    assert known == report["examples"] == 2 * len({each["what"] for each in seen})
    assert {each["value"] for each in seen} == {"killed", "survives"}
    missed = [each["wrong"].rpartition(" (on ")[2] for each in report["sensitivity"]["missed"]]
    assert missed.count("one)") == missed.count("two)"), "the accounts are alike"
    assert here("compare", "out", "out").status == 0


def test_what_cannot_be_is_said_in_one_line(here: Here, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    target_file(tmp_path / "a")
    target_file(tmp_path)
    ended = here("campaign", "mutants", "account.toml", "a/account.toml", "--report", "out")
    assert (ended.status, ended.lines) == (
        2,
        ["pbr-conformance: a/account.toml: another target file is called account, too"],
    )
    ended = here("campaign", "mutants", "--only", "overlap-eqal", "--report", "out")
    assert (ended.status, len(ended.lines)) == (2, 1)
