"""The journal of a gateway: which creations are under way, and which routes are ours until they are known to be gone.

Rules of this file
1. An intent is written before its request is sent; the identity of a route (its values as answered, CreateTime and
   RequestId) after the answer. An entry ends when the answer was a refusal, or when the route is known to be gone.
2. A line is one JSON object, handed to the system as a whole: `kill -9` loses nothing. With `durable` it is on the disk
   before the request is sent, so that a power cut loses nothing either. An intent that the disk refuses is not acted
   on; anything else that it refuses is found out again from the endpoint.
3. A torn last line was never acted on and is passed over. Anything else that is no journal of this gateway is an error
   that leaves the file as it is. Each line ends with a checksum of all lines up to it, so that damage to a value or a
   line that is missing between two others is seen too: a journal that says something else could lose a route.
4. It is for its owner alone, and holds no keys, signatures or security tokens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from errno import ENOSPC
from math import inf
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from pbr_conformance.reports.data.visible import on_a_line

from .state_directory import StateDirectoryError, make_private

FORMAT: Final = 3
_CHECKSUM: Final = "crc"
"""The last member of each line."""
_SENT: Final = (
    "RegionId",
    "VpnGatewayId",
    "RouteSource",
    "RouteDest",
    "NextHop",
    "Weight",
    "Priority",
    "PublishVpc",
    "OverlayMode",
    "Description",
    "ClientToken",
)
"""Parameters of a creation that an entry keeps: enough to send the identical request again."""
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_AFTER_ALL_TIMES: Final = 1 << 53
"""Milliseconds since the epoch that no clock has shown when a creation was sent."""
_LONGEST_REASON: Final = 200
_EXPECTED: Final = "a journal of this gateway (nothing was deleted; move the file away to go on without it)"


class JournalError(StateDirectoryError):
    """Why a file is no journal of a gateway: the file, the line, and what was expected, in one line."""

    def __init__(self, path: Path, where: str, expected: str) -> None:
        super().__init__(f"{path}: {where}; expected {expected}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A route that we created, as the endpoint answered."""

    values: Mapping[str, object]
    """RouteSource, RouteDest, NextHop, Weight and Priority, as they came."""
    create_time: object
    request_id: object


@dataclass(slots=True)
class JournalEntry:
    """One creation that was sent, or was about to be sent."""

    number: int
    parameters: Mapping[str, str]
    sent: int
    """By this machine's clock, in milliseconds since the epoch."""
    identity: Identity | None = None
    """None while its effect is unknown."""
    may_appear_until: float = inf
    """Until when what is not listed may still be, in milliseconds since the epoch: without end while it is under way,
    for as long as a request may take effect where its answer was lost, and 0 where its route is known."""
    suspect: bool = False
    """Whether no answer named its route: a request of ours may have made it, and no play has shown that it did."""
    deleted: bool = False
    """Whether a deletion of its route was answered with success: what has its values now may be somebody else's."""
    strayed: bool = False
    """Whether an answer named its route although the creation named no gateway of the account: it may be anywhere."""


@dataclass(slots=True)
class Journal:
    """The entries of one gateway that have not ended; without a path they are kept in memory alone."""

    path: Path | None = None
    endpoint: str = ""
    gateway: str = ""
    durable: bool = False
    entries: dict[int, JournalEntry] = field(default_factory=dict)
    _last: int = 0
    _whole: int = 0
    """How many bytes of the file are whole lines."""
    _checksum: int = 0
    """Of these lines."""
    _file: int | None = None

    @property
    def here(self) -> list[JournalEntry]:
        """The entries whose routes are on this gateway, if they are anywhere."""
        return [entry for entry in self.entries.values() if not entry.strayed]

    def intend(self, parameters: Mapping[str, str], now: int) -> JournalEntry:
        """Write down that a creation is about to be sent. `now`: milliseconds since the epoch.

        Raises StateDirectoryError where the disk refuses.
        """
        self._last += 1
        kept = {name: parameters[name] for name in _SENT if name in parameters}
        entry = JournalEntry(self._last, kept, now, strayed=self._is_astray(kept))
        try:
            self._write({"sends": entry.number, "at": now, "parameters": kept}, durable=self.durable)
        except OSError as error:
            raise StateDirectoryError(
                f"{self.path}: cannot be written ({error.strerror}), and no route is created that is not written down"
            ) from None
        self.entries[entry.number] = entry
        return entry

    def _is_astray(self, parameters: Mapping[str, str]) -> bool:
        return parameters.get("VpnGatewayId") != self.gateway

    def suspects(self, values: Mapping[str, object], create_time: object, now: int) -> None:
        """Write down a route that a request of ours may have made, although its answer said otherwise."""
        self._last += 1
        entry = JournalEntry(self._last, {}, now, Identity(values, create_time, None), suspect=True)
        self.entries[self._last] = entry
        self._write({"suspects": entry.number, "at": now, "values": values, "create_time": create_time})

    def created(self, entry: JournalEntry, members: Mapping[str, object]) -> None:
        """Write down the identity of a route, from the members of the answer to its creation."""
        values = {name: members.get(name) for name in ("RouteSource", "RouteDest", "NextHop", "Weight", "Priority")}
        entry.identity = Identity(values, members.get("CreateTime"), members.get("RequestId"))
        entry.may_appear_until = 0
        identity = {
            "values": values,
            "create_time": entry.identity.create_time,
            "request_id": entry.identity.request_id,
        }
        with suppress(OSError):
            self._write({"created": entry.number, **identity}, durable=self.durable)

    def ends(self, entry: JournalEntry) -> None:
        """Write down that nothing of an entry is on the endpoint: it was refused, or the route is gone.

        When the last entry ends, so does the file.
        """
        if self.entries.pop(entry.number, None) is None:
            return
        if self.entries:
            with suppress(OSError):
                self._write({"ends": entry.number})
        else:
            self.close()
            self._whole = self._checksum = 0
            if self.path is not None:
                self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file. What is in it stays."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, line: Mapping[str, object], *, durable: bool = False) -> None:
        if self.path is None:
            return
        if self._file is None:
            self._file = _opened(self.path)
            if os.fstat(self._file).st_size != self._whole:  # else ext4 would write it out as soon as it is closed
                os.ftruncate(self._file, self._whole)  # a torn last line goes
        if not self._whole:
            self._append(self._file, {"journal": FORMAT, "endpoint": self.endpoint, "gateway": self.gateway})
        self._append(self._file, line)
        if durable:
            os.fsync(self._file)

    def _append(self, file: int, line: Mapping[str, object]) -> None:
        encoded, checksum = _encoded(line, self._checksum)
        try:
            if os.write(file, encoded) < len(encoded):
                raise OSError(ENOSPC, os.strerror(ENOSPC))
        except OSError:
            os.ftruncate(file, self._whole)  # what comes later must not be on a torn line
            raise
        self._whole += len(encoded)
        self._checksum = checksum


def read_journal(path: Path, endpoint: str, gateway: str, *, durable: bool = False) -> Journal:
    """The journal of a gateway as earlier runs left it; an empty one where there is no file.

    Raises JournalError where the file is something else, or cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise JournalError(path, f"cannot be read ({error.strerror})", _EXPECTED) from None
    whole = content.rfind(b"\n") + 1
    journal = Journal(path, endpoint, gateway, durable, _whole=whole)
    for number, line in enumerate(content[:whole].split(b"\n")[:-1], start=1):
        try:
            written = json.loads(line)
            if number == 1:
                _check_head(written, journal)
            _check_sum(line, written, journal)
            if number > 1:
                _replay(journal, written)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
            what = str(problem) if isinstance(problem, _WrongHead) else "is no entry of a journal"
            raise JournalError(path, f"line {number}: {what}", _EXPECTED) from None
    return journal


class _WrongHead(ValueError):
    """What the first line says instead of what it should."""


def _check_head(written: Mapping[str, Any], journal: Journal) -> None:
    if written["journal"] != FORMAT:
        raise _WrongHead(on_a_line(f"has format {written['journal']}, not {FORMAT}", _LONGEST_REASON))
    if (written["endpoint"], written["gateway"]) != (journal.endpoint, journal.gateway):
        raise _WrongHead(on_a_line(f"is of {written['gateway']} at {written['endpoint']}", _LONGEST_REASON))


def _check_sum(line: bytes, written: dict[str, object], journal: Journal) -> None:
    """Raise ValueError where a line is not, to the byte, what would be written after the lines before it."""
    del written[_CHECKSUM]
    encoded, journal._checksum = _encoded(written, journal._checksum)
    if encoded != line + b"\n":
        raise ValueError


def _replay(journal: Journal, written: Mapping[str, Any]) -> None:
    """Do what a line says was done. Where it says no such thing, what that raises is caught by `read_journal`."""
    if "sends" in written:
        number, at, parameters = int(written["sends"]), int(written["at"]), written["parameters"]
        if not 0 <= at < _AFTER_ALL_TIMES or not all(isinstance(text, str) for text in parameters.values()):
            raise ValueError
        strayed = journal._is_astray(parameters)
        journal.entries[number] = JournalEntry(number, dict(parameters), at, strayed=strayed)
        journal._last = max(journal._last, number)
    elif "suspects" in written:
        number, identity = int(written["suspects"]), Identity(dict(written["values"]), written["create_time"], None)
        journal.entries[number] = JournalEntry(number, {}, int(written["at"]), identity, suspect=True)
        journal._last = max(journal._last, number)
    elif "created" in written:
        identity = Identity(dict(written["values"]), written["create_time"], written["request_id"])
        journal.entries[written["created"]].identity = identity
    else:
        del journal.entries[written["ends"]]


def _opened(path: Path) -> int:
    """The file to append to, with its folder made where there is none yet."""
    how = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    try:
        return os.open(path, how, 0o600)
    except FileNotFoundError:
        make_private(path.parent)
        return os.open(path, how, 0o600)


def _encoded(line: Mapping[str, object], checksum: int) -> tuple[bytes, int]:
    """A line as it is written after lines with a checksum, and the checksum with it."""
    members = _ENCODER.encode(line)[:-1].encode()
    checksum = crc32(members, checksum)
    return b'%s,"%s":%d}\n' % (members, _CHECKSUM.encode(), checksum), checksum
