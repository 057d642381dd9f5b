"""A process that serves accounts for a test, which can't replace a clock, a loop or a thread there.

Rules of this file
1. Each message is a pickled tuple: what to do, and for which account. Each gets one answer: a URL, or None.
2. Who asks waits by reading a pipe, and for nothing else. The process ends at None, or when the pipe is closed.
3. What calls back into the test's own process can't be served from here: `may_serve` says so.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step

from .service import ServerConfig

_CODE: Final = f"import sys; sys.path += sys.argv[1:]; from {__name__} import answer_messages; answer_messages()"


def may_serve(config: ServerConfig) -> bool:
    """Whether an account that is served like this can be served by another process."""
    return config.stepper is step and config.store is None and config.page is None


class RunningServer(NamedTuple):
    """A server that somebody runs for us."""

    url: str
    reset: Callable[[], None]
    """Removes routes, tokens and pending changes, as `POST /_control/reset` does."""


class ServerProcess:
    """A process of its own that serves accounts on 127.0.0.1; a context that ends it."""

    def __init__(self) -> None:
        """Start it. It is waited for when it is first told something."""
        command = [sys.executable, "-P", "-c", _CODE, *filter(None, sys.path)]
        self._process = Popen(command, stdin=PIPE, stdout=PIPE)
        self._started = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # it has ended
            pickle.dump(None, self._process.stdin)  # a process that a test forked may keep the pipe open
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    @contextmanager
    def serving(self, target: Target, config: ServerConfig) -> Iterator[RunningServer]:
        """Serve an account for as long as the context lasts."""
        self._started += 1
        number = self._started
        url = self._tell("start", number, target, config)
        assert url is not None
        try:
            yield RunningServer(url, lambda: self._do("reset", number))
        finally:
            self._do("stop", number)

    def _do(self, what: str, number: int) -> None:
        self._tell(what, number)

    def _tell(self, *message: Any) -> str | None:
        """Send a message, and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()
            answer: str | OSError | None = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            raise ConnectionError("the process that serves the endpoints of these tests has ended") from None
        if isinstance(answer, OSError):
            raise answer
        return answer


class _Served:
    """The accounts that this process serves, by the number that the other one gave them."""

    def __init__(self, run: Callable[[Target, ServerConfig], AbstractContextManager[RunningServer]]) -> None:
        self._run = run
        self._held: dict[int, tuple[RunningServer, ExitStack]] = {}

    def answer(self, do: str, number: int, *account: Any) -> str | OSError | None:
        """Do what a message says."""
        if do == "start":
            return self._start(number, *account)
        server, held = self._held[number]
        if do == "reset":
            server.reset()
        else:
            held.close()
            del self._held[number]
        return None

    def _start(self, number: int, target: Target, config: ServerConfig) -> str | OSError:
        held = ExitStack()
        try:
            server = held.enter_context(self._run(target, config))
        except OSError as error:
            return error
        self._held[number] = server, held
        return server.url


def answer_messages() -> None:
    """Serve what standard input says, until it ends. Ctrl-C is for the process that began this one."""
    from .server import running

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    messages, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints is no answer
    served = _Served(running)
    with suppress(EOFError):
        while message := pickle.load(messages):
            pickle.dump(served.answer(*message), answers)
            answers.flush()
    os._exit(0)  # nobody is left who asks for an answer
