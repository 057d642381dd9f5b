"""`replay`: what a transcript says again, and what it leaves behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import load, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.cli.recorded import ADDRESS, MUTANT, run_on_mutant
from tests.conformance.commands import Here, listed, target_file


def test_a_transcript_fails_again_on_the_wrong_simulator_and_not_on_the_right_one(here: Here) -> None:
    transcript = run_on_mutant(here)
    again = here("replay", transcript)
    assert again.status == 1
    assert f"FAIL {ADDRESS}" in again.out
    assert here("replay", transcript, "--mutant", "overlap-equal").status == 0
    with serving(reference()) as url:
        right = here("replay", transcript, "--url", url)
    assert (right.status, right.error) == (0, f"pbr-conformance: replaying on {url}\n")
    assert "InvalidWeight" in right.out
    assert right.out.endswith("nothing deviates from the documentation\n")


def test_a_transcript_is_sent_to_another_endpoint_and_leaves_nothing_there(here: Here) -> None:
    transcript = run_on_mutant(here)
    with serving(reference(), async_ms=20) as url:
        assert here("replay", transcript, "--url", url).status == 0
        assert listed(url, reference()) == {}


def test_a_replay_that_cannot_be_judged_is_3(here: Here) -> None:
    transcript = run_on_mutant(here)
    ended = here("replay", transcript, "--url", "http://127.0.0.1:1")
    assert ended.status == 3
    assert ended.out.startswith("not judged: ")


def test_a_replay_at_an_account_without_the_gateways_is_2(here: Here, tmp_path: Path) -> None:
    assert (
        here("run", "--only", "route/overlap", "--mutant", "overlap-equal", "--seed", "7", "--report", "out").status
        == 1
    )
    ended = here("replay", "out/transcripts/route-overlap.json", "--target", target_file(tmp_path, "live = false"))
    assert (ended.status, ended.out) == (2, "")
    assert re.search(r"is about vpn-[a-z0-9-]+, which account does not have$", ended.lines[-1])


def test_a_replay_that_is_broken_off_deletes_what_it_created(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path, "settle_seconds = 0.2")
    creations: list[Request] = []

    def stepper(before: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        creations.extend([request] if request.action == CREATE else [])
        gone = request.action == CREATE and len(creations) > 1
        return (before, NoAnswer("closed", "")) if gone else step(before, request, now, dialect)

    with serving(load(account), stepper=stepper) as url:
        Path("transcript.json").write_text(json.dumps(transcript_of(load(account).gateways[0].id, 2)))
        ended = here("replay", "transcript.json", "--target", account, "--url", url)
        assert ended.status == 1
        assert "answer/never" in ended.out
        assert listed(url, load(account)) == {}


def transcript_of(gateway: str, creations: int) -> dict[str, Any]:
    """A transcript of so many creations on the one gateway."""
    parameters = {"RegionId": "cn-hangzhou", "VpnGatewayId": gateway, "NextHop": "vco-one-a", "Weight": "100"}
    history = [
        {"action": CREATE, "caller": "owner", "parameters": {**parameters, **ends, "PublishVpc": "false"}}
        for number in range(creations)
        for ends in [{"RouteSource": f"10.{number}.0.0/16", "RouteDest": f"10.{number}.0.0/16"}]
    ]
    gateways = [{"id": "vpn-one", "connections": ["vco-one-a", "vco-one-b"], "scratch": True}]
    return {
        "format": 1,
        "spec": "2026-02-11",
        "strict_messages": False,
        "account": {"name": "one", "gateways": gateways},
        "history": history,
    }


def test_a_transcript_by_hand_can_be_replayed(here: Here) -> None:
    document = transcript_of("vpn-one", 2)
    document["history"].insert(0, {"action": "Together", "parameters": {"Count": "2"}})
    document["history"].append({"action": "Wait", "parameters": {"Seconds": "0.5"}})
    Path("transcript.json").write_text(json.dumps(document))
    assert here("replay", "transcript.json").status == 0


def without(*path: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


def put(value: object, *path: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


WRONG_TRANSCRIPTS: Final[dict[str, tuple[Callable[[Any], None], str]]] = {
    "no history": (without("history"), "history"),
    "a history that is none": (put({}, "history"), "history"),
    "no request": (put("x", "history", 0), "history[0]"),
    "no action": (without("history", 1, "action"), "history[1].action"),
    "unknown action": (put("DeleteVpnGateway", "history", 0, "action"), "history[0].action"),
    "unknown caller": (put("root", "history", 0, "caller"), "history[0].caller"),
    "no parameters": (without("history", 0, "parameters"), "history[0].parameters"),
    "a number for a text": (put(100, "history", 0, "parameters", "Weight"), "history[0].parameters"),
    "an endless wait": (put({"action": "Wait", "parameters": {"Seconds": "inf"}}, "history", 0), "Seconds"),
    "a wait for nothing": (put({"action": "Wait", "parameters": {}}, "history", 0), "Seconds"),
    "too many together": (put({"action": "Together", "parameters": {"Count": "9"}}, "history", 0), "Count"),
    "none to be together": (put({"action": "Together", "parameters": {"Count": "x"}}, "history", 0), "Count"),
    "no account": (without("account"), "account"),
    "no gateways": (put([], "account", "gateways"), "no gateways"),
    "a wrong account": (put(-1, "account", "gateways", 0, "quota"), "quota"),
    "no version": (without("spec"), "spec"),
    "unknown version": (put("1999-01-01", "spec"), "2026-02-11"),
    "bills": (put({"live": True}, "account", "endpoint"), "--live"),
    "unknown mutant": (put("weight-51", "mutant"), "weight-51"),
    "no name of a mutant": (put(1, "mutant"), "mutant: expected"),
    "needs keys": (put({"url": "http://127.0.0.1:1", "signature": "v3"}, "account", "endpoint"), "--target"),
}


@pytest.mark.parametrize(("change", "says"), WRONG_TRANSCRIPTS.values(), ids=WRONG_TRANSCRIPTS)
def test_a_wrong_transcript_is_2_and_one_line(change: Callable[[Any], None], says: str, here: Here) -> None:
    document = transcript_of("vpn-one", 2)
    change(document)
    Path("transcript.json").write_text(json.dumps(document))
    ended = here("replay", "transcript.json")
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert only.startswith("pbr-conformance: transcript.json: ")
    assert says in only


WRONG_REPLAY: Final = {
    "unknown mutant": ("--mutant", "weight-51"),
    "mutant of an endpoint": ("--mutant", MUTANT, "--url", "http://127.0.0.1:1"),
    "wrong URL": ("--url", "ftp://x"),
    "a URL without a scheme": ("--url", "127.0.0.1:8642"),
    "no time": ("--timeout", "-1"),
    "no number": ("--timeout", "nan"),
    "no such account": ("--target", "missing.toml"),
}


@pytest.mark.parametrize("words", WRONG_REPLAY.values(), ids=WRONG_REPLAY)
def test_a_wrong_replay_is_2_and_one_line(words: tuple[str, ...], here: Here) -> None:
    Path("transcript.json").write_text(json.dumps(transcript_of("vpn-one", 1)))
    ended = here("replay", "transcript.json", *words)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
