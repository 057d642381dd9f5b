"""What every verb makes of wrong words, of files of the wrong kind, and of output that cannot be written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conformance.commands import LONGEST, PROGRAM, Here, environment


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
