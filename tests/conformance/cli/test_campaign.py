"""`campaign false-alarms`: the same report wherever it is done, and in pieces; one line where it cannot go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.cli import main
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.explore.false_alarms import FalseAlarms
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference
from tests.conformance.commands import Here, killed_after_a_unit, report_in

WORDS: Final = ("campaign", "false-alarms", "--dialects", "12", "--steps", "900", "--report", "out")
SHORT: Final = (*WORDS, "--dialects", "2")
NOT_COMPARED: Final = ("seconds", "started")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a campaign that nothing disturbed, done in one process."""
    directory = tmp_path_factory.mktemp("alone")
    assert main([*WORDS[:-1], str(directory / "out")]) == 0
    return directory


def reported(directory: Path) -> dict[str, Any]:
    document = report_in(directory / "out")
    return {name: value for name, value in document.items() if name not in NOT_COMPARED}


@pytest.mark.slow
def test_nobody_is_accused_and_the_report_is_the_same_whoever_worked(here: Here, tmp_path: Path, alone: Path) -> None:
    document = reported(alone)
    assert {check["verdict"] for check in document["checks"]} == {"PASS", "OBSERVED", "SKIPPED"}
    assert document["examples"] == 12
    assert "12 random dialects, 900 steps each" in document["variant"]
    assert document["finding"].startswith("No check accused any of 12 correct endpoints: ")
    assert here(*WORDS, "--workers", "2").status == 0
    assert reported(tmp_path) == document
    assert not (tmp_path / "out" / "units").exists(), "what is done is not kept"
    assert here("compare", alone / "out", "out").status == 0


@pytest.mark.slow
def test_a_campaign_whose_first_process_was_killed_goes_on(here: Here, tmp_path: Path, alone: Path) -> None:
    killed_after_a_unit(*WORDS, "--workers", "2", directory=tmp_path)
    assert here(*WORDS, "--resume").status == 0
    assert reported(tmp_path) == reported(alone)


@pytest.mark.slow
def test_a_campaign_that_ended_before_its_report_goes_on(
    here: Here, tmp_path: Path, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("pbr_conformance.conformance.cli.campaign.examined", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            here(*WORDS)
    units = sorted((tmp_path / "out" / "units").glob("*.unit"))
    assert len(units) == 3
    ended = here(*WORDS)
    assert (ended.status, "has an unfinished campaign: continue it with --resume" in ended.error) == (2, True)
    units[0].unlink()
    assert here(*WORDS, "--resume").status == 0
    assert reported(tmp_path) == reported(alone)
    ended = here(*WORDS, "--resume")
    assert (ended.status, "there is no unfinished campaign" in ended.error) == (2, True)


def test_units_of_another_campaign_are_refused(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("pbr_conformance.conformance.cli.campaign.examined", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            here(*SHORT)
    ended = here(*SHORT, "--seed", "7", "--resume")
    assert (ended.status, "is of another campaign" in ended.error) == (2, True)
    unit = next((tmp_path / "out" / "units").glob("*.unit"))
    unit.write_bytes(unit.read_bytes().replace(b'"steps":', b'"STEPS":'))
    ended = here(*SHORT, "--resume")
    assert (ended.status, f"{unit.name} is damaged" in ended.error) == (2, True)


def test_an_endpoint_that_is_wrong_is_accused_and_the_accusation_confirmed(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stepper = by_name("overlap-equal").stepper

    def wrong(campaign: FalseAlarms, number: int) -> Embedded:
        return Embedded(campaign.target, replace(Embedded(campaign.target).dialect, spec=campaign.spec), stepper)

    monkeypatch.setattr(FalseAlarms, "endpoint", wrong)
    assert here(*SHORT).status == 1
    failed = [check for check in reported(tmp_path)["checks"] if check["verdict"] == "FAIL"]
    assert "route/overlap" in [check["address"] for check in failed]
    assert all(check["failures"][0]["proof"].startswith("failed again when replayed") for check in failed)
    assert all("the endpoint with dialect " in check["reason"] for check in failed)


def test_other_seeds_are_other_dialects_and_histories() -> None:
    one, other = (FalseAlarms(reference(), DEFAULT_SPEC, 3, 10, seed) for seed in (0, 1))
    assert one.endpoint(1).dialect == one.endpoint(1).dialect != one.endpoint(2).dialect
    assert one.endpoint(1).dialect != other.endpoint(1).dialect
    assert next(one.histories(0)) != next(one.histories(1)) != next(other.histories(1))
