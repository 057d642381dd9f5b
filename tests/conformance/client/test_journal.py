"""The journal of a gateway: nothing that may be ours is forgotten, whatever ends a run."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Final
from zlib import crc32

import pytest

from pbr_conformance.conformance.client.journal import Journal, JournalError, read_journal
from tests.conformance.doubles import creation

ENDPOINT: Final = "http://127.0.0.1:8642"
GATEWAY: Final = "vpn-one"
PARAMETERS: Final = creation(ClientToken="token", Description="text").parameters
MEMBERS: Final = {
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-one-a",
    "Weight": 100,
    "Priority": 10,
    "CreateTime": 1_767_225_600_001,
    "RequestId": "R",
    "State": "normal",
}


def begun(path: Path) -> Journal:
    return read_journal(path, ENDPOINT, GATEWAY)


def test_an_intent_is_in_the_file_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "vpn-one.journal"
    journal = begun(path)
    assert not path.parent.exists()
    journal.intend(PARAMETERS, 7)
    head, entry = map(json.loads, path.read_text().splitlines())
    assert (head["endpoint"], head["gateway"]) == (ENDPOINT, GATEWAY)
    assert (entry["at"], entry["parameters"]["ClientToken"]) == (7, "token")


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "vpn-one.journal"
    begun(path).intend(PARAMETERS, 7)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_a_killed_run_had_under_way_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "vpn-one.journal"
    journal = begun(path)
    lost, known, gone = (journal.intend(PARAMETERS, when) for when in (1, 2, 3))
    journal.created(known, MEMBERS)
    journal.ends(gone)
    again = begun(path).entries
    assert sorted(again) == [lost.number, known.number]
    assert again[lost.number].identity is None
    identity = again[known.number].identity
    assert identity is not None
    assert (identity.create_time, identity.values["Weight"]) == (1_767_225_600_001, 100)


def test_numbers_go_on_where_an_earlier_run_ended(tmp_path: Path) -> None:
    path = tmp_path / "vpn-one.journal"
    first = begun(path).intend(PARAMETERS, 1)
    journal = begun(path)
    second = journal.intend(PARAMETERS, 2)
    assert sorted(begun(path).entries) == [first.number, second.number]
    journal.ends(journal.entries[first.number])
    journal.ends(second)
    assert not path.exists()


def test_the_file_goes_with_the_last_entry_and_comes_again(tmp_path: Path) -> None:
    path = tmp_path / "vpn-one.journal"
    journal = begun(path)
    journal.ends(journal.intend(PARAMETERS, 1))
    assert not path.exists()
    journal.intend(PARAMETERS, 2)
    assert len(begun(path).entries) == 1


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_torn_last_line_is_passed_over_and_written_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "vpn-one.journal"
    journal = begun(path)
    journal.intend(PARAMETERS, 1)
    journal.intend(PARAMETERS, 2)
    path.write_bytes(path.read_bytes()[:-cut])
    again = begun(path)
    assert len(again.entries) == 1
    again.intend(PARAMETERS, 3)
    assert [entry.sent for entry in begun(path).entries.values()] == [1, 3]


HEAD: Final = {"journal": 3, "endpoint": ENDPOINT, "gateway": GATEWAY}


def summed(*lines: Mapping[str, object]) -> str:
    """The text of a file whose lines have their checksums, whatever they say."""
    text = so_far = ""
    for line in lines:
        members = json.dumps(line, separators=(",", ":"))[:-1]
        so_far += members
        text += f'{members},"crc":{crc32(so_far.encode())}}}\n'
    return text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("garbage\n", "line 1: is no entry of a journal"),
        ("[]\n", "line 1: is no entry of a journal"),
        ('{"journal": 2, "endpoint": "x", "gateway": "y"}\n', "line 1: has format 2, not 3"),
        ('{"journal": "\\n\\u001b[2J", "endpoint": "x"}\n', "line 1: has format \\x0a\\x1b[2J, not 3"),
        (summed({**HEAD, "endpoint": "http://h:1"}), "line 1: is of vpn-one at http://h:1"),
        (json.dumps(HEAD) + "\n", "line 1: is no entry of a journal"),
        (f"{summed(HEAD)}\x00\x01\n", "line 2: is no entry of a journal"),
        (f'{summed(HEAD)}{{"sends": 1, "at": 1, "parameters": {{}}}}\n', "line 2: is no entry of a journal"),
        (f"{summed(HEAD)}{'[' * 100_000}\n", "line 2: is no entry of a journal"),
        *(
            (summed(HEAD, line), "line 2: is no entry of a journal")
            for line in (
                {"created": 1, "values": {}, "create_time": 1, "request_id": 1},
                {"ends": 4},
                {"sends": 1, "at": 1, "parameters": {"Weight": 1}},
                {"sends": 1, "at": 1, "parameters": []},
                {"sends": inf, "at": 1, "parameters": {}},
                {"sends": 1, "at": 10**20, "parameters": {}},
            )
        ),
    ],
)
def test_what_is_no_journal_is_named_and_left_as_it_is(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "vpn-one.journal"
    path.write_text(text)
    with pytest.raises(JournalError) as raised:
        begun(path)
    assert str(raised.value).startswith(f"{path}: {said}")
    assert "\n" not in str(raised.value)
    assert path.read_text() == text


@pytest.mark.parametrize("garbage", [b"", b"\0", b"\n", b"\r", b" ", b"1", b'"', b"}", b"\xff", b"true"])
def test_each_byte_that_is_another_is_noticed(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "vpn-one.journal"
    journal = begun(path)
    journal.created(journal.intend(PARAMETERS, 1), MEMBERS)
    journal.intend(PARAMETERS, 2)
    whole = path.read_bytes()
    for place in range(len(whole) - 1):  # without the last one the last line is torn
        if whole[place : place + 1] != garbage:
            path.unlink()  # a file that is cut to nothing and written anew is forced to the disk
            path.write_bytes(whole[:place] + garbage + whole[place + 1 :])
            with pytest.raises(JournalError):
                begun(path)


def test_a_line_that_is_missing_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "vpn-one.journal"
    journal = begun(path)
    for when in (1, 2, 3):
        journal.intend(PARAMETERS, when)
    lines = path.read_bytes().splitlines(keepends=True)
    for missing in (1, 2):
        path.write_bytes(b"".join(lines[:missing] + lines[missing + 1 :]))
        with pytest.raises(JournalError, match=f"line {missing + 1}: is no entry of a journal"):
            begun(path)
    path.write_bytes(b"".join(lines[:3]))
    assert [entry.sent for entry in begun(path).entries.values()] == [1, 2]


def test_without_a_path_it_is_kept_in_memory() -> None:
    journal = Journal()
    entry = journal.intend(PARAMETERS, 1)
    assert list(journal.entries) == [entry.number]
    journal.ends(entry)
    journal.ends(entry)
    assert journal.entries == {}


def test_no_key_or_signature_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "vpn-one.journal"
    begun(path).intend({**PARAMETERS, "AccessKeyId": "AK-SECRET", "Signature": "SIGNED", "SecurityToken": "STS"}, 1)
    assert not any(secret in path.read_text() for secret in ("AK-SECRET", "SIGNED", "STS"))
