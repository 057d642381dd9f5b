"""Reads what `writer.py` writes, part by part and play by play, in bounded memory.

Rules of this file
1. The file is a stranger's: each line is checked, and lines, plays and the whole have their largest sizes.
2. A file that ends too early is read up to there, and that is known afterwards. Anything else that is wrong raises.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.judge.interaction import Transcript
from pbr_conformance.simulator.documentation.create import SPECS
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import TargetError, parse_document

from .replay_endpoint import KeptLine, Play
from .transcript_format import read_history, read_interactions
from .writer import TRANSCRIPT_FORMAT

_GZIP: Final = b"\x1f\x8b"
_MOST_LINE: Final = 8 * 1024 * 1024
"""Bytes of one line: an answer, and the request that it is to."""
_MOST_PLAY: Final = 32 * 1024 * 1024
"""Bytes of one play."""
_MOST_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Bytes of a file, when it is unpacked."""


class TranscriptError(ValueError):
    """What is wrong with a transcript, and where."""


@dataclass(frozen=True, slots=True)
class Part:
    """How the examination of a check begins in a transcript."""

    check: str
    partition: str
    spec: str
    strict_messages: bool
    seed: int
    target: Target


class Reader:
    """One pass over a file. `truncated` is known when all was read."""

    def __init__(self, path: Path) -> None:
        self.truncated = False
        self.requests = 0
        self._path = path
        self._number = 0
        self._size = 0
        self._last = 0

    def parts(self) -> Iterator[tuple[Part, list[KeptLine], Iterator[Play]]]:
        """Each part, what came before its plays, and its plays, to be read before the next. Raises TranscriptError."""
        lines = self._lines()
        line = next(lines, None)
        if line is None:
            raise TranscriptError(f"no transcript: {'it ends at once' if self.truncated else 'it is empty'}")
        while line is not None:
            part = self._checked(_part, line)
            self._pending: Mapping[str, Any] | None = None
            first = self._taken(lines)
            yield part, first, self._plays(lines)
            for _ in self._plays(lines):  # what nobody wanted
                pass
            line = self._pending

    def _plays(self, lines: Iterator[Mapping[str, Any]]) -> Iterator[Play]:
        while self._pending is not None and "play" in self._pending:
            play = self._checked(_play, self._pending)
            play.lines = self._taken(lines)
            yield play

    def _taken(self, lines: Iterator[Mapping[str, Any]]) -> list[KeptLine]:
        """What was sent until another kind of line, which is kept as `_pending`."""
        began, taken = self._size, []
        ended = False
        for line in lines:
            if "sent" in line or "together" in line:
                taken.append(KeptLine(tuple(self._checked(_sent, line)), self._last))
                self.requests += len(taken[-1].interactions)
            elif "end" in line:
                ended = True
            else:
                self._pending = line
                self.truncated = self.truncated or ("format" in line and not ended)
                return taken
            if self._size - began > _MOST_PLAY:
                raise TranscriptError(f"line {self._number}: a play of more than {_MOST_PLAY} bytes")
        self._pending = None
        self.truncated = self.truncated or not ended
        return taken

    def _checked(self, read: Any, line: Mapping[str, Any]) -> Any:
        try:
            return read(line)
        except (TargetError, ValueError, TypeError, KeyError, RecursionError) as error:
            said = str(error) if isinstance(error, ValueError | TargetError) else "not what a transcript has there"
            raise TranscriptError(f"line {self._number}: {said}".replace("\n", "; ")) from None

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        with self._path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            opened = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            while content := self._line(opened):
                try:
                    line = json.loads(content)
                except (ValueError, RecursionError):
                    raise TranscriptError(f"line {self._number}: no transcript: expected JSON") from None
                if not isinstance(line, dict):
                    raise TranscriptError(f"line {self._number}: no transcript: expected an object")
                yield line

    def _line(self, opened: BinaryIO) -> bytes:
        """The next line; nothing at the end, also where that comes too early."""
        try:
            content = opened.readline(_MOST_LINE + 1)
        except EOFError:
            self.truncated = True
            return b""
        except (zlib.error, gzip.BadGzipFile) as error:
            raise TranscriptError(f"behind line {self._number}: corrupt: {error}") from None
        self._number += 1
        self._last = len(content)
        self._size += self._last
        if len(content) > _MOST_LINE or self._size > _MOST_BYTES:
            what = "is longer" if len(content) > _MOST_LINE else "and those before are longer"
            raise TranscriptError(f"line {self._number}: {what} than a transcript may be")
        if content and not content.endswith(b"\n") and self._number > 1:
            self.truncated = True
            return b""
        return content


def _part(line: Mapping[str, Any]) -> Part:
    number = line.get("format")
    if isinstance(number, int) and not isinstance(number, bool) and number > TRANSCRIPT_FORMAT:
        raise ValueError(f"format {number}: written by a later version; expected {TRANSCRIPT_FORMAT}")
    if number == TRANSCRIPT_FORMAT and "exchanges" in line:
        raise ValueError("the transcript of one failure, which `replay` sends again; expected one of --keep-transcript")
    if number != TRANSCRIPT_FORMAT or isinstance(number, bool) or line.get("kind") != "run":
        raise ValueError(f'no transcript: expected "format": {TRANSCRIPT_FORMAT} and "kind": "run"')
    if line.get("spec") not in SPECS:
        raise ValueError(f"spec: expected one of {', '.join(SPECS)}")
    if line.get("check") not in BY_ADDRESS:
        raise ValueError("check: expected the address of a check")
    partition, strict, seed = line.get("lane"), line.get("strict_messages"), line.get("seed")
    if not isinstance(partition, str) or not isinstance(strict, bool) or not isinstance(seed, int):
        raise ValueError("expected lane (text), strict_messages (true or false) and seed (a number)")
    return Part(line["check"], partition, line["spec"], strict, seed, parse_document(line.get("account"), "account"))


def _sent(line: Mapping[str, Any]) -> Transcript:
    if "at" not in line or line["came"] is None:
        raise ValueError("at, came: expected what came, and when")
    return read_interactions(line)


def _play(line: Mapping[str, Any]) -> Play:
    mark, judged = line.get("mark"), line.get("judged")
    if not isinstance(mark, str) or not 0 < len(mark) <= 64 or not isinstance(judged, bool):
        raise ValueError("play: expected mark (up to 64 characters) and judged (true or false)")
    return Play(read_history(line["play"]), mark, judged)
