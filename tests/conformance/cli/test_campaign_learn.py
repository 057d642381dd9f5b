"""`campaign learn`: the dialect of each endpoint, and one report that compare reads, the same whoever worked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.cli import main
from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.dialect_file import load as load_dialect
from pbr_conformance.conformance.learn.learning import Learner
from pbr_conformance.conformance.learn.query_runner import QueryRunner
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import Here, killed_after_a_unit, listed, report_in, target_file

WORDS: Final = ("campaign", "learn", "--target", "account.toml", "--dialects", "2", "--report", "out")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dialects and the report of a campaign that nothing disturbed, done in one process."""
    directory = tmp_path_factory.mktemp("alone")
    target_file(directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        assert main([*WORDS]) == 0
    return directory


def reported(directory: Path) -> dict[str, Any]:
    document = report_in(directory / "out")
    return {name: value for name, value in document.items() if name not in ("seconds", "started")}


@pytest.mark.slow
def test_each_dialect_is_learned_as_it_is(alone: Path) -> None:
    truth = [dialect(by_chance(2 * number)) for number in range(2)]
    found = [load_dialect(alone / "out" / "dialects" / f"random-0-{number}.toml") for number in range(2)]
    decided = 0
    for right, pins in zip(truth, found, strict=True):
        known = {
            name: rule.decision for name, rule in pins.conditions.items() if rule.decision in ("refuses", "accepts")
        }
        usual = {name for name in known if not any(each.startswith(f"{name}: ") for each in right.otherwise)}
        assert {name for name in usual if known[name] == "refuses"} == usual & right.refuses
        decided += len(usual)
    assert decided > 5
    document = reported(alone)
    seen = {each["what"]: each["count"] for check in document["checks"] for each in check["observations"]}
    assert {each["address"] for each in document["opinions"]["decisions"]} <= seen.keys()
    assert max(seen.values()) == 2
    assert all(each["count"] <= 2 for each in document["opinions"]["precedences"])
    assert {check["verdict"] for check in document["checks"]} == {"OBSERVED", "SKIPPED"}


@pytest.mark.slow
def test_the_report_is_the_same_whoever_worked(here: Here, tmp_path: Path, alone: Path) -> None:
    target_file(tmp_path)
    assert here(*WORDS, "--workers", "2").status == 0
    assert reported(tmp_path) == reported(alone)
    assert here("compare", alone / "out", "out").status == 0
    assert here(*WORDS, "--dialects", "1", "--seed", "1", "--json").status == 0
    assert "wins" in here("compare", alone / "out", "out").out, "other endpoints answer something else first"


@pytest.mark.slow
def test_a_campaign_whose_first_process_was_killed_goes_on_and_asks_nothing_twice(
    here: Here, tmp_path: Path, alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target_file(tmp_path)
    killed_after_a_unit(*WORDS, directory=tmp_path)
    asked, learner = list[str](), Learner

    def asks(runner: QueryRunner, *rest: Any) -> Learner:
        asked.append("once")
        return learner(runner, *rest)

    monkeypatch.setattr("pbr_conformance.conformance.explore.learning_campaign.Learner", asks)
    ended = here(*WORDS, "--resume")
    assert (ended.status, "2 of 2 endpoints learned" in ended.out, len(asked)) == (0, True, 1)
    assert reported(tmp_path) == reported(alone)


@pytest.mark.slow
def test_endpoints_over_http_are_asked_and_left_as_they_were_and_one_that_is_not_there_is_named(
    here: Here, tmp_path: Path
) -> None:
    with serving(load(target_file(tmp_path)), dialect=Dialect(refuses=frozenset({"format/token"}))) as url:
        target_file(tmp_path, f'url = "{url}"').rename(tmp_path / "there.toml")
        target_file(tmp_path, 'url = "http://127.0.0.1:9"').rename(tmp_path / "gone.toml")
        ended = here("campaign", "learn", "there.toml", "gone.toml", "--report", "out", "--workers", "2")
        left = listed(url, load(tmp_path / "there.toml"))
    assert (ended.status, left) == (3, {})
    assert any(line.startswith("gone: not learned, 0 requests: ") for line in ended.lines)
    pins = load_dialect(tmp_path / "out" / "dialects" / "there.toml")
    assert pins.conditions["format/token"].decision == "refuses"
    assert not (tmp_path / "out" / "dialects" / "gone.toml").exists()
    assert here("learn", "--match", "out/dialects", "there.toml").status in (0, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a/account.toml", "b/account.toml"), "b/account.toml: another target file is called account, too"),
        (("http.toml", "--cluster", "local"), "http.toml is an endpoint over HTTP, which is asked from here"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(here: Here, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        target_file(tmp_path / name)
    target_file(tmp_path, 'url = "http://127.0.0.1:9"').rename(tmp_path / "http.toml")
    ended = here("campaign", "learn", *words, "--report", "out")
    assert (ended.status, said in ended.lines[-1]) == (2, True)
