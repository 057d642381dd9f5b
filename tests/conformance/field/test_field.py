"""The field: a correct endpoint is never accused, nobody else's route is touched, nothing of ours is left unnamed.

One seed of some rows and pairs; with PBR_FIELD_SEEDS=20 so many of each, which print how much they sent.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Final

import pytest

from .rig import outcome
from .rows import PAIRS, ROWS, field_of

SEEDS: Final = int(os.environ.get("PBR_FIELD_SEEDS", "0"))
SOME: Final = (
    *((name,) for name in ROWS),
    *(("neighbour", other) for other in ("lag of 1 to 2 s", "late effects", "kill")),
    *(("lag of 1 to 2 s", other) for other in ("second client", "resets", "throttling", "lost answers", "kill")),
    *PAIRS[-3:],
)
ALL: Final = (*((name,) for name in ROWS), *PAIRS)


@pytest.mark.slow
@pytest.mark.parametrize("names", ALL if SEEDS else SOME, ids=" and ".join)
def test_a_correct_endpoint_is_not_accused_and_theirs_stay(names: tuple[str, ...]) -> None:
    runs = requests = 0
    problems: list[str] = []
    for seed in range(max(SEEDS, 1)):
        number = zlib.crc32(f"{seed} {names}".encode())
        ended = outcome(field_of(names, number), number)
        runs, requests = runs + len(ended.reports), requests + ended.requests
        problems += [f"seed {seed}: {problem}" for problem in ended.problems]
    print(f"{' and '.join(names)}: {runs} runs, {requests} requests")  # noqa: T201
    assert not problems, "\n".join(problems)


def test_the_documentation_has_every_row() -> None:
    page = (Path(__file__).parents[3] / "docs" / "field.md").read_text(encoding="utf-8")
    table = page.partition("| row | what befalls the account |\n")[2].partition("\n\n")[0]
    assert [line.split("|")[1].strip() for line in table.splitlines()[1:]] == list(ROWS)
