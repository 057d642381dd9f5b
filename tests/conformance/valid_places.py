"""Places in the space of valid requests, drawn at random, where an endpoint refuses for no reason.

A place is one class of values, or two together, that a random valid request has. The classes are told from the request
and from what there is before it; the strategies of the suite are not asked.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from pbr_conformance.conformance.engine.power import directed_histories
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.row import refusing
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.creation import Case, creation_of
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.rules.oracle import assess
from pbr_conformance.strategies.forms import kind_of
from pbr_conformance.strategies.plain_requests import create, is_plain, ordinary

_BLOCKS: Final = {
    "private 10": "10.0.0.0/8",
    "private 172": "172.16.0.0/12",
    "private 192": "192.168.0.0/16",
    "loopback": "127.0.0.0/8",
    "link-local": "169.254.0.0/16",
    "multicast": "224.0.0.0/4",
    "reserved": "240.0.0.0/4",
    "shared": "100.64.0.0/10",
    "this network": "0.0.0.0/8",
}
_LETTERS: Final = [c for c in map(chr, (*range(32, 1500), *range(0x2000, 0x2C00))) if unicodedata.category(c) != "Cn"]


def places(target: Target, number: int, seed: int) -> Iterator[Mutant]:
    """Simulators that refuse at a random place, each at one of its own."""
    dice, seen = random.Random(seed), set[str]()
    while len(seen) < number:
        request = _random_valid(target, dice)
        case = Case(Account(target), creation_of(request), "owner", None)
        if any(True for _ in assess(case.account, request)):
            continue
        chosen = sorted(dice.sample(sorted(classes_of(case)), dice.choice((1, 2))))
        words = " and ".join(chosen)
        if words not in seen:
            seen.add(words)
            yield Mutant(words, f"refused: {words}", "answer/success", refusing(words, _of(chosen)))


def _of(chosen: Iterable[str]) -> Callable[[Case], bool]:
    wanted = frozenset(chosen)
    return lambda case: wanted <= classes_of(case)


def _random_valid(target: Target, dice: random.Random) -> Request:
    """A creation on an empty gateway with any valid values."""
    gateway = dice.choice([each for each in target.gateways if each.scratch and is_plain(each)])
    texts: dict[str, str | None] = {
        "RouteSource": _random_prefix(dice),
        "RouteDest": _random_prefix(dice),
        "Weight": dice.choice(("0", "100")),
        "PublishVpc": dice.choice(("true", "false", "True", "FALSE")),
        "NextHop": dice.choice(gateway.connections),
        "OverlayMode": dice.choice((None, "Ipsec")),
        "Priority": str(dice.randint(1, 100)) if gateway.priority and dice.random() < 0.7 else None,
        "Description": "".join(dice.choices(_LETTERS, k=dice.choice((1, 5, 50)))) if dice.random() < 0.7 else None,
        "ClientToken": "".join(dice.choices("abcXYZ019-_ +%&=", k=dice.choice((8, 36, 64))))
        if dice.random() < 0.5
        else None,
    }
    return create(ordinary(target, gateway, **texts))


def _random_prefix(dice: random.Random) -> str:
    length, network = dice.randint(0, 32), dice.getrandbits(32)
    if dice.random() < 0.5:
        block = parse(dice.choice(list(_BLOCKS.values())))
        assert block is not None
        network = block.network | network & ~MASKS[block.length]
    return str(Prefix(network & MASKS[length], length))


def classes_of(case: Case) -> frozenset[str]:
    """The classes of a creation that can be read, on a gateway that exists."""
    return frozenset((*_of_prefixes(case), *_of_values(case), *_of_account(case)))


def _of_prefixes(case: Case) -> Iterator[str]:
    source, destination = case.creation.source_prefix, case.creation.destination_prefix
    if source is None or destination is None:
        return
    for side, prefix in (("source", source), ("destination", destination)):
        yield f"a {side} of length {prefix.length}"
        yield from (f"a {side} {where}" for where in _in_blocks(prefix))
    if source == destination:
        yield "equal prefixes"
    elif source.overlaps(destination):
        yield "a source around the destination" if source.length < destination.length else "a source in the destination"


def _in_blocks(prefix: Prefix) -> Iterator[str]:
    for name, text in _BLOCKS.items():
        block = parse(text)
        if block is not None and block.contains(prefix):
            yield f"in {name}"
            if prefix.network == block.network:
                yield f"at the beginning of {name}"
            elif prefix.network | ~MASKS[prefix.length] == block.network | ~MASKS[block.length]:
                yield f"at the end of {name}"


def _of_values(case: Case) -> Iterator[str]:
    creation, texts = case.creation, case.creation.texts
    priority = creation.priority if creation.priority_sent else None
    if priority is not None:
        yield f"a priority of the decade {priority // 10}"
        yield "an odd priority" if priority % 2 else "an even priority"
    yield f"weight {creation.weight}"
    yield "published" if creation.publish else "not published"
    yield from (f"a description with {unicodedata.category(c)}" for c in set(texts.get("Description", "")))
    yield from (f"a description with {c!r}" for c in "&<>'\"%+=" if c in texts.get("Description", ""))
    token = texts.get("ClientToken", "")
    if token:
        yield "a token with capital letters" if token != token.lower() else "a token without capital letters"
        yield from (f"a token with {c!r}" for c in " +%&=_" if c in token)
        yield f"a token of {'64' if len(token) == 64 else 'fewer'} characters"
    yield "with OverlayMode" if texts.get("OverlayMode") else "without OverlayMode"


def _of_account(case: Case) -> Iterator[str]:
    yield f"on a gateway: {kind_of(case.known.gateway)}"
    yield "where the gateway has routes" if len(case.table) else "where the gateway is empty"


# --- What a default run sends -----------------------------------------------------------------------------------------


def found_in(target: Target, mutants: list[Mutant], most: int | None = None) -> set[str]:
    """The mutants that the directed histories of a default run show, whatever its random ones find besides."""
    left = {mutant.name: mutant for mutant in mutants}
    for history in islice(directed_histories(target), most):
        for name in shown_by(played(target, history, DEFAULT), left.values(), DEFAULT):
            del left[name]
    return {mutant.name for mutant in mutants} - left.keys()
