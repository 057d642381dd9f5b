"""What every verb makes of wrong words, of files of the wrong kind, and of output that cannot be written."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.cli.verbs import VERBS
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.server.state import open_state
from tests.conformance.commands import LONGEST, PROGRAM, Here, environment, pbr, target_file
from tests.conformance.known_dialects import fully_known


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("words", [("list",), ("explain", "Weight=50"), ("serve", "--port", "0")])
def test_a_full_disk_is_2_and_one_line_never_a_verdict(words: tuple[str, ...], buffered: bool, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [*PROGRAM, *words],
            cwd=tmp_path,
            env={**environment(), "PYTHONUNBUFFERED": "" if buffered else "1"},
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=LONGEST,
        )
    said = "pbr-conformance: standard output, or a file of this run, cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (2, said)


def test_a_directory_in_the_place_of_a_transcript_is_told_what_was_expected(here: Here) -> None:
    for verb, expected in (("replay", "DIR/transcripts/*.json"), ("rejudge", "DIR/transcript.jsonl.gz")):
        ended = here(verb, ".")
        assert ended.status == 2
        assert expected in ended.error


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a file of each kind."""
    directory = tmp_path_factory.mktemp("files")
    words = ("run", "--only", "weight/value", "--mutant", "weight-50", "--examples", "1", "--keep-transcript")
    assert pbr(*words, "--report", "report", directory=directory).status == 1
    target_file(directory)
    (directory / "baseline.toml").write_text('[[known]]\ncheck = "weight/value"\nreason = "x"\n')
    (directory / "dialect.toml").write_text(dump(fully_known(DEFAULT, "mine", "2026-01-01")))
    file, _ = open_state(directory / "state", reference())
    file.close()
    return directory


KINDS: Final = {
    "report/report.json": "the report of a run",
    "report/transcripts/weight-value.json": "the transcript of a failure",
    "report/transcript.jsonl.gz": "the transcript of a run",
    "state": "a state file of serve",
    "account.toml": "a target file",
    "baseline.toml": "a baseline",
    "dialect.toml": "a dialect",
}
READERS: Final = {
    ("replay",): "the transcript of a failure, such as DIR/transcripts/*.json",
    ("rejudge",): "the transcript of a run, such as DIR/transcript.jsonl.gz (run --keep-transcript)",
    ("report",): "the report of a run, such as DIR/report.json",
    ("run",): "a target file",
    ("run", "--baseline"): "a baseline",
    ("run", "--dialect"): "a dialect",
    ("serve", "--state"): "a state file of serve",
}


@pytest.mark.slow
@pytest.mark.parametrize("words", READERS)
def test_a_file_of_another_kind_is_called_what_it_is(words: tuple[str, ...], files: Path, here: Here) -> None:
    for name, kind in KINDS.items():
        of_a_report = words[-1] == "--baseline" and name.endswith(".json")
        expected = READERS["report",] if of_a_report else READERS[words]
        if not expected.startswith(kind):
            ended = here(*words, files / name)
            said = f"{files / name}: is {kind}; expected {expected}"
            flag = "--state " if words[-1] == "--state" else ""
            assert (ended.status, ended.out, ended.error) == (2, "", f"pbr-conformance: {flag}{said}\n")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--seed"),
        ("run", "--strength"),
        ("serve", "--port"),
        ("serve", "--async-ms"),
        ("serve", "--fault-seed"),
        ("serve", "--slow-ms"),
        ("mutants", "--workers"),
    ],
)
def test_what_is_no_number_is_2_and_one_line(words: tuple[str, str], here: Here) -> None:
    ended = here(*words, "abc")
    (only,) = ended.lines
    assert ended.status == 2
    assert f"{words[1]}: 'abc': expected a whole number" in only


@pytest.mark.parametrize("verb", VERBS)
def test_a_flag_that_is_none_is_refused_by_its_verb(verb: str, here: Here) -> None:
    words = {"replay": ["x"], "rejudge": ["x"], "report": ["x"], "compare": ["x", "y"], "baseline": ["x"]}
    parts = {"spec": ["list"], "campaign": ["false-alarms"]}
    ended = here(verb, *(words | parts).get(verb, []), "--foo")
    prog = " ".join(["pbr-conformance", verb, *parts.get(verb, [])])
    assert (ended.status, ended.out) == (2, "")
    assert ended.error == f"{prog}: unrecognized arguments: --foo (see {prog} --help)\n"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("serve", "--contol"), "--control"),
        (("serve", "--cont"), "--control"),
        (("serve", "--prot=1"), "--port"),
        (("run", "--sed", "1"), "--seed"),
        (("spec", "list", "--jsn"), "--json"),
    ],
)
def test_a_flag_is_not_taken_for_another_one_but_the_nearest_is_named(
    words: tuple[str, ...], meant: str, here: Here
) -> None:
    ended = here(*words)
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert f"; did you mean {meant}? (see pbr-conformance {words[0]}" in ended.error
