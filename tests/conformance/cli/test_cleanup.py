"""`cleanup`: what a killed run has left goes, lookalikes stay, and what cannot be proved is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.client.run_lock import RunLock
from pbr_conformance.conformance.client.state_directory import journal_path
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import ordinary
from tests.conformance.commands import Here

TARGET: Final = reference()
GATEWAYS: Final = [gateway.id for gateway in TARGET.gateways if gateway.scratch and gateway.connections]


def routes(url: str) -> set[tuple[object, ...]]:
    """Every route of the account, with the moment of its creation."""
    endpoint = HttpEndpoint(url, {}, "none")
    client = RetryingClient(endpoint, TARGET)
    found: set[tuple[object, ...]] = {(gateway, *entry) for gateway in GATEWAYS for entry in client.entries(gateway)}
    endpoint.close()
    return found


def test_a_list_sends_nothing_and_deletes_nothing(tmp_path: Path, here: Here) -> None:
    with serving() as url:
        target = TARGET.model_copy(update={"endpoint": TARGET.endpoint.model_copy(update={"url": url})})
        journals, endpoint = Journals(target), HttpEndpoint(url, {}, "none")
        request = Request(CREATE, ordinary(TARGET, TARGET.gateways[0]))
        entry = journals.intend(request, endpoint.now())
        journals.answered(entry, endpoint.send(request))
        endpoint.close()
        listed = here("cleanup", "--url", url, "--list")
        assert (listed.status, len(listed.out.splitlines()), len(routes(url))) == (0, 1, 1)
        assert "192.168.1.0/24 -> 10.0.0.0/24" in listed.out
        cleaned = here("cleanup", "--url", url)
        assert (cleaned.status, cleaned.out.splitlines()[0]) == (0, "1 gone, 0 left.")
        assert routes(url) == set()


def test_another_run_at_work_is_named(here: Here) -> None:
    with serving() as url, RunLock(url, [TARGET.gateways[0].id]):
        for verb in (["run", "--budget", "30"], ["learn"], ["exhaust", "--depth", "1"]):
            ended = here(verb[0], "--url", url, *verb[1:])
            assert ended.status == 3
            assert f"{TARGET.gateways[0].id} is in use by another run (process {os.getpid()} on " in ended.error
            assert "Traceback" not in ended.error


@pytest.mark.parametrize("text", ["garbage\n", '{"journal": 9, "endpoint": "x", "gateway": "y"}\n'])
def test_a_damaged_journal_is_one_line_and_stays_as_it_is(text: str, here: Here) -> None:
    with serving() as url:
        path = journal_path(url, TARGET.gateways[0].id)
        path.parent.mkdir(parents=True)
        path.write_text(text)
        for words in (["cleanup"], ["cleanup", "--list"], ["run", "--budget", "30"]):
            ended = here(words[0], "--url", url, *words[1:])
            assert (ended.status, len(ended.error.strip().splitlines()[-1:])) == (2, 1)
            assert f"{path}: line 1: " in ended.error
            assert path.read_text() == text
        assert routes(url) == set()


def test_without_a_url_there_is_nothing_to_clean(here: Here) -> None:
    ended = here("cleanup")
    assert ended.status == 2
    assert ended.error == (
        "pbr-conformance: cleanup: the embedded simulator keeps nothing; expected a target with a url, or --url\n"
    )


VERBS_THAT_SEND: Final = (
    ["cleanup"],
    ["run", "--budget", "30"],
    ["learn", "--budget", "5"],
    ["exhaust", "--depth", "1"],
)


@pytest.mark.parametrize("words", VERBS_THAT_SEND, ids=lambda words: words[0])
def test_a_state_directory_that_cannot_be_used_is_one_line(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: Here
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with serving() as url:
        ended = here(words[0], "--url", url, *words[1:])
        assert ended.status == 2
        assert f"{tmp_path / 'file'}/pbr-conformance/endpoints/" in ended.lines[-1]
        assert ended.lines[-1].endswith("set XDG_STATE_HOME to another folder")
        assert routes(url) == set()


@pytest.mark.parametrize("ending", ["journal", "lock"])
@pytest.mark.parametrize("words", VERBS_THAT_SEND[1:], ids=lambda words: words[0])
def test_a_file_of_the_state_directory_that_cannot_be_used_is_one_line(
    words: list[str], ending: str, here: Here
) -> None:
    with serving() as url:
        path = journal_path(url, GATEWAYS[0]).with_suffix(f".{ending}")
        path.mkdir(parents=True)
        ended = here(words[0], "--url", url, *words[1:])
        assert (ended.status, str(path) in ended.lines[-1]) == (2, True)
        assert routes(url) == set()


def test_waiting_for_no_time_is_not_waiting(here: Here) -> None:
    with serving() as url:
        assert here("cleanup", "--url", url, "--wait-lock", "0").out == "0 gone, 0 left.\n"
        assert here("cleanup", "--url", url, "--list").out == "Nothing is left.\n"
