"""Holds the target of a connection against the account at its endpoint, before anything is created there.

Rules of this file
1. Questions alone are sent. In process nothing is: the simulator has the account that was declared.
2. A row of a route table that nothing explains is adopted if a second reading has it too: others publish and withdraw.
3. A gateway that is declared active and is not is waited for, as long as the target lets gateways take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pbr_conformance.conformance.account.adoption import adopted, adopts_rows
from pbr_conformance.conformance.account.declarations import WrongKey, wrong_keys
from pbr_conformance.conformance.account.found import FoundAccount
from pbr_conformance.conformance.account.reader import AccountReader
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.simulator.model.target import Target

from .connect import EndpointFactory


@dataclass(frozen=True)
class HeldTarget:
    """A target that was held against its account: the connection with what was adopted, and what differs."""

    connection: EndpointFactory
    wrong: tuple[WrongKey, ...] = ()
    notices: tuple[str, ...] = ()
    """What the account has besides, a line each."""
    not_offered: Mapping[str, str] = field(default_factory=dict)
    """The operations that show nothing, and what they are answered with."""


def hold_against_account(connection: EndpointFactory) -> HeldTarget:
    """Read the account, as far as the endpoint shows it, and compare."""
    target = connection.target
    if target.endpoint.url is None:
        return HeldTarget(connection)
    connection = replace(connection, was_asked=True, known_trouble=connection.trouble())
    if connection.known_trouble is not None:
        return HeldTarget(connection)
    found = _read(connection, lambda reader: _declared(reader, target))
    with_found, notices = adopted(target, found)
    connection = replace(connection, target=with_found, found=found)
    return HeldTarget(connection, tuple(wrong_keys(target, found)), tuple(notices), found.not_offered)


def read_account(connection: EndpointFactory) -> FoundAccount:
    """Read the whole account; of the routes of gateways only those that may be in a VPC's table."""
    return _read(connection, _everything)


def _read(connection: EndpointFactory, read: Callable[[AccountReader], FoundAccount]) -> FoundAccount:
    endpoint, _ = connection.open()
    try:
        client = RetryingClient(endpoint, connection.target)
        return read(AccountReader(client, connection.target.endpoint.region))
    finally:
        endpoint.close()


def _declared(reader: AccountReader, target: Target) -> FoundAccount:
    found = _once(reader, target)
    if adopts_rows(target, found):
        reader.wait(target.endpoint.lag)
        found = found.steady(_once(reader, target))
    return reader.settled(found, [gateway.id for gateway in target.gateways if gateway.status == "active"])


def _once(reader: AccountReader, target: Target) -> FoundAccount:
    found = reader.read([gateway.id for gateway in target.gateways])
    return reader.with_routes(found, [gateway.id for gateway in target.gateways if gateway.scratch])


def _everything(reader: AccountReader) -> FoundAccount:
    found = reader.read(None)
    found = reader.with_routes(found, found.named_in_tables)
    return reader.settled(found, found.gateways or ())
