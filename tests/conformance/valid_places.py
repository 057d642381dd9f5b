"""Places in the space of valid requests, drawn at random, where an endpoint refuses for no reason.

Rules of this file
1. A place is one class of values, or two together, that a valid request has in an account with some routes and a past.
2. Classes are told from the request, the account and its past; the strategies of the suite are not asked.
3. Every class is as likely as any other to be drawn, however rare it is among random requests.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable, Iterator
from string import ascii_letters, digits, punctuation
from typing import Final

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START, Stepper
from pbr_conformance.conformance.engine.power import directed_histories
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.operators import memory, remembers
from pbr_conformance.conformance.mutants.row import refusing
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.conformance.mutants.stateful import deletion
from pbr_conformance.conformance.mutants.steppers import Keeping
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import Case, creation_of
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.rules.oracle import assess
from pbr_conformance.strategies.forms import kind_of
from pbr_conformance.strategies.plain_requests import create, delete, is_plain, ordinary

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
_ESCAPED: Final = "&<>'\"%+=\\/?#;"
"""Characters that some escaping changes: of XML, HTML, URLs, JSON or a shell."""
_IN_TOKENS: Final = f"{punctuation} "
_DRAWN: Final = 4000
"""Random valid requests by which it is known which classes there are, and which of them meet."""
_GONE: Final = "gone"


def places(target: Target, number: int, seed: int) -> Iterator[Mutant]:
    """Simulators that refuse at a random place, each at one of its own: half of one class, half of two together."""
    dice, seen = random.Random(seed), set[str]()
    by_class: dict[str, list[frozenset[str]]] = {}
    for _ in range(_DRAWN):
        found = _classes_of_valid(target, dice)
        for name in sorted(found):
            by_class.setdefault(name, []).append(found)
    names = sorted(by_class)
    while len(seen) < number:
        name = dice.choice(names)
        others = sorted(dice.choice(by_class[name]) - {name})
        chosen = sorted([name] if len(seen) % 2 else [name, dice.choice(others)])
        words = " and ".join(chosen)
        if words not in seen:
            seen.add(words)
            yield Mutant(words, f"refused: {words}", "answer/success", _stepper(words, chosen))


def _stepper(words: str, chosen: Iterable[str]) -> Stepper:
    wanted = frozenset(chosen)
    refuses = refusing(words, lambda case: wanted <= classes_of(case))
    return Keeping(remembers(_GONE, deletion, refuses)) if "after" in words else refuses


def _classes_of_valid(target: Target, dice: random.Random) -> frozenset[str]:
    """The classes of a random valid creation, in an account with some routes and a past."""
    gateways = [each for each in target.gateways if each.scratch and is_plain(each)]
    while True:
        account, now = _random_account(target, gateways, dice)
        request = create(_random_values(target, dice.choice(gateways), dice))
        if not any(True for _ in assess(account, request, now)):
            return classes_of(Case(account, creation_of(request), request.caller, now))


def _random_account(target: Target, gateways: list[Gateway], dice: random.Random) -> tuple[Account, int]:
    """An account after up to four creations, some of which were deleted, and the time then."""
    stepper, account, now = remembers(_GONE, deletion, step), Account(target), VIRTUAL_START
    for _ in range(dice.randrange(5)):
        values = _random_values(target, dice.choice(gateways), dice)
        for request in (create(values), delete(values))[: dice.choice((1, 2))]:
            now += 60_000
            account, _answer = stepper(account, request, now, DEFAULT)
    return account, now + 60_000


def _random_values(target: Target, gateway: Gateway, dice: random.Random) -> dict[str, str]:
    """The parameters of a creation with any valid values."""
    texts: dict[str, str | None] = {
        "RouteSource": _random_prefix(dice),
        "RouteDest": _random_prefix(dice),
        "Weight": dice.choice(("0", "100")),
        "PublishVpc": dice.choice(("true", "false", "True", "FALSE")),
        "NextHop": dice.choice(gateway.connections),
        "OverlayMode": dice.choice((None, "Ipsec")),
        "Priority": str(dice.randint(1, 100)) if gateway.priority and dice.random() < 0.7 else None,
        "Description": "".join(dice.choices(_LETTERS, k=dice.choice((1, 5, 50)))) if dice.random() < 0.7 else None,
        "ClientToken": "".join(dice.choices(ascii_letters + digits + _IN_TOKENS, k=dice.choice((1, 8, 36, 64))))
        if dice.random() < 0.5
        else None,
    }
    if texts["RouteSource"] and dice.random() < 0.2:
        texts["RouteDest"] = _related(texts["RouteSource"], dice)
    return ordinary(target, gateway, **texts)


def _related(text: str, dice: random.Random) -> str:
    """The same prefix, or one around it or inside it."""
    prefix = parse(text)
    assert prefix is not None
    length = dice.choice((prefix.length, dice.randint(0, 32)))
    network = prefix.network | dice.getrandbits(32) & ~MASKS[prefix.length]
    return str(Prefix(network & MASKS[length], length))


def _random_prefix(dice: random.Random) -> str:
    length, network = dice.randint(0, 32), dice.getrandbits(32)
    if dice.random() < 0.5:
        block = parse(dice.choice(list(_BLOCKS.values())))
        assert block is not None
        inside = dice.choice((network, network, 0, 0xFFFFFFFF)) & ~MASKS[block.length]
        network, length = block.network | inside, max(length, dice.randint(block.length, 32))
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
    blocks = {name: block for name, text in _BLOCKS.items() if (block := parse(text)) is not None}
    if not any(block.overlaps(prefix) for block in blocks.values()):
        yield "in public"
    for name, block in blocks.items():
        if block.contains(prefix):
            yield f"in {name}"
            if prefix.network == block.network:
                yield f"at the beginning of {name}"
            elif prefix.network | ~MASKS[prefix.length] == block.network | ~MASKS[block.length]:
                yield f"at the end of {name}"


def _of_values(case: Case) -> Iterator[str]:
    creation, texts = case.creation, case.creation.texts
    priority = creation.priority if creation.priority_sent else None
    if priority is None:
        yield "no priority"
    else:
        yield f"a priority of the decade {priority // 10}"
        yield "an odd priority" if priority % 2 else "an even priority"
    yield f"weight {creation.weight}"
    yield "published" if creation.publish else "not published"
    yield from _of_texts(texts.get("Description", ""), texts.get("ClientToken", ""))
    yield "with OverlayMode" if texts.get("OverlayMode") else "without OverlayMode"


def _of_texts(description: str, token: str) -> Iterator[str]:
    if not description:
        yield "no description"
    yield from (f"a description with {unicodedata.category(c)}" for c in set(description))
    yield from (f"a description with {c!r}" for c in _ESCAPED if c in description)
    if not token:
        yield "no token"
        return
    yield "a token with capital letters" if token != token.lower() else "a token without capital letters"
    yield from (f"a token with {c!r}" for c in _IN_TOKENS if c in token)
    yield f"a token that begins with a {'digit' if token[0].isdigit() else 'letter' if token[0].isalpha() else 'sign'}"
    yield f"a token of {'64' if len(token) == 64 else 'more than 32' if len(token) > 32 else 'few'} characters"


def _of_account(case: Case) -> Iterator[str]:
    """The kind of the gateway, and what there is, or was, on it, on others of its VPC, and in other VPCs."""
    own, fellows = case.known.gateway.id, case.known.neighbours
    far = [each.id for each in case.account.target.gateways if each.id != own and each.id not in fellows]
    yield f"on a gateway: {kind_of(case.known.gateway)}"
    for where, names in (("the gateway", (own,)), ("another gateway of the VPC", fellows), ("another VPC", far)):
        there = [route for name in names for route in case.account.table(name)]
        gone = [route for name in names for route in memory(case.account, _GONE, name)]
        yield f"beside {'some' if there else 'no'} route of {where}"
        if any(route.published for route in there):
            yield f"beside a published route of {where}"
        if gone:
            yield f"after a deletion on {where}"
        if any(route.published for route in gone):
            yield f"after the deletion of a published route on {where}"


# --- What a default run sends -----------------------------------------------------------------------------------------


def found_in(target: Target, mutants: list[Mutant]) -> set[str]:
    """The mutants that the directed histories of a default run show, whatever its random ones find besides."""
    left = {mutant.name: mutant for mutant in mutants}
    for history in directed_histories(target):
        for name in shown_by(played(target, history, DEFAULT), left.values(), DEFAULT):
            del left[name]
    return {mutant.name for mutant in mutants} - left.keys()
