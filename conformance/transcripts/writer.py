"""What a run sent and what came, kept as it goes: enough to judge it again without sending anything.

Rules of this file
1. A part for each examination, a gzip member by itself: what a killed run has written is readable up to there.
2. A part begins with the terms and the account, without credentials; then plays, each followed by its requests.
3. Numbers and texts stand as they were sent and came. `recorded.py` reads them back.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.client.endpoint import Received, Timed
from pbr_conformance.conformance.learn.judgement import Terms
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import dump
from pbr_conformance.strategies.requests import Partition

from .transcript_format import write_request

FORMAT: Final = 1
NAME: Final = "transcript.jsonl.gz"
PARTS: Final = "transcript.parts"
QUICKLY: Final = 1
"""The level of compression: a run is not to wait for it."""


class Tape:
    """One part of a transcript, as it is written."""

    def __init__(self, path: Path, header: Mapping[str, object]) -> None:
        self._file = gzip.open(path, "wt", QUICKLY, encoding="utf-8", newline="\n")  # noqa: SIM115 (its owner closes it)
        self._write(
            {"format": FORMAT, "kind": "run", "tool": f"pbr-conformance {version('pbr-conformance')}", **header}
        )

    def plays(self, history: Sequence[Request], mark: str, judged: bool) -> None:
        """A history begins. `judged`: whether the verdict rests on it, or it only makes a failure small.

        What came before is on the disk then, whatever happens to the run.
        """
        self._write({"play": [write_request(each) for each in history], "mark": mark, "judged": judged})
        self._file.flush()

    def sent(self, request: Request, received: Received, at: int) -> None:
        """A request and what came, which was there by the endpoint's clock `at` (ms since the epoch)."""
        self._write({"sent": write_request(request), "came": write_received(received), "at": at})

    def sent_together(self, requests: Sequence[Request], came: Sequence[Timed], at: int) -> None:
        """Requests that were sent at the same time."""
        written = [{**write_received(each.received), "asked": each.asked, "answered": each.answered} for each in came]
        self._write({"together": [write_request(request) for request in requests], "came": written, "at": at})

    def close(self, whole: bool) -> None:
        """End the part; `whole`: the examination went to its end."""
        if whole:
            self._write({"end": True})
        self._file.close()

    def _write(self, line: Mapping[str, object]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")


@contextmanager
def keeping(
    parts: Path | None, address: str, partition: Partition | None, context: tuple[Target, Terms, int]
) -> Iterator[Tape | None]:
    """The tape of one check on its partition, if there is one. `context`: the account, the terms, and the seed."""
    if parts is None or partition is None:
        yield None
        return
    target, terms, seed = context
    header = {
        "check": address,
        "lane": partition.name,
        "spec": terms.spec,
        "strict_messages": terms.strict_messages,
        "seed": seed,
        "account": dump(target),
    }
    tape, whole = Tape(parts / f"{address.replace('/', '-')}.jsonl.gz", header), False
    try:
        yield tape
        whole = True
    finally:
        tape.close(whole)


def prepare(directory: Path) -> Path:
    """Where the parts of a run go; what an earlier one left is removed. Raises OSError."""
    parts = directory / PARTS
    if parts.exists():
        shutil.rmtree(parts)
    (directory / NAME).unlink(missing_ok=True)
    parts.mkdir()
    return parts


def join(parts: Path) -> Path:
    """Put the parts together in one file beside them, and remove them. Raises OSError."""
    whole = parts.parent / NAME
    unfinished = parts / "whole"
    with unfinished.open("wb") as into:
        for path in sorted(parts.glob("*.gz")):
            with path.open("rb") as part:
                shutil.copyfileobj(part, into)
    unfinished.replace(whole)
    shutil.rmtree(parts)
    return whole


def write_received(received: Received) -> dict[str, object]:
    """What came, as JSON has it."""
    if not isinstance(received, Answer):
        return {"kind": received.kind, "reason": received.reason}
    if received.members is None:
        return {"status": received.status, "text": received.text}
    return {"status": received.status, "members": dict(received.members)}
