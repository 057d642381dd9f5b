"""A state file: the routes and tokens of a served account, kept across restarts, and across `kill -9`.

Rules of this file
1. A change is with the operating system before its answer is sent: whatever ends this process, no answered change is
   lost. What ends the machine may take the last changes with it: the disk is waited for at the start, now and then,
   and at the end, not at each change.
2. The file is whole lines. A last line without its end was never answered, and is cut off; all else that is wrong is
   refused, and left as it is.
3. It is only replaced as a whole, by another file under its name. One server at a time has it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.snapshot import (
    SnapshotError,
    after_line,
    check_header,
    written_header,
    written_line,
)
from pbr_conformance.simulator.model.target import Target

MOST_STALE: Final = 10_000
"""Lines beyond twice those that are needed, after which the file is written anew: not while routes are only added."""
_ROUTES: Final = {"add": 1, "remove": -1}
"""What a change adds to the lines that are needed: those of tokens are counted only when the file is written anew."""


class StateError(ValueError):
    """Why a file cannot keep the state, in one line."""


class StateFile:
    """The file that keeps one account. `open_state` makes one."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._lines = 0
        self._needed = 0

    def append(self, before: Account, after: Account) -> None:
        """Keep what a request changed, if it did. OSError where that is not possible: then nothing is kept of it."""
        changes = after.changes_since(before)
        if not changes:
            return
        self._write(written_line(changes, after.serial).encode() + b"\n")
        self._lines += 1
        self._needed += sum(_ROUTES.get(kind, 0) for kind, _, _ in changes)
        if self._lines > 2 * self._needed + MOST_STALE:
            try:
                self.replace(after)
            except OSError:  # the change is kept as it is, and the file is whole: it is tried again, later
                self._lines = 2 * self._needed

    def replace(self, account: Account) -> None:
        """Write the whole file anew, in one stroke: what was there before is there until all of it is written."""
        changes = account.changes()
        text = [written_header(account.target), *(written_line((change,), account.serial) for change in changes)]
        text += [written_line((), account.serial)]
        beside = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with os.fdopen(os.dup(descriptor), "wb") as stream:
                stream.write("".join(f"{line}\n" for line in text).encode())
            os.fsync(descriptor)
            beside.replace(self._path)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(self._descriptor)
        self._descriptor, self._size = descriptor, os.fstat(descriptor).st_size
        self._lines = self._needed = len(text)

    def close(self) -> None:
        """Let go of the file, once it is on the disk."""
        os.fsync(self._descriptor)
        os.close(self._descriptor)

    def read(self, target: Target) -> Account:
        """The account that the file keeps. Raises SnapshotError, and then leaves the file as it is."""
        with self._path.open("rb") as stream:
            lines = stream.readlines()
        torn = len(lines.pop()) if lines and not lines[-1].endswith(b"\n") else 0
        if not lines or not lines[0].startswith(b"{"):
            raise SnapshotError("is no state file")
        check_header(lines[0], target)
        account = Account(target)
        for number, line in enumerate(lines[1:], 2):
            try:
                account = after_line(account, line)
            except SnapshotError as error:
                raise SnapshotError(f"line {number}: {error}") from None
        if torn:
            self._cut(self._size - torn)
        self._lines, self._needed = len(lines), len(account.changes())
        return account

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._descriptor, data)
            while written < len(data):  # the next attempt says why
                written += os.write(self._descriptor, data[written:])
        except OSError:
            self._cut(self._size)
            raise
        self._size += len(data)

    def _cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        self._size = size


def open_state(path: Path, target: Target) -> tuple[StateFile, Account]:
    """The state file and the account that it keeps; a new file for an account without routes. Raises StateError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except (OSError, ValueError) as error:
        raise StateError(f"{path}: cannot be opened ({getattr(error, 'strerror', None) or error})") from None
    file = StateFile(path, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(descriptor).st_size:
            file.replace(Account(target))
        return file, file.read(target)
    except SnapshotError as error:
        wrong = f"{path}: {error}"
    except BlockingIOError:
        wrong = f"{path}: another server has it"
    except OSError as error:
        wrong = f"{path}: cannot be used ({error.strerror or error})"
    os.close(file._descriptor)
    raise StateError(wrong)
