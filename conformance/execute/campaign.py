"""A campaign: units of work, each done once at the least, kept, and some of them done twice.

Rules of this file
1. Units are asked for when there is room for them, and their results are given back in the order in which they come.
2. A result counts once it is kept. One unit of a hundred, told by its name, is done twice, by two workers if there are
   two: its result counts only if both have the same bytes.
3. What cannot be done is said once, and ends the campaign: all that was kept before can be built upon.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from .executor import Done, Executor, NoExecutor, Work
from .processes import WorkerDied
from .unit_files import UnitFiles, UnlikeResults

_TWICE: Final = 100
"""One unit of so many is done twice."""


class CampaignEnded(Exception):
    """Why a campaign ended before it was done: one line. `status` is the exit status."""

    def __init__(self, reason: str, status: int = 3) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class WorkUnit:
    """A piece of work whose name is its content's."""

    name: str
    work: Work
    args: tuple[object, ...] = ()
    about: Any = field(default=None, compare=False)
    """What whoever takes the result has to know."""
    may_be_repeated: bool = True
    """Whether it gives the same bytes again, and does no harm by it."""

    @property
    def is_done_twice(self) -> bool:
        """Whether two workers are to find the same."""
        return self.may_be_repeated and int(sha256(self.name.encode()).hexdigest()[:8], 16) % _TWICE == 0


class Campaign:
    """Units that are under way."""

    def __init__(
        self, executor: Executor, files: UnitFiles | None = None, lost: Callable[[WorkUnit, str], bytes] | None = None
    ) -> None:
        """`lost`: the result of a unit at which workers died again and again; without it that ends the campaign."""
        self._executor, self._files, self._lost = executor, files, lost
        self._running: dict[Future[Done], WorkUnit] = {}
        self._first: dict[str, bytes] = {}
        """Results that are held back until another worker has found the same."""

    def results(
        self, units: Callable[[], WorkUnit | None], kept: Mapping[str, bytes] | None = None
    ) -> Generator[tuple[WorkUnit, bytes]]:
        """Each unit that is asked for, with its result; `units` is asked again after each, until nothing is under way.

        `kept`: results that are known. Raises CampaignEnded, and KeyboardInterrupt between two of them.
        """
        try:
            while True:
                while len(self._running) < self._executor.width and (unit := units()) is not None:
                    if kept is not None and unit.name in kept:
                        yield unit, kept[unit.name]
                    else:
                        self._submit(unit)
                if not self._running:
                    return
                yield from self._taken()
        except NoExecutor as reason:
            raise CampaignEnded(str(reason), reason.status) from None
        except (WorkerDied, UnlikeResults) as reason:
            raise CampaignEnded(str(reason)) from None
        except OSError as error:
            where = "" if self._files is None else f" to {self._files.name}"
            raise CampaignEnded(f"what was done cannot be written{where}: {error.strerror or error}") from None
        finally:
            self._executor.interrupt(list(self._running))
            self._running.clear()

    def _submit(self, unit: WorkUnit, apart_from: str = "") -> None:
        name = f"{unit.name}-again" if apart_from else unit.name
        self._running[self._executor.submit(name, unit.work, *unit.args, apart_from=apart_from)] = unit

    def _taken(self) -> Iterator[tuple[WorkUnit, bytes]]:
        for future in list(self._executor.wait(list(self._running))):
            unit = self._running.pop(future)
            try:
                done = future.result()
            except WorkerDied as reason:
                if self._lost is None:
                    raise
                yield unit, self._lost(unit, str(reason))
                continue
            if unit.is_done_twice and unit.name not in self._first:
                self._first[unit.name] = done.result
                self._submit(unit, apart_from=done.worker)
                continue
            if self._first.pop(unit.name, done.result) != done.result:
                raise UnlikeResults(f"two workers found different results for unit {unit.name}: none of them counts")
            if self._files is not None:
                self._files.keep(unit.name, done.result)
            yield unit, done.result
