"""Damaged journals: `cleanup` says in one line that a file is none, deletes nothing, and leaves the file as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import pytest

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.state_directory import journal_path
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import at_url, reference
from pbr_conformance.strategies.plain_requests import ordinary
from tests.conformance.commands import Ended, Here, listed

REFERENCE: Final = reference()
GATEWAY: Final = next(each for each in REFERENCE.gateways if each.scratch and each.connections)
OTHER: Final = next(each for each in REFERENCE.gateways if each.scratch and each.id != GATEWAY.id)
VERBS: Final = (["cleanup"], ["cleanup", "--list"])
DESTINATIONS: Final = ("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24")


def creation(destination: str) -> Request:
    """A creation with a token, as every creation of a run has one."""
    return Request(CREATE, {**ordinary(REFERENCE, GATEWAY), "RouteDest": destination, "ClientToken": destination})


@dataclass(frozen=True)
class Killed:
    """Routes that a run which was killed has left, and its journal: two were answered, the third answer was lost."""

    url: str
    here: Here
    path: Path
    whole: bytes
    """The journal as it was left."""

    def clean(self, *words: str) -> Ended:
        """Run the verb, and check that it shows no traceback."""
        ended = self.here(words[0], "--url", self.url, *words[1:])
        assert "Traceback" not in ended.out + ended.error
        return ended

    def refuses(self, *, said: str = "") -> None:
        """Check that both verbs end with one line and exit status 2, and that everything is as it was."""
        content, routes = self.path.read_bytes() if self.path.is_file() else None, listed(self.url, REFERENCE)
        for words in VERBS:
            ended = self.clean(*words)
            assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1), (content, ended)
            assert ended.error.startswith(f"pbr-conformance: {self.path}: {said}"), ended.error
            assert "; expected a journal of this gateway (nothing was deleted" in ended.error
        assert (self.path.read_bytes() if self.path.is_file() else None) == content
        assert listed(self.url, REFERENCE) == routes

    def lists(self) -> list[str]:
        """The destinations of what `--list` names; it changes nothing."""
        content = self.path.read_bytes()
        ended = self.clean("cleanup", "--list")
        assert (ended.status, ended.error) == (0, ""), (content, ended)
        assert self.path.read_bytes() == content
        return [each for each in DESTINATIONS if f"-> {each} via" in ended.out]


@pytest.fixture
def killed(here: Here) -> Iterator[Killed]:
    with serving(REFERENCE) as url:
        journals, endpoint = Journals(at_url(REFERENCE, url, "--url")), HttpEndpoint(url, {}, "none")
        for number, request in enumerate(map(creation, DESTINATIONS)):
            entry, answer = journals.intend(request, endpoint.now()), endpoint.send(request)
            assert isinstance(answer, Answer)
            assert answer.status == 200
            if number < 2:
                journals.answered(entry, answer)
        journals.close()
        endpoint.close()
        path = journal_path(url, GATEWAY.id)
        yield Killed(url, here, path, path.read_bytes())


def test_whole_it_is_listed_and_carried_out(killed: Killed) -> None:
    assert killed.lists() == list(DESTINATIONS)
    assert killed.clean("cleanup").out == "3 gone, 0 left.\n"
    assert (listed(killed.url, REFERENCE), killed.path.exists()) == ({}, False)


@pytest.mark.slow
def test_cut_anywhere_it_has_what_its_whole_lines_say(killed: Killed) -> None:
    """The lines: head, sends, created, sends, created, sends."""
    ends = [at + 1 for at, byte in enumerate(killed.whole) if byte == ord("\n")]
    for length in sorted({*range(0, len(killed.whole), 11), *(end + off for end in ends for off in (-1, 0))}):
        killed.path.write_bytes(killed.whole[:length])
        lines = killed.whole[:length].count(b"\n")
        assert killed.lists() == list(DESTINATIONS[: lines // 2]), length
    assert listed(killed.url, REFERENCE) == {GATEWAY.id: [f"192.168.1.0/24 -> {each}" for each in DESTINATIONS]}


@pytest.mark.parametrize("lines", range(7))
def test_cut_anywhere_what_it_names_is_deleted_and_nothing_else(lines: int, killed: Killed) -> None:
    whole = b"".join(killed.whole.splitlines(keepends=True)[:lines])
    killed.path.write_bytes(killed.whole[: len(whole) + 40])
    named = lines // 2
    assert killed.clean("cleanup").out == f"{named} gone, 0 left.\n"
    theirs = {GATEWAY.id: [f"192.168.1.0/24 -> {each}" for each in DESTINATIONS[named:]]}
    assert listed(killed.url, REFERENCE) == (theirs if named < 3 else {})


@pytest.mark.slow
def test_ranges_of_garbage_delete_nothing(killed: Killed) -> None:
    """All but the last byte, without which the last line is torn."""
    for seed in range(50):
        draw = Random(seed)
        start = draw.randrange(len(killed.whole) - 2)
        stop = min(start + draw.choice([1, 2, 8, 64, 512]), len(killed.whole) - 1)
        alphabet = draw.choice([bytes(range(256)), b"0123456789", b'{}[]",:\n\r '])
        garbage = bytes(draw.choices(alphabet, k=draw.choice([0, 1, stop - start, 300])))
        damaged = killed.whole[:start] + garbage + killed.whole[stop:]
        if damaged != killed.whole:
            killed.path.write_bytes(damaged)
            killed.refuses(said="line ")


def test_a_line_that_is_missing_or_moved_is_noticed(killed: Killed) -> None:
    lines = killed.whole.splitlines(keepends=True)
    for number in range(len(lines) - 1):
        killed.path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
        killed.refuses(said=f"line {number + 1}: ")
        swapped = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
        killed.path.write_bytes(b"".join(swapped))
        killed.refuses(said=f"line {number + 1}: ")


def test_of_another_version_endpoint_or_gateway_it_is_left_alone(killed: Killed) -> None:
    killed.path.write_bytes(killed.whole.replace(b'"journal":3', b'"journal":2', 1))
    killed.refuses(said="line 1: has format 2, not 3")
    with serving(REFERENCE) as elsewhere:
        killed.path.write_bytes(killed.whole.replace(killed.url.encode(), elsewhere.encode(), 1))
        killed.refuses(said=f"line 1: is of {GATEWAY.id} at {elsewhere}")
    killed.path.write_bytes(b"")
    other = journal_path(killed.url, OTHER.id)
    other.write_bytes(killed.whole)
    Killed(killed.url, killed.here, other, b"").refuses(said=f"line 1: is of {GATEWAY.id} at {killed.url}")


def test_one_that_is_damaged_keeps_all_others_from_being_carried_out(killed: Killed) -> None:
    damaged = journal_path(killed.url, OTHER.id)
    damaged.write_bytes(b"garbage\n")
    Killed(killed.url, killed.here, damaged, b"").refuses(said="line 1: ")
    assert killed.path.read_bytes() == killed.whole


def test_a_directory_in_its_place_is_one_line(killed: Killed) -> None:
    killed.path.unlink()
    killed.path.mkdir()
    killed.refuses(said="cannot be read (Is a directory)")
    assert killed.path.is_dir()


def test_an_empty_file_has_nothing(killed: Killed) -> None:
    killed.path.write_bytes(b"")
    assert killed.clean("cleanup", "--list").out == "Nothing is left.\n"
    assert killed.clean("cleanup").out == "0 gone, 0 left.\n"
    assert (killed.path.read_bytes(), len(listed(killed.url, REFERENCE)[GATEWAY.id])) == (b"", 3)
