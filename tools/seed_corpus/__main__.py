"""Writes seed_corpus.json after a mutant, a check or a breaker was added; it takes two or three minutes."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

from pbr_conformance.conformance.coverage import seed_corpus
from pbr_conformance.conformance.coverage.gateway_roles import GatewayRoles
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference

from .corpus_writer import write
from .dry_play import DryPlay
from .search import Chosen, Search

PATH = Path(seed_corpus.__file__).with_name("seed_corpus.json")


def written(chosen: Chosen) -> dict[str, object]:
    """One history of the seed corpus: what it is for, and its requests, each with its checks if it sets no scene."""
    dry_play, roles = DryPlay(chosen.history, chosen.partition, Judgement(DEFAULT_SPEC)), GatewayRoles(chosen.partition)
    tells: defaultdict[int, set[str]] = defaultdict(set)
    for mutant in map(by_name, sorted(chosen.exposes)):
        tells[dry_play.reached(mutant.stepper)].add(mutant.violates)
    requests = [
        write(roles, request, tells[place] if _only_asks(dry_play, place) and tells[place] else None)
        for place, request in enumerate(chosen.history)
    ]
    return {"for": sorted({by_name(name).violates for name in chosen.exposes}), "requests": requests}


def _only_asks(dry_play: DryPlay, place: int) -> bool:
    """Whether a request of a history is a creation that changes nothing."""
    return dry_play.history[place].action == CREATE and not dry_play.changes(place)


def text(items: list[dict[str, object]]) -> str:
    """The seed corpus as JSON, with a line for each request."""
    histories = []
    for item in items:
        requests = item["requests"]
        assert isinstance(requests, list)
        lines = ",\n".join(f"    {json.dumps(request, ensure_ascii=False)}" for request in requests)
        histories.append(f'  {{"for": {json.dumps(item["for"])}, "requests": [\n{lines}\n  ]}}')
    return "[\n" + ",\n".join(histories) + "\n]\n"


def main() -> int:
    """Search, write, and say whether anything changed. The exit status: 130 where it was interrupted."""
    items = []
    try:
        for chosen in Search(reference(), DEFAULT_SPEC).portions():
            items.append(written(chosen))
            sys.stderr.write(
                f"{len(chosen.history)} requests on {chosen.partition.name} expose {len(chosen.exposes)}\n"
            )
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted: {PATH.name} is as it was\n")
        return 130
    new, old = text(items), PATH.read_text("utf-8") if PATH.exists() else ""
    PATH.write_text(new, "utf-8")
    sys.stderr.write(f"{PATH.name}: {'as it was' if new == old else 'changed'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
