"""Reads an account through the operations that describe it. Nothing is created, changed or deleted.

Rules of this file
1. What is not answered as documented is not offered: it is noted with what came, and never a reason to stop.
2. An endpoint that no longer answers anything is not asked further.
3. Few requests: whole pages, a table for each VPC of a gateway that is asked about, a list for each such gateway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from pbr_conformance.conformance.client.front_door import advice
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.simulator.documentation.actions import (
    CONNECTIONS,
    GATEWAY,
    GATEWAYS,
    ROUTE_TABLES,
    SSL_SERVERS,
    VPC_ROUTES,
    VPCS,
)
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import VpcRoute

from .found import FoundAccount, FoundGateway, Members, gateway_of, routes_of, shows_two_tunnels, word

_MOST_PAGES: Final = 40
_MOST_SILENCES: Final = 2
"""Questions in a row that get no answer, after which nothing more is asked."""
_LONGEST_TABLE_PAGE: Final = 100
"""Entries of a route table that one answer may have."""


class _NotOffered(Exception):
    """An answer is not what is documented of the operation."""


class AccountReader:
    """Reads an account."""

    def __init__(self, client: RetryingClient, region: str) -> None:
        self._client, self._region = client, region
        self._not_offered: dict[str, str] = {}
        self._silences = 0
        """Questions in a row that were not answered."""
        self._regions: set[str] = set()

    def read(self, declared: Collection[str] | None) -> FoundAccount:
        """Read what concerns the declared gateways, or all that there are; see `with_routes` and `settled`."""
        described = self._rows(GATEWAYS, "VpnGateways", "VpnGateway")
        gateways = None if described is None else _by_id(described)
        if declared is not None:
            gateways = self._completed(gateways, declared)
        connections = self._rows(CONNECTIONS, "VpnConnections", "VpnConnection")
        servers = self._rows(SSL_SERVERS, "SslVpnServers", "SslVpnServer")
        wanted = (gateways or {}).keys() if declared is None else set(declared)
        vpcs = [each.vpc for id, each in (gateways or {}).items() if id in wanted and each.vpc is not None]
        tables = self._tables(list(dict.fromkeys(vpcs)))
        self._regions |= {region for row in servers or () if (region := word(row, "RegionId"))}
        return FoundAccount(
            gateways,
            None if connections is None else _homes(connections),
            frozenset(_homes(row for row in connections or () if shows_two_tunnels(row))),
            None if servers is None else _blocks(servers),
            tables,
            regions=frozenset(self._regions),
            not_offered=self._not_offered,
        )

    def with_routes(self, found: FoundAccount, gateways: Iterable[str]) -> FoundAccount:
        """The same with the policy-based routes that gateways list."""
        lists = {}
        for gateway in gateways:
            if self._silences < _MOST_SILENCES:
                with suppress(Inconclusive):
                    lists[gateway] = tuple(self._client.entries(gateway))
        return replace(found, routes=lists)

    def settled(self, found: FoundAccount, gateways: Iterable[str]) -> FoundAccount:
        """The same once some gateways, if they were not active, have had the time that the target lets them take."""
        shown = dict(found.gateways or {})
        for id in gateways:
            if id in shown and shown[id].status not in (None, "active"):
                with suppress(Inconclusive):
                    if self._client.settle(id):
                        shown[id] = replace(shown[id], status="active")
        return found if found.gateways is None else replace(found, gateways=shown)

    def wait(self, seconds: float) -> None:
        """Let time pass between two readings."""
        self._client.endpoint.sleep(seconds)

    def _completed(
        self, listed: dict[str, FoundGateway] | None, declared: Iterable[str]
    ) -> dict[str, FoundGateway] | None:
        """Those that were listed, and each declared one that was not, as it is described by itself."""
        found, is_offered = dict(listed or {}), listed is not None
        for id in declared:
            if id in found:
                continue
            try:
                answer = self._ask(GATEWAY, {"VpnGatewayId": id})
            except _NotOffered as reason:
                self._not_offered[GATEWAY] = str(reason)
                break
            gateway = gateway_of(answer.members or {}) if answer.status == 200 else None
            is_offered = is_offered or gateway is not None
            if gateway is not None and gateway.id == id:
                found[id] = gateway
        return found if is_offered else None

    # --- VPCs -------------------------------------------------------------------------------------------------

    def _tables(self, vpcs: Sequence[str]) -> dict[str, tuple[VpcRoute, ...]]:
        found = {}
        for vpc, table in self._system_tables(vpcs).items():
            with suppress(_NotOffered):
                found[vpc] = routes_of(self._entries(table))
        return found

    def _system_tables(self, vpcs: Sequence[str]) -> dict[str, str]:
        """The system route table of each VPC: the only one it has, or the one that is listed as such."""
        if not vpcs:
            return {}
        shown = {id: row for row in self._rows(VPCS, "Vpcs", "Vpc") or () if (id := word(row, "VpcId")) in vpcs}
        self._regions |= {region for row in shown.values() if (region := word(row, "RegionId"))}
        only = {vpc: tables[0] for vpc in vpcs if vpc in shown and len(tables := _table_ids(shown[vpc])) == 1}
        if len(only) == len(vpcs):
            return only
        rows = self._rows(ROUTE_TABLES, "RouterTableList", "RouterTableListType", RouteTableType="System")
        system = {
            str(row["VpcId"]): id
            for row in rows or ()
            if row.get("VpcId") in vpcs and row.get("RouteTableType") == "System" and (id := word(row, "RouteTableId"))
        }
        return only | system

    def _entries(self, table: str) -> list[Members]:
        """The rows of a route table, all pages. Raises _NotOffered."""
        found: list[Members] = []
        parameters = {"RouteTableId": table, "MaxResult": str(_LONGEST_TABLE_PAGE)}
        for _ in range(_MOST_PAGES):
            answer = self._ask(VPC_ROUTES, parameters)
            found += self._rows_of(answer, VPC_ROUTES, "RouteEntrys", "RouteEntry")
            following = word(answer.members or {}, "NextToken")
            if following is None or following == parameters.get("NextToken"):
                break
            parameters = {**parameters, "NextToken": following}
        return found

    # --- Asking -----------------------------------------------------------------------------------------------

    def _rows(self, action: str, outer: str, inner: str, **parameters: str) -> list[Members] | None:
        """All pages of a list; None where it is not offered."""
        try:
            return list(self._pages(action, outer, inner, parameters))
        except _NotOffered as reason:
            self._not_offered[action] = str(reason)
            return None

    def _pages(self, action: str, outer: str, inner: str, parameters: dict[str, str]) -> Iterator[Members]:
        count = 0
        for number in range(1, _MOST_PAGES + 1):
            page = {**parameters, "PageNumber": str(number), "PageSize": str(LARGEST_PAGE)}
            answer = self._ask(action, page)
            rows = self._rows_of(answer, action, outer, inner)
            yield from rows
            count += len(rows)
            total = (answer.members or {}).get("TotalCount")
            if not rows or count >= (total if isinstance(total, int) else 0):
                return

    def _rows_of(self, answer: Answer, action: str, outer: str, inner: str) -> list[Members]:
        members: Any = answer.members or {}
        held = members.get(outer)
        rows = held.get(inner) if isinstance(held, dict) else None
        if answer.status != 200 or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            if action == VPC_ROUTES:
                self._not_offered[action] = _words(answer)
            raise _NotOffered(_words(answer))
        return rows

    def _ask(self, action: str, parameters: dict[str, str]) -> Answer:
        """The answer to a question. Raises _NotOffered where there is none."""
        if self._silences >= _MOST_SILENCES:
            raise _NotOffered("not asked: the endpoint does not answer")
        try:
            answer = self._client.ask(Request(action, {"RegionId": self._region, **parameters}))
        except Inconclusive as reason:
            self._silences += reason.ours
            raise _NotOffered(reason.reason) from None
        self._silences = 0
        if not isinstance(answer, Answer):
            raise _NotOffered("no answer")
        return answer


def _words(answer: Answer) -> str:
    what = advice(answer.code)
    return f"{words(answer)}: {what}" if what else words(answer)


def _by_id(rows: Iterable[Members]) -> dict[str, FoundGateway]:
    return {gateway.id: gateway for row in rows if (gateway := gateway_of(row)) is not None}


def _homes(rows: Iterable[Members]) -> dict[str, str]:
    """Those on VPN gateways: a connection can be attached to something else."""
    found = ((word(row, "VpnConnectionId"), word(row, "VpnGatewayId")) for row in rows)
    return {id: gateway for id, gateway in found if id is not None and gateway is not None}


def _blocks(rows: Iterable[Members]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        gateway, block = word(row, "VpnGatewayId"), word(row, "ClientIpPool")
        if gateway is not None and block is not None and block not in found.get(gateway, ()):
            found[gateway] = (*found.get(gateway, ()), block)
    return found


def _table_ids(row: Members) -> list[str]:
    outer = row.get("RouterTableIds")
    inner = outer.get("RouterTableIds") if isinstance(outer, dict) else None
    return [each for each in inner if isinstance(each, str) and each] if isinstance(inner, list) else []
