"""Holds the target of a connection against the account at its endpoint, before anything is created there.

Rules of this file
1. Questions alone are sent. In process nothing is: the simulator has the account that was declared.
2. A gateway that is declared active and is not is waited for, as long as the target lets gateways take.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from pbr_conformance.conformance.account.adoption import adopted
from pbr_conformance.conformance.account.declarations import WrongKey, wrong_keys
from pbr_conformance.conformance.account.found import FoundAccount
from pbr_conformance.conformance.account.reader import AccountReader
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
from pbr_conformance.simulator.model.target import Target

from .connect import EndpointFactory


@dataclass(frozen=True)
class HeldTarget:
    """A target that was held against its account: the connection with what was adopted, and what differs."""

    connection: EndpointFactory
    wrong: tuple[WrongKey, ...] = ()
    notices: tuple[str, ...] = ()
    """What the account has besides, a line each."""
    requests: int = 0


def hold_against_account(connection: EndpointFactory) -> HeldTarget:
    """Read the account, as far as the endpoint shows it, and compare."""
    target = connection.target
    if target.endpoint.url is None:
        return HeldTarget(connection)
    endpoint, _ = connection.open()
    client = RetryingClient(endpoint, target)
    try:
        found = _settled(client, target, _read(client, target))
    finally:
        endpoint.close()
    with_found, notices = adopted(target, found)
    return HeldTarget(
        replace(connection, target=with_found), tuple(wrong_keys(target, found)), tuple(notices), client.requests
    )


def _read(client: RetryingClient, target: Target) -> FoundAccount:
    declared = [gateway.id for gateway in target.gateways]
    scratch = [gateway.id for gateway in target.gateways if gateway.scratch]
    return AccountReader(client, target.endpoint.region).read(declared, scratch)


def _settled(client: RetryingClient, target: Target, found: FoundAccount) -> FoundAccount:
    """What was found, once the gateways that should be active have had their time."""
    gateways = dict(found.gateways or {})
    for gateway in target.gateways:
        shown = gateways.get(gateway.id)
        if shown is not None and gateway.status == "active" and shown.status not in (None, "active"):
            with suppress(Inconclusive):
                if client.settle(gateway.id):
                    gateways[gateway.id] = replace(shown, status="active")
    return found if found.gateways is None else replace(found, gateways=gateways)
