"""What a run has judged, kept as it goes, so that it can go on after an interrupt, an outage or a crash.

Rules of this file
1. Each check is a file of its own in the user's state directory, written whole or not at all. What cannot be written
   or read is as good as not judged.
2. What was cut short is not kept: it is begun anew. So is what is an ERROR.
3. Only values of this program are read back: a file cannot name anything else.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pbr_conformance.conformance.client.state_directory import StateDirectoryError, make_private
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.strategies.plain_requests import History

from .verdict import Examined

_HEADER: Final = "run.json"
_SWEPT: Final = "first.pickle"
_MOST_RUNS: Final = 20
_HARMLESS: Final = {
    "builtins": frozenset({"set", "frozenset", "bytearray", "complex", "object"}),
    "collections": frozenset({"Counter", "OrderedDict", "defaultdict", "deque"}),
    "array": frozenset({"array", "_array_reconstructor"}),
}


class NoUnfinishedRun(Exception):
    """Why a run can't go on: one line."""


@dataclass(frozen=True)
class Swept:
    """What the first requests have found, for each check. `is_done`: whether nothing cut them short."""

    found: dict[str, Examined]
    is_done: bool

    @property
    def histories(self) -> frozenset[tuple[str, History]]:
        """What was sent, each with the check that it was for."""
        return frozenset((address, history) for address, each in self.found.items() for _, history in each.played)


@dataclass
class UnfinishedRun:
    """One run, in a folder. `judged`, `swept` and `seconds` are what there was when it was opened."""

    folder: Path
    header: Mapping[str, Any]
    """By which it is known again: what was asked for, the seed, and when it began."""
    judged: list[Examined] = field(default_factory=list)
    swept: Swept | None = None
    seconds: float = 0.0
    """How long it took so far."""
    trouble: str = ""
    """Why something could not be kept."""
    clock: Callable[[], float] = time.monotonic
    _began: float = 0.0

    @property
    def addresses(self) -> frozenset[str]:
        """The checks that are judged."""
        return frozenset(each.result.address for each in self.judged)

    @property
    def requests(self) -> int:
        """How many were sent so far."""
        first = self.swept.found.items() if self.swept is not None else ()
        rest = (each.requests for address, each in first if address not in self.addresses)
        return sum(each.requests for each in self.judged) + sum(rest)

    def begin(self, clock: Callable[[], float]) -> None:
        """Go on, or begin anew; `clock` shows seconds."""
        self.clock, self._began = clock, clock()
        if not self.judged and self.swept is None:
            with self._keeping():
                shutil.rmtree(self.folder, ignore_errors=True)
                make_private(self.folder)
                self._write(_HEADER, json.dumps({**self.header, "tool": version("pbr-conformance")}).encode())
                _forget_old(self.folder)

    def add(self, each: Examined) -> None:
        """A check has ended."""
        if each.is_cut or each.result.verdict is Verdict.ERROR:
            return
        with self._keeping():
            self._write(f"{each.result.address.replace('/', '-')}.pickle", self._pickled(each))

    def sweeps(self, swept: Swept) -> None:
        """The first requests have found this so far."""
        with self._keeping():
            self._write(_SWEPT, self._pickled(swept))

    @property
    def is_kept(self) -> bool:
        """Whether there is something to go on with."""
        return any(self.folder.glob("*.pickle"))

    def end(self) -> None:
        """Nothing is left to do."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pickled(self, value: object) -> bytes:
        seconds = self.seconds + self.clock() - self._began
        return pickle.dumps((seconds, time.perf_counter(), value), pickle.HIGHEST_PROTOCOL)

    def _write(self, name: str, content: bytes) -> None:
        new = self.folder / f"{name}.{os.getpid()}"
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / name)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Note what the disk refuses: the run goes on."""
        try:
            yield
        except (OSError, StateDirectoryError) as error:
            self.trouble = self.trouble or getattr(error, "strerror", None) or str(error)


def reopened(folder: Path) -> UnfinishedRun:
    """The run in a folder, to go on. Raises NoUnfinishedRun where there is none."""
    run = UnfinishedRun(folder, _header_in(folder))
    for path in sorted(folder.glob("*.pickle")):
        with suppress(OSError, pickle.UnpicklingError, EOFError, AttributeError, TypeError, ValueError, ImportError):
            seconds, saved, value = _ValueReader(io.BytesIO(path.read_bytes())).load()
            run.seconds = max(run.seconds, seconds)
            _take(run, value, time.perf_counter() - saved)
    return run


def _header_in(folder: Path) -> Mapping[str, Any]:
    """By which the run in a folder is known. Raises NoUnfinishedRun."""
    try:
        kept = json.loads((folder / _HEADER).read_text("utf-8"))
    except FileNotFoundError:
        raise NoUnfinishedRun("there is no unfinished run") from None
    except (OSError, ValueError) as error:
        raise NoUnfinishedRun(f"what is kept of the run cannot be read: {error}") from None
    if not isinstance(kept, dict) or kept.get("tool") != version("pbr-conformance"):
        raise NoUnfinishedRun("what is kept is of another version of pbr-conformance")
    return kept


def _take(run: UnfinishedRun, value: object, later: float) -> None:
    examined = list(value.found.values()) if isinstance(value, Swept) else [value]
    for each in examined:
        for recording in each.recordings if isinstance(each, Examined) else ():
            recording.shift(later)
    if isinstance(value, Swept):
        run.swept = value
    elif isinstance(value, Examined):
        run.judged.append(value)


class _ValueReader(pickle.Unpickler):
    """Reads values of this program and of a few types of Python's."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _HARMLESS.get(module, ()):
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith("pbr_conformance.") else None
        if not str(getattr(found, "__module__", "")).startswith("pbr_conformance."):
            raise pickle.UnpicklingError(f"{module}.{name} has no place here")
        return found


def _forget_old(folder: Path) -> None:
    by_age = sorted(folder.parent.iterdir(), key=lambda path: -path.stat().st_mtime_ns)
    for path in by_age[_MOST_RUNS:]:
        shutil.rmtree(path, ignore_errors=True)
