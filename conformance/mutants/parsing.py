"""Faults in reading texts, prefixes and quotas: the arguments of operators.

Rules of this file
1. Each is what code in the field does, or a language's library: not noise.
2. A text that such code cannot read stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pbr_conformance.simulator.model.prefixes import MASKS, Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.creation import DEFAULT_PRIORITY, Case

from .operators import PrefixPair, Relation, memory

Reread = Callable[[str | None], str | None]

EVERYTHING: Final = tuple(condition.id for condition in CONDITIONS if condition.subject is not Concern.NO_GATEWAY)
"""Every condition that something can be created in spite of."""


# --- Texts --------------------------------------------------------------------------------------------------------


def reread(read: Callable[[str], str]) -> Reread:
    """Reads a text in another way, if it can be read so."""

    def attempt(text: str | None) -> str | None:
        try:
            return text and read(text)
        except (ValueError, OverflowError):
            return text

    return attempt


def number(read: Callable[[str], float]) -> Reread:
    """Reads a number with something laxer than plain decimal digits."""
    return reread(lambda text: str(int(read(text))))


def instead(*wrong: str | None, of: str | None) -> Reread:
    """Takes some texts (None: absent) for another."""
    return lambda text: of if text in wrong else text


def a_boolean(otherwise: str) -> Reread:
    """Takes everything that is neither true nor false for one of them."""
    return lambda text: text if not text or text.lower() in ("true", "false") else otherwise


def length(read: Callable[[str], str]) -> Reread:
    """Reads the length of a prefix in another way than its digits."""

    def whole(text: str) -> str:
        address, slash, size = text.partition("/")
        return f"{address}/{read(size)}" if slash else text

    return reread(whole)


def address(read: Callable[[list[str]], list[str]]) -> Reread:
    """Reads the parts of an address in another way than as four octets."""

    def whole(text: str) -> str:
        parts, slash, size = text.partition("/")
        return ".".join(read(parts.split("."))) + slash + size if slash else text

    return reread(whole)


def short_address(parts: list[str]) -> list[str]:
    """10.0.1 is 10.0.0.1, as inet_aton has it."""
    return [*parts[:-1], *["0"] * (4 - len(parts)), parts[-1]]


def wrapped(parts: list[str]) -> list[str]:
    """Each octet is what fits into a byte of it."""
    return [str(int(part) & 255) for part in parts]


def searched(text: str | None) -> str | None:
    """Looks for a prefix anywhere in the text, not for one that is all of it."""
    found = re.search(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/[0-9]{1,2}", text or "")
    return found[0] if found else text


def with_mask(text: object) -> str:
    """A prefix of 24 bits with a mask instead of its length."""
    return str(text).replace("/24", "/255.255.255.0")


# --- What a creation says -------------------------------------------------------------------------------------------


def weight(case: Case) -> int:
    """The weight that is sent."""
    return -1 if case.creation.weight is None else case.creation.weight


def priority(case: Case) -> int:
    """The priority that is sent, or 10."""
    return DEFAULT_PRIORITY if case.creation.priority is None else case.creation.priority


def text(case: Case, name: str) -> str:
    """The text of a parameter, empty where it is absent."""
    return case.creation.texts.get(name, "")


def pair(case: Case, route: Route) -> bool:
    """Whether a route has the creation's source and destination."""
    return (route.source, route.destination) == (case.creation.source_prefix, case.creation.destination_prefix)


def same(case: Case, route: Route) -> bool:
    """Whether a route is the one that is to be created, apart from its weight and priority."""
    return pair(case, route) and route.next_hop == case.creation.next_hop


def alike(case: Case, route: Route) -> bool:
    """Whether a route has the creation's prefixes and weight, whatever the next hop."""
    return pair(case, route) and route.weight == case.creation.weight


def same_but_destination(case: Case, route: Route) -> bool:
    """Whether a route has everything of the creation but its destination."""
    creation = case.creation
    wanted = creation.source_prefix, creation.next_hop, creation.weight, creation.priority
    return (route.source, route.next_hop, route.weight, route.priority) == wanted


def same_source_and_weight(case: Case, route: Route) -> bool:
    """Whether a route has the creation's source and weight."""
    return (route.source, route.weight) == (case.creation.source_prefix, case.creation.weight)


def standby(case: Case, route: Route) -> bool:
    """Whether a route has the creation's prefixes and another weight and next hop."""
    return pair(case, route) and route.weight != weight(case) and route.next_hop != case.creation.next_hop


def any_route(question: Callable[[Case, Route], bool]) -> Callable[[Case], bool]:
    """Whether the answer is yes for any route of the gateway."""
    return lambda case: any(question(case, route) for route in case.table)


def both_sent_or_absent(case: Case, route: Route) -> bool:
    """Whether a priority was sent for both, or for neither."""
    was_absent = route in memory(case.account, "absent", case.known.gateway.id)
    return was_absent is (case.creation.priority_sent is None)


# --- Prefixes -------------------------------------------------------------------------------------------------------


def both(relation: Callable[[Prefix, Prefix], object]) -> Relation:
    """The same relation of a new route to an old one, in source and in destination."""
    return lambda new, old: relation(new.source, old.source) and relation(new.destination, old.destination)


def inside(new: Prefix, old: Prefix) -> bool:
    """The old one contains or equals the new."""
    return old.contains(new)


def around(new: Prefix, old: Prefix) -> bool:
    """The new one contains or equals the old."""
    return new.contains(old)


def nested(new: PrefixPair, old: PrefixPair) -> bool:
    """One route contains the other, in both dimensions the same one."""
    return bool(both(inside)(new, old) or both(around)(new, old))


def as_texts(new: Prefix, old: Prefix) -> bool:
    """One text begins with the other, zeros at the end left out."""
    short, long = sorted((re.sub(r"(\.0)+/.*|/.*", "", str(each)) for each in (new, old)), key=len)
    return long.startswith(short)


def as_signed(new: Prefix, old: Prefix) -> bool:
    """Ranges compared as signed numbers: 128.0.0.0 comes before 0.0.0.0."""

    def ends(prefix: Prefix) -> tuple[int, int]:
        last = prefix.network | ~MASKS[prefix.length] & 0xFFFFFFFF
        return prefix.network - (prefix.network >> 31 << 32), last - (last >> 31 << 32)

    (first, last), (other_first, other_last) = ends(new), ends(old)
    return first <= other_last and other_first <= last


def half_open(new: Prefix, old: Prefix) -> bool:
    """Ranges without their last addresses."""
    last, other_last = (prefix.network | ~MASKS[prefix.length] & 0xFFFFFFFF for prefix in (new, old))
    return new.network < other_last and old.network < last


def as_octets(new: Prefix, old: Prefix) -> bool:
    """Whole octets compared, as many as the shorter length has."""
    mask = MASKS[min(new.length, old.length) // 8 * 8]
    return new.network & mask == old.network & mask


def shifted(new: Prefix, old: Prefix) -> bool:
    """Masks by a shift of 32 bits that shifts nothing: /0 becomes /32."""
    mask = MASKS[min(new.length or 32, old.length or 32)]
    return not (new.network ^ old.network) & mask


def but_hosts(new: Prefix, old: Prefix) -> bool:
    """A single address lies in nothing."""
    return new == old or (new.overlaps(old) and 32 not in (new.length, old.length))


def a_bit_wide(new: Prefix, old: Prefix) -> bool:
    """One bit too few compared: siblings overlap."""
    return not (new.network ^ old.network) & MASKS[max(0, min(new.length, old.length) - 1)]


def crossed(new: PrefixPair, old: PrefixPair) -> bool:
    """Source compared with destination."""
    return new.source.overlaps(old.destination) and new.destination.overlaps(old.source)


# --- Quotas, the VPC and other gateways -------------------------------------------------------------------------------


def is_full(case: Case, more: int = 0) -> bool:
    """Whether the gateway is full, if so many more routes are counted."""
    return len(case.table) + more >= case.known.gateway.quota


def is_full_with(what: str) -> Callable[[Case], bool]:
    """Whether the gateway is full, if what is remembered of it is counted."""
    return lambda case: is_full(case, len(memory(case.account, what, case.known.gateway.id)))


def is_vpc_full(case: Case, more: int = 0, declared: int = 1) -> bool:
    """Whether the VPC's table is full, if so many more destinations are counted, and those declared so many times."""
    quota = case.known.vpc.vpn_route_quota
    if quota is None or not case.creation.publish or case.table.publishes(case.destination):
        return False
    known, published = case.known.declared, set(case.table.published) - case.known.declared
    return case.destination not in known and declared * len(known) + len(published) + more >= quota


def is_vpc_full_anyhow(case: Case) -> bool:
    """Whether the VPC's table is full, also where nothing is to be published."""
    quota, known = case.known.vpc.vpn_route_quota, case.known.declared
    return quota is not None and len(known.union(case.table.published)) >= quota and case.destination not in known


def was_withdrawn(case: Case) -> bool:
    """Whether a deletion has withdrawn the destination since a neighbour published it last."""
    for name in case.known.neighbours:
        gone = [r.created for r in memory(case.account, "withdrawn", name) if r.destination == case.destination]
        made = [r.number for r in case.account.table(name) if r.published and r.destination == case.destination]
        if made and max(gone, default=-1) > max(made):
            return True
    return False


def counts_publications(case: Case) -> bool:
    """Whether the VPC's table is full, if each published route counts, also those to one destination."""
    quota = case.known.vpc.vpn_route_quota
    if quota is None or not case.creation.publish:
        return False
    return len(case.known.declared) + sum(route.published for route in case.table) >= quota


def sent_elsewhere(related: Callable[[Prefix, Prefix], object], *next_hops: str) -> Callable[[Case], bool]:
    """Whether the VPC's declared table sends something related to the destination to such a next hop."""
    return lambda case: any(
        hop in next_hops and related(case.destination, to) for to, hop in case.known.elsewhere.items()
    )


def published(question: Callable[[Case], bool]) -> Callable[[Case], bool]:
    """The same question, about what is to be published only."""
    return lambda case: bool(case.creation.publish and question(case))


def still_published(case: Case) -> bool:
    """Whether a neighbour publishes the destination, or has withdrawn it."""
    return any(memory(case.account, "withdrawn", name).publishes(case.destination) for name in case.known.neighbours)


def is_vpc_full_with_withdrawn(case: Case) -> bool:
    """Whether the VPC's table is full, if what was withdrawn is counted."""
    withdrawn = memory(case.account, "withdrawn", case.known.gateway.id).published
    return is_vpc_full(case, len(set(withdrawn)))


def overlapping(one: Prefix, other: Prefix) -> bool:
    """One contains or equals the other."""
    return one.overlaps(other)


def equal(one: Prefix, other: Prefix) -> bool:
    """The same prefix."""
    return one == other


def source_meets_client(case: Case) -> bool:
    """Whether the source overlaps a client block of the SSL server."""
    source = case.creation.source_prefix
    return source is not None and any(block.overlaps(source) for block in case.known.ssl_blocks)


def others(case: Case) -> list[Route]:
    """The routes of all other gateways."""
    ids = [gateway.id for gateway in case.account.target.gateways if gateway.id != case.known.gateway.id]
    return [route for name in ids for route in case.account.table(name)]


def met_in(what: str, question: Callable[[Case, Route], bool]) -> Callable[[Case], bool]:
    """Whether the answer is yes for any route that is remembered of the gateway."""
    return lambda case: any(question(case, route) for route in memory(case.account, what, case.known.gateway.id))


def overlaps(case: Case, route: Route) -> bool:
    """Whether a route of the creation's priority overlaps both its prefixes."""
    creation = case.creation
    same_priority = route.priority == priority(case)
    return same_priority and route.overlaps(creation.source_prefix, creation.destination_prefix)
