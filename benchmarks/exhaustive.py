"""Which mutants an exhaustive search of the small scope finds, with how many operations.

Run it by hand, in pieces if need be:

    python benchmarks/exhaustive.py [--depth 3] [--beyond 2] [--only 'overlap-*'] [--found FILE]

Each mutant is searched at depth 1, then 2, then 3, until something contradicts the documentation: first in the scopes
where others that break the same rule were found, then in the small ones. Those whose rows declare that no such depth
shows them are searched too, in full, up to --beyond. Where a row declares otherwise than was found, it is said, and the
exit status is 1.

With --found each result is added to a file of JSON lines, and mutants that are in it are not searched again: so it can
be broken off and continued. The table at the end is that of docs/exhaust.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.explore.exhaust import Search, Searched, search
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference
from tools.tables import visibility


@dataclass(frozen=True, slots=True)
class Looked:
    """At which depth something was found, and in which scope; or up to which depth nothing was."""

    name: str
    depth: int
    scope: str
    seconds: float
    """CPU time."""

    def contradicts(self, mutant: Mutant) -> bool:
        """Whether the row of the mutant says otherwise."""
        if self.scope:
            return not mutant.visible(self.depth) or mutant.visible(self.depth - 1)
        return mutant.visible(self.depth)


def looked(mutant: Mutant, depth: int, beyond: int, likely: frozenset[str]) -> Looked:
    """Search for a mutant, first in the scopes where it is likely to show."""
    began, target = time.process_time(), reference()
    connection = EndpointFactory(target, DEFAULT_SPEC, mutant=mutant.name)
    terms = Judgement(DEFAULT_SPEC, mutant.strict_messages)
    most = depth if mutant.visible(depth) else min(depth, beyond)
    for operations in range(1, most + 1):
        scopes = Search(connection, terms, operations).scopes()
        for scope in sorted(scopes, key=lambda scope: (scope.name not in likely, len(scope.requests))):
            plan = Search(connection, terms, operations, only=(scope.name,), first=True)
            if any(result.failing for result in search(plan, Searched()).results.values()):
                return Looked(mutant.name, operations, scope.name, round(time.process_time() - began, 1))
    return Looked(mutant.name, most, "", round(time.process_time() - began, 1))


def everything(chosen: argparse.Namespace) -> Iterator[Looked]:
    """What is known, and what is found now."""
    known: dict[str, Looked] = {}
    if chosen.found is not None and chosen.found.exists():
        lines = chosen.found.read_text("utf-8").splitlines()
        known = {each.name: each for each in (Looked(**json.loads(line)) for line in lines)}
    for mutant in sorted(MUTANTS, key=lambda mutant: mutant.operations):
        if not fnmatchcase(mutant.name, chosen.only):
            continue
        found = known.get(mutant.name)
        if found is None:
            kin = (each for each in MUTANTS if each.violates == mutant.violates and each.name in known)
            likely = frozenset(known[each.name].scope for each in kin)
            found = known[mutant.name] = looked(mutant, chosen.depth, chosen.beyond, likely)
            if chosen.found is not None:
                with chosen.found.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(found)) + "\n")
        yield found


def main() -> int:
    """Search, and print what was found."""
    parser = argparse.ArgumentParser(description="Which mutants an exhaustive search finds.")
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--beyond", type=int, default=2, help="depth for those that are declared not to be visible")
    parser.add_argument("--only", default="*", help="names; * and ? allowed")
    parser.add_argument("--found", type=Path, help="results so far, a JSON line for each mutant")
    chosen = parser.parse_args()
    by_name, wrong = {mutant.name: mutant for mutant in MUTANTS}, 0
    for each in everything(chosen):
        otherwise = each.contradicts(by_name[each.name])
        wrong += otherwise
        what = f"found at depth {each.depth} ({each.scope})" if each.scope else f"not found up to depth {each.depth}"
        said = ", WHICH ITS ROW DECLARES OTHERWISE" if otherwise else ""
        sys.stdout.write(f"{each.name}: {what}, {each.seconds} s{said}\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{visibility()}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
