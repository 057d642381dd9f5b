"""What a run kept is judged again: as a live run judges, in bounded memory, whatever the file."""

from __future__ import annotations

import gzip
import json
import resource
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, select
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.rejudging import Rejudged, rejudge
from pbr_conformance.conformance.engine.replaying import replay
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.reader import Reader
from pbr_conformance.conformance.transcripts.replay_endpoint import KeptLine, NotHeld, Play, ReplayEndpoint
from pbr_conformance.conformance.transcripts.transcript_format import read_interactions, write_batch, write_interaction
from pbr_conformance.conformance.transcripts.writer import TRANSCRIPT_PARTS, join, prepare
from pbr_conformance.simulator.documentation.actions import GATEWAY
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.strategies.plain_requests import delete, look
from tests.conformance.commands import Here
from tests.conformance.doubles import CLOSED, REFERENCE, TARGET, creation

CHECKS: Final = ("description/scheme", "vpc/other-next-hop", "priority/range")
OVERLAP: Final = (*CHECKS, "route/overlap")
NEWER: Final = "2026-09-21"
OLDER: Final = "2024-06-24"


def live(spec: str, checks: tuple[str, ...], mutant: str | None, directory: Path | None = None) -> dict[str, str]:
    """The verdicts of a live run under a version, of a simulator of the default one; its transcript, if wanted."""
    plan = Plan(EndpointFactory(REFERENCE, DEFAULT_SPEC, mutant=mutant), select(checks), Judgement(spec), 7, 2)
    parts = None if directory is None else prepare(directory)
    done = run(replace(plan, sensitivity=False, parts=parts), lambda examined: None)
    if parts is not None:
        join(parts)
    return {each.result.address: each.result.verdict.value for each in done.examined}


def verdicts(judged: Rejudged) -> dict[str, str]:
    return {result.address: result.verdict.value for result in judged.results}


def again(path: Path, spec: str) -> Rejudged:
    return rejudge([path], lambda part: Judgement(spec, part.strict_messages))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A transcript of a right simulator, and the verdicts of its run."""
    directory = tmp_path_factory.mktemp("right")
    found = live(DEFAULT_SPEC, CHECKS, None, directory)
    return directory / "transcript.jsonl.gz", found


def test_under_its_own_terms_a_run_is_judged_as_it_was(kept: tuple[Path, dict[str, str]]) -> None:
    path, found = kept
    judged = again(path, DEFAULT_SPEC)
    assert verdicts(judged) == found
    assert set(found.values()) == {"PASS"}
    assert judged.truncated == ()
    assert not any("not held" in result.reason for result in judged.results)
    assert not (path.parent / TRANSCRIPT_PARTS).exists()


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["overlap-equal", "scheme-http-only", "deletion-tombstone"])
def test_a_wrong_simulator_fails_again_under_each_version_as_it_does_live(mutant: str, tmp_path: Path) -> None:
    first = live(DEFAULT_SPEC, OVERLAP, mutant, tmp_path)
    path = tmp_path / "transcript.jsonl.gz"
    assert "FAIL" in first.values()
    assert verdicts(again(path, DEFAULT_SPEC)) == first
    assert verdicts(again(path, NEWER)) == live(NEWER, OVERLAP, mutant)


@pytest.mark.slow
def test_another_version_finds_what_it_finds_live_in_the_same_history(kept: tuple[Path, dict[str, str]]) -> None:
    path, _ = kept
    assert verdicts(again(path, NEWER)) == live(NEWER, CHECKS, None)
    judged = again(path, OLDER)
    for address, verdict in live(OLDER, CHECKS, None).items():
        assert verdicts(judged)[address] == verdict
    for part, _, plays in Reader(path).parts():
        histories = [play.history for play in plays if play.judged][:20]
        connection = EndpointFactory(REFERENCE, DEFAULT_SPEC)
        deviations = [replay(connection, Judgement(OLDER), history).deviation for history in histories]
        found = {deviation.address(part.check) for deviation in deviations if deviation is not None}
        assert found <= {result.address for result in judged.results if result.failures}


def test_the_older_version_fails_what_it_does_not_document(here: Here, kept: tuple[Path, dict[str, str]]) -> None:
    ended = here("rejudge", kept[0], "--spec", OLDER)
    assert f"vpc/other-next-hop: PASS -> SKIPPED: not in the documentation of {OLDER}" in ended.out
    data = json.loads(here("rejudge", kept[0], "--spec", OLDER, "--json").out)
    changed = {each["address"]: each["verdict"] for each in data["checks"] if each["before"] != each["verdict"]}
    assert changed["vpc/other-next-hop"] == "SKIPPED"
    assert f"verdicts that differ: {len(changed)};" in ended.out
    assert ended.status == (1 if "FAIL" in changed.values() else 0)


@pytest.mark.slow
def test_the_command_keeps_a_transcript_and_judges_it_again(here: Here, tmp_path: Path) -> None:
    run = ("run", "--only", "weight/value", "--examples", "1", "--keep-transcript", "--report", "r", "-q")
    assert here(*run).status == 0
    assert here("rejudge", "r/transcript.jsonl.gz").out.endswith("verdicts that differ: 0; 1 PASS\n")
    assert here("rejudge", "r/transcript.jsonl.gz", "--spec", "2020-01-01").status == 2
    assert here(*run, "--budget", "40").status == 2


@pytest.mark.parametrize("rest", [300, 3000, 20_000])
def test_a_truncated_transcript_is_judged_up_to_there(
    here: Here, tmp_path: Path, rest: int, kept: tuple[Path, dict[str, str]]
) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(kept[0].read_bytes()[:-rest])
    ended = here("rejudge", cut)
    assert f"{cut}: ends before its run did; judged up to there" in ended.out
    assert ended.error == ""
    assert ended.status in (0, 3)


def header(path: Path) -> dict[str, object]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = json.loads(file.readline())
    assert isinstance(found, dict)
    return found


def lines(*objects: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


SENT: Final = {"action": GATEWAY, "caller": "owner", "parameters": {}}
WRONG: Final = {
    "empty": (b"", "it is empty"),
    "text": (b"hello", "line 1: no transcript: expected JSON"),
    "array": (b"[1]\n", "line 1: no transcript: expected an object"),
    "nested": (b"[" * 100_000, "line 1: no transcript: expected JSON"),
    "other": (b'{"a": 1}\n', 'line 1: no transcript: expected "format": 1 and "kind": "run"'),
    "later": (b'{"format": 2, "kind": "run"}\n', "line 1: format 2: written by a later version; expected 1"),
    "failure": (
        b'{"format": 1, "exchanges": []}\n',
        "line 1: the transcript of one failure, which `replay` sends again",
    ),
    "no gzip": (b"\x1f\x8b" + b"junk" * 20, "behind line 0: corrupt"),
    "corrupt": (b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 50, "behind line 0: corrupt"),
}
WRONG_HEADERS: Final[dict[str, tuple[dict[str, object], str]]] = {
    "no spec": ({"spec": "1999"}, "line 1: spec: expected one of"),
    "no check": ({"check": "a/b"}, "line 1: check: expected the address of a check"),
    "no lane": ({"lane": "nowhere"}, "lane: its account has no such lane"),
    "no account": ({"account": 3}, "line 1: account"),
}


@pytest.mark.parametrize("content", WRONG)
def test_what_is_no_transcript_is_2_and_one_line(here: Here, tmp_path: Path, content: str) -> None:
    wrong, said = WRONG[content]
    (tmp_path / "wrong").write_bytes(wrong)
    ended = here("rejudge", "wrong")
    assert ended.status == 2
    assert said in ended.error
    assert len(ended.lines) == 1


@pytest.mark.parametrize("change", WRONG_HEADERS)
def test_a_wrong_header_is_named(here: Here, tmp_path: Path, change: str, kept: tuple[Path, dict[str, str]]) -> None:
    changes, said = WRONG_HEADERS[change]
    (tmp_path / "wrong").write_bytes(lines({**header(kept[0]), **changes}))
    ended = here("rejudge", "wrong")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert said in ended.error


@pytest.mark.parametrize(
    "line",
    [
        {"sent": SENT, "came": {"status": "200"}, "at": 1},
        {"sent": {"action": "Drop"}, "came": {"status": 200, "members": {}}, "at": 1},
        {"sent": SENT, "came": {"kind": "lost", "reason": ""}, "at": 1},
        {"sent": SENT, "came": {"status": 200, "members": {}}, "at": -1},
        {"sent": SENT, "at": 1},
        {"together": [SENT], "came": [], "at": 1},
        {"play": [], "judged": True},
        {"play": [{"action": "Wait"}], "mark": "-1", "judged": True},
        {"something": 1},
    ],
)
def test_a_wrong_line_is_named_wherever_it_stands(
    here: Here, tmp_path: Path, line: object, kept: tuple[Path, dict[str, str]]
) -> None:
    play = {"play": [], "mark": "-1", "judged": True}
    for before in ((), (play,)):
        (tmp_path / "wrong").write_bytes(lines(header(kept[0]), *before, line, {"end": True}))
        ended = here("rejudge", "wrong")
        assert (ended.status, len(ended.lines)) == (2, 1)
        assert f"line {len(before) + 2}: " in ended.error


def test_a_bomb_is_refused_in_bounded_memory(here: Here, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb", "wb", 1) as file:
        for _ in range(300):
            file.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ended = here("rejudge", "bomb")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert "line 1: is longer than a transcript may be" in ended.error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


def test_a_search_passes_no_change_and_makes_nothing_up() -> None:
    embedded, made = Embedded(TARGET), creation()

    def taken(request: Request) -> KeptLine:
        return KeptLine((Interaction(request, embedded.send(request), at=embedded.now()),))

    seen = look(TARGET, made.parameters["VpnGatewayId"])
    first, created, second = taken(seen), taken(made), taken(seen)
    assert created.changes
    recorded = ReplayEndpoint([first])
    recorded.begin(Play((), "-1", True, [created, second]))
    assert recorded.send(seen) == first.interactions[0].received  # not the list behind the creation
    assert isinstance(recorded.send(made), Answer)
    assert recorded.send(seen) == second.interactions[0].received
    for request in (seen, made, delete(dict(made.parameters))):
        with pytest.raises(NotHeld):
            recorded.send(request)


def test_a_check_of_which_nothing_was_kept_is_skipped(tmp_path: Path, kept: tuple[Path, dict[str, str]]) -> None:
    path = tmp_path / "transcript"
    path.write_bytes(lines({**header(kept[0]), "check": "route/overlap"}, {"end": True}))
    (result,) = again(path, DEFAULT_SPEC).results
    assert (result.verdict.value, result.reason) == ("SKIPPED", "the transcript holds nothing of it")
    assert BY_ADDRESS[result.address].documented(DEFAULT_SPEC)


# Written by 19a62a2


OLD: Final = Path(__file__).parents[1] / "transcripts" / "written_by_19a62a2"


def test_what_an_earlier_version_kept_of_a_run_is_judged_as_it_was(here: Here) -> None:
    ended = here("rejudge", OLD / "run.jsonl.gz")
    assert ended.out == "checks: 2; requests: 529; verdicts that differ: 0; 1 FAIL, 1 PASS\n"
    (part, first, plays) = next(iter(Reader(OLD / "run.jsonl.gz").parts()))
    assert part.check == "state/concurrent"
    kept = [*first, *(line for play in plays for line in play.lines)]
    assert any(line.is_batch and len(line.interactions) > 1 for line in kept)


def test_what_an_earlier_version_kept_of_a_failure_is_sent_again(here: Here) -> None:
    ended = here("replay", OLD / "failure.json")
    assert ended.status == 1
    assert "FAIL weight/value: Accepted although Weight is an integer other than 0 and 100" in ended.out


def test_an_interaction_is_read_as_it_was_written() -> None:
    for received in (Answer(200, {"RequestId": "1"}), Answer(502, None, "<html>"), CLOSED, None):
        sent = Interaction(creation(), received, at=7, note="attempt 2")
        assert read_interactions(write_interaction(sent)) == [sent]
    batch = [
        Interaction(creation(), CLOSED, 1.5, 2.5, at=7, together=2),
        Interaction(creation(), Answer(200, {}), 1, 3, at=7, together=2),
    ]
    assert read_interactions(write_batch(batch)) == batch
