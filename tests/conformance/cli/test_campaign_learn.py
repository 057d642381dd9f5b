"""`campaign learn`: the dialect of each endpoint, and one report that compare reads, the same whoever worked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.dialect_file import load as load_dialect
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import Here, listed, report_in, target_file

WORDS: Final = ("campaign", "learn", "--target", "account.toml", "--dialects", "2", "--report", "out")


def reported(directory: Path) -> dict[str, Any]:
    document = report_in(directory / "out")
    return {name: value for name, value in document.items() if name not in ("seconds", "started")}


def test_each_dialect_is_learned_as_it_is_and_the_report_is_the_same_whoever_worked(here: Here, tmp_path: Path) -> None:
    target_file(tmp_path)
    ended = here(*WORDS)
    assert (ended.status, "2 of 2 endpoints learned" in ended.out) == (0, True)
    truth = [dialect(by_chance(2 * number)) for number in range(2)]
    found = [load_dialect(tmp_path / "out" / "dialects" / f"random-0-{number}.toml") for number in range(2)]
    decided = 0
    for right, pins in zip(truth, found, strict=True):
        known = {
            name: rule.decision for name, rule in pins.conditions.items() if rule.decision in ("refuses", "accepts")
        }
        usual = {name for name in known if not any(each.startswith(f"{name}: ") for each in right.otherwise)}
        assert {name for name in usual if known[name] == "refuses"} == usual & right.refuses
        decided += len(usual)
    assert decided > 5
    alone = reported(tmp_path)
    seen = {each["what"]: each["count"] for check in alone["checks"] for each in check["observations"]}
    assert {each["address"] for each in alone["opinions"]["decisions"]} <= seen.keys()
    assert max(seen.values()) == 2
    assert all(each["count"] <= 2 for each in alone["opinions"]["precedences"])
    assert {check["verdict"] for check in alone["checks"]} == {"OBSERVED", "SKIPPED"}
    (tmp_path / "out").rename(tmp_path / "before")
    assert here(*WORDS, "--workers", "2").status == 0
    assert reported(tmp_path) == alone
    assert here("compare", "before", "out").status == 0
    other = here(*WORDS, "--seed", "1", "--json")
    assert other.status == 0
    assert "wins" in here("compare", "before", "out").out, "other endpoints answer something else first"


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


def test_a_campaign_that_was_killed_goes_on_and_asks_nothing_twice(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target_file(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("pbr_conformance.conformance.cli.campaign_learn._reported", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            here(*WORDS)
    assert len(list((tmp_path / "out" / "units").glob("learn-*.unit"))) == 2
    monkeypatch.setattr("pbr_conformance.conformance.explore.learning_campaign.Learner", None)
    ended = here(*WORDS, "--resume")
    assert (ended.status, "2 of 2 endpoints learned" in ended.out) == (0, True)


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
