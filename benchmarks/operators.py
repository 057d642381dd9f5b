"""What the mutation operators give: how many mutants a small scope shows, how many differ, and which are left out.

Run it by hand:

    python -m benchmarks.operators [--histories 4000] [--equivalents 100]

The small scope is the directed histories of a default run on the reference account, of at most 12 requests, so many
of them. Left out is what none of them shows. Of those, some are drawn, and each gets a proof or a reason: it answers
every request of the scope as the right simulator does; or the first answer that differs, which is allowed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Final

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.engine.power import directed_histories
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.mutants.generated import OPERATORS, generated, is_held_out
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.showing import Alike, RightPlay, differing, is_alike, is_same, played, shown_by
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import History
from tests.accounts import ACCOUNTS

_LONGEST: Final = 12
"""Requests of a history of the small scope."""
_FOR_SETS: Final = 400
"""Histories by which mutants are told apart."""


def main() -> None:
    """Print the counts, and for some of those left out what they do."""
    parser = argparse.ArgumentParser(description="What the mutation operators give.")
    parser.add_argument("--histories", type=int, default=4000)
    parser.add_argument("--equivalents", type=int, default=100)
    chosen = parser.parse_args()
    target = ACCOUNTS["reference"]
    short = (history for history in directed_histories(target) if len(history) <= _LONGEST)
    histories = list(islice(short, chosen.histories))
    left = {mutant.name: mutant for mutant in generated()}
    shown: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    step = max(1, len(histories) // _FOR_SETS)
    for number, history in enumerate(histories):
        asked = generated() if number % step == 0 else left.values()
        for name, place in shown_by(played(target, history, DEFAULT), asked, DEFAULT).items():
            shown[name].add((number, place) if number % step == 0 else (-1, -1))
            left.pop(name, None)
    _say(shown, sorted(left), len(histories))
    drawn = random.Random(1).sample(sorted(left), min(chosen.equivalents, len(left)))
    _explain([left[name] for name in drawn], histories, target)


def _explain(mutants: Sequence[Mutant], histories: Sequence[History], target: Target) -> None:
    """Print a proof or a reason for each mutant that is left out."""
    unproved = {mutant.name: mutant.stepper for mutant in mutants}
    reasons: dict[str, str] = {}
    requests = 0
    for history in histories:
        play = played(target, history, DEFAULT)
        requests += play.cost
        for name, stepper in list(unproved.items()):
            reason = difference(play, stepper)
            if reason is not None:
                reasons[name] = reason
                del unproved[name]
    out = sys.stdout.write
    out(
        f"of {len(mutants)} drawn, {len(unproved)} answer all {requests} requests of the scope as the right one does,\n"
    )
    out(f"and {len(reasons)} answer one otherwise, as they may:\n")
    out("".join(f"  proved by the scope: {name}\n" for name in unproved))
    out("".join(f"  {name}: {reason}\n" for name, reason in sorted(reasons.items())))


def difference(play: RightPlay, stepper: Stepper) -> str | None:
    """The first answer of a play that differs from the right one, which is allowed; None where none does."""
    account = Account(play.steps[0].before.target)
    for at in play.steps:
        if is_alike(stepper):
            received = next((received for received, _ in differing(at, Alike.of({0: stepper}), DEFAULT)), None)
        else:
            account, answer = stepper(account, at.request, at.now, DEFAULT)
            received = None if is_same(answer, at.answer) else answer
        if received is not None:
            sent = {name: text for name, text in at.request.parameters.items() if name != "RegionId"}
            return f"{at.request.action} {sent} is answered {_brief(received)}, rightly {_brief(at.answer)}"
    return None


def _brief(received: Received) -> str:
    return f"{received.status} {received.code or ''}".strip() if isinstance(received, Answer) else "with nothing"


def _say(shown: dict[str, set[tuple[int, int]]], left: list[str], histories: int) -> None:
    visible = Counter(name.partition(":")[0] for name in shown)
    sets = {frozenset(places) for places in shown.values()}
    share = max(visible.values()) / len(shown)
    out = sys.stdout.write
    out(f"{len(generated())} mutants of {len(OPERATORS)} operators; {histories} histories, ")
    out(f"each of at most {_LONGEST} requests\n{len(shown)} are shown, ")
    out(f"in {len(sets)} different sets of requests; {len(left)} are left out\n")
    out(f"operators that show: {len(visible)}; the largest has {share:.1%}\n")
    out(f"held out: {sum(is_held_out(m) and m.name in shown for m in generated())}\n")
    out("".join(f"  {count:4} {name}\n" for name, count in visible.most_common()))


if __name__ == "__main__":
    main()
