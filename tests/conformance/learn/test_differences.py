"""`compare` of two dialects: what differs, and nothing else, with the evidence of each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pbr_conformance.conformance.cli import main
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect, OpenToken
from tests.conformance.known_dialects import fully_known


def written(directory: Path, name: str, pins: LearnedDialect) -> str:
    path = directory / f"{name}.toml"
    path.write_text(dump(pins), encoding="utf-8")
    return str(path)


CHANGED = {
    "cidr/loose: IPv6": replace(DEFAULT, otherwise=frozenset({"cidr/loose: IPv6"})),
    "overlay/value": replace(DEFAULT, refuses=DEFAULT.refuses - {"overlay/value"}),
    "code of cidr/source": replace(DEFAULT, answers={"cidr/source": "OperationFailed.InvalidCidrBlock"}),
    "dry run, ssl/inside": replace(DEFAULT, dry_run_skips=frozenset({"ssl/inside"})),
    "token other": replace(DEFAULT, other_token=OpenToken.JUDGE),
    "shows dual_weight": replace(DEFAULT, shows_dual_weight=False),
    "message Forbidden": replace(DEFAULT, messages={"Forbidden": "No."}),
    "caller/unauthorized and caller/sub-user": replace(
        DEFAULT, precedence=(DEFAULT.precedence[1], DEFAULT.precedence[0], *DEFAULT.precedence[2:])
    ),
}


@pytest.mark.parametrize(("about", "spoken"), CHANGED.items(), ids=list(CHANGED))
def test_one_change_is_one_contradiction(
    about: str, spoken: Dialect, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [written(tmp_path, "a", fully_known(DEFAULT)), written(tmp_path, "b", fully_known(spoken))]
    assert main(["compare", *files, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["differences"]
    both = [each["about"] for each in found if all(each["sides"])]
    assert both == [about]


def test_equal_dialects_and_what_only_one_pins_contradict_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full, empty = (
        written(tmp_path, "a", fully_known(DEFAULT)),
        written(tmp_path, "b", LearnedDialect("b", "2026-01-01")),
    )
    assert main(["compare", full, full]) == 0
    assert "They contradict each other: 0\n\nOnly one of them pins: 0" in capsys.readouterr().out
    assert main(["compare", full, empty]) == 0
    assert main(["compare", full, full, full]) == 2
