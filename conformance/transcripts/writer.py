"""What a run sent and what came, kept as it goes: enough to judge it again without sending anything.

Rules of this file
1. A part for each examination, a gzip member by itself: what a killed run has written is readable up to there.
2. A part begins with the terms and the account, without credentials; then plays, each followed by its requests.
3. Numbers and texts stand as they were sent and came. `reader.py` reads them back.
4. A disk that refuses a part ends that part, and not the run.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, Final

from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import dump
from pbr_conformance.strategies.plain_requests import Partition

from .transcript_format import write_batch, write_interaction, write_request

TRANSCRIPT_FORMAT: Final = 1
TRANSCRIPT_NAME: Final = "transcript.jsonl.gz"
TRANSCRIPT_PARTS: Final = "transcript.parts"
_QUICKLY: Final = 1
"""The level of compression: a run is not to wait for it."""


class TranscriptWriter:
    """One part of a transcript, as it is written."""

    def __init__(self, path: Path, header: Mapping[str, object]) -> None:
        self.trouble = ""
        """Why it is not whole, if the disk refused something. The run goes on without it."""
        self._file: IO[str] | None = None
        with self._losing():
            self._file = gzip.open(path, "wt", _QUICKLY, encoding="utf-8", newline="\n")  # noqa: SIM115 (its owner closes it)
        self._write(
            {
                "format": TRANSCRIPT_FORMAT,
                "kind": "run",
                "tool": f"pbr-conformance {version('pbr-conformance')}",
                **header,
            }
        )

    def plays(self, history: Sequence[Request], mark: str, *, judged: bool, before: Sequence[Interaction]) -> None:
        """A history begins. `judged`: whether the verdict rests on it, or it only makes a failure small.

        `before` is what was sent until now, which is on the disk then, whatever happens to the run.
        """
        self.sent(before)
        self._write({"play": [write_request(each) for each in history], "mark": mark, "judged": judged})
        if self._file is not None and not self.trouble:
            with self._losing():
                self._file.flush()

    def sent(self, transcript: Sequence[Interaction]) -> None:
        """Requests and what came for them, in the order in which they were sent."""
        to_come = iter(transcript)
        for sent in to_come:
            batch = [sent, *islice(to_come, sent.together - 1)] if sent.together else []
            self._write(write_batch(batch) if batch else write_interaction(sent))

    def close(self, whole: bool) -> None:
        """End the part; `whole`: the examination went to its end."""
        if whole:
            self._write({"end": True})
        if self._file is not None:
            with self._losing():
                self._file.close()

    def _write(self, line: Mapping[str, object]) -> None:
        if self._file is not None and not self.trouble:
            with self._losing():
                self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Note what the disk refuses."""
        try:
            yield
        except OSError as error:
            self.trouble = self.trouble or error.strerror or str(error)


@contextmanager
def keeping(
    parts: Path | None, address: str, partition: Partition | None, *, target: Target, terms: Judgement, seed: int
) -> Iterator[TranscriptWriter | None]:
    """The writer of what one check sends on its partition, if that is kept."""
    if parts is None or partition is None:
        yield None
        return
    header = {
        "check": address,
        "lane": partition.name,
        "spec": terms.spec,
        "strict_messages": terms.strict_messages,
        "seed": seed,
        "account": dump(target),
    }
    writer, whole = TranscriptWriter(parts / f"{address.replace('/', '-')}.jsonl.gz", header), False
    try:
        yield writer
        whole = True
    finally:
        writer.close(whole)


def prepare(directory: Path) -> Path:
    """Where the parts of a run go; what an earlier one left is removed. Raises OSError."""
    parts = directory / TRANSCRIPT_PARTS
    if parts.exists():
        shutil.rmtree(parts)
    (directory / TRANSCRIPT_NAME).unlink(missing_ok=True)
    parts.mkdir()
    return parts


def join(parts: Path) -> Path:
    """Put the parts together in one file beside them, and remove them. Raises OSError."""
    whole = parts.parent / TRANSCRIPT_NAME
    unfinished = parts / "whole"
    with unfinished.open("wb") as into:
        for path in sorted(parts.glob("*.gz")):
            with path.open("rb") as part:
                shutil.copyfileobj(part, into)
    unfinished.replace(whole)
    shutil.rmtree(parts)
    return whole
