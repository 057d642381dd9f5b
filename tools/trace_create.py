"""Trace one create through `run` and through `serve`: its files, its functions, and where it climbs.

    python -m tools.trace_create

Rules of this file
1. A climb is a call from a room into one that stands above it in the contracts of pyproject.toml. The caller is the
   nearest function of the product on the stack, so that a callback through a library counts too.
2. A return is no climb. Where a function of a higher package is entered next, after one of a lower package, that is
   counted as a way back up: a create that is judged after it was sent has some.
3. What is traced is one request and its answer: not the start of a session or of a server, which end before it.
"""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Final
from urllib.parse import urlencode, urlsplit

from .house.product import FOLDERS
from .house.rooms import Layers, read_layers

CHECKOUT: Final = Path(__file__).parents[1]
Rooms = list[str]


@dataclass(frozen=True, order=True)
class Call:
    """A function of the product calls another; both are written `folder/module.py:function`."""

    caller: str
    called: str

    def __str__(self) -> str:
        return f"{self.caller} -> {self.called}"


@dataclass
class Trace:
    """The functions of the product that were entered, in order, and the calls that led up."""

    checkout: Path
    layers: Mapping[str, Layers]
    moves: Mapping[str, str] = field(default_factory=dict)
    """Where a file of an older checkout stands now, for its room."""
    entered: list[str] = field(default_factory=list)
    climbs: list[Call] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        return sorted({function.partition(":")[0] for function in self.entered})

    @property
    def functions(self) -> list[str]:
        """Every function once, without lambdas and comprehensions."""
        return sorted({function for function in self.entered if not function.endswith(">")})

    @property
    def ways_back_up(self) -> list[Call]:
        return [Call(*pair) for pair in pairwise(self.entered) if self._is_up("", *map(self._rooms, pair))]

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Note a call. This is a profile function, as `sys.setprofile` takes it."""
        called = self._name(frame.f_code) if event == "call" else None
        if called is None:
            return
        self.entered.append(called)
        caller = next(filter(None, (self._name(above.f_code) for above in _above(frame))), None)
        if caller is not None and any(self._is_up(at, *map(self._rooms, (caller, called))) for at in self.layers):
            self.climbs.append(Call(caller, called))

    def _name(self, code: CodeType) -> str | None:
        """The name of a function of the product; nothing for another one, and for the body of a module."""
        path = Path(code.co_filename)
        if not path.is_relative_to(self.checkout) or code.co_name == "<module>":
            return None
        file = path.relative_to(self.checkout)
        return f"{file.as_posix()}:{code.co_qualname}" if file.parts[0] in FOLDERS else None

    def _is_up(self, folder: str, here: Rooms, there: Rooms) -> bool:
        """Whether the second function is in a higher room of a folder than the first."""
        above = folder.split(".") if folder else []
        depth = len(above)
        if here[:depth] != above or there[:depth] != above or here[depth] == there[depth]:
            return False
        low, high = (self.layers[folder].rank(rooms[depth]) for rooms in (here, there))
        return low is not None and high is not None and low <= high

    def _rooms(self, function: str) -> Rooms:
        """The folders of a function, from the outside in, and its module."""
        file = function.partition(":")[0]
        return list(Path(self.moves.get(file, file)).with_suffix("").parts)


def _above(frame: FrameType) -> Iterator[FrameType]:
    above = frame.f_back
    while above is not None:
        yield above
        above = above.f_back


def through_run(trace: Trace) -> None:
    """Play creates on the embedded endpoint, as `run --budget` does it: with no request between them."""
    from pbr_conformance.conformance.client.endpoint import Embedded
    from pbr_conformance.conformance.engine.session import Session
    from pbr_conformance.conformance.learn.judgement import Judgement
    from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
    from pbr_conformance.simulator.model.messages import Request
    from pbr_conformance.simulator.model.target_file import reference
    from pbr_conformance.strategies.plain_requests import create, fillers, look, partitions

    target = reference()
    session = Session(Embedded(target), partitions(target)[0], Judgement(DEFAULT_SPEC), lazy=True)
    asked = count()

    def before_each(_: Request) -> bool:
        """Trace the second of three requests: what a process does once has been done for the first."""
        sys.setprofile(trace if next(asked) == 1 else None)
        return True

    history = [*map(create, fillers(target, target.gateways[0], 2)), look(target, target.gateways[0])]
    assert session.play(history, may_continue=before_each) is None


def through_serve(trace: Trace) -> None:
    """Send one create to a server in this process, on a connection that has had an answer before."""
    from pbr_conformance.simulator.model.target_file import reference
    from pbr_conformance.simulator.server.server import serving
    from pbr_conformance.strategies.plain_requests import ordinary

    target = reference()
    parameters = ordinary(target, target.gateways[0])
    profile = _Switch(trace)
    threading.setprofile(profile)
    try:
        with serving() as url:
            connection = http.client.HTTPConnection(urlsplit(url).netloc)
            _create(connection, {**parameters, "DryRun": "true"})
            profile.on = True
            status = _create(connection, parameters)
            profile.on = False
            connection.close()
            assert status == 200
    finally:
        threading.setprofile(None)


@dataclass
class _Switch:
    """A profile function of a server's thread, which starts long before it is to be traced."""

    trace: Trace
    on: bool = False

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if self.on:
            self.trace(frame, event, argument)


def _create(connection: http.client.HTTPConnection, parameters: Mapping[str, str]) -> int:
    query = {"Action": "CreateVpnPbrRouteEntry", "Version": "2016-04-28", "Format": "JSON", **parameters}
    connection.request("POST", "/", urlencode(query), {"Content-Type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    response.read()
    return response.status


def described(way: str, trace: Trace) -> Iterator[str]:
    """Yield the counts of one way, then its files, its climbs and its ways back up."""
    yield (
        f"{way}: {len(trace.files)} files, {len(trace.functions)} functions, {len(trace.climbs)} climbs, "
        f"{len(trace.ways_back_up)} ways back up"
    )
    for file in trace.files:
        yield f"    {file}: {sum(function.startswith(f'{file}:') for function in trace.functions)} functions"
    for kind, calls in (("climbs", trace.climbs), ("back up", trace.ways_back_up)):
        yield from (f"    {kind} x{calls.count(call)}: {call}" for call in dict.fromkeys(calls))


def traced(way: Callable[[Trace], None]) -> Trace:
    """Trace one way of a create through this checkout."""
    trace = Trace(CHECKOUT, read_layers(CHECKOUT / "pyproject.toml"))
    way(trace)
    return trace


def main() -> None:
    for name, way in WAYS.items():
        sys.stdout.writelines(f"{line}\n" for line in described(name, traced(way)))


WAYS: Final[Mapping[str, Callable[[Trace], None]]] = {"run": through_run, "serve": through_serve}

if __name__ == "__main__":
    main()
