"""The gateways of an endpoint are taken for one run: the target is held against the account, leftovers are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.recovery import LeftRoute, left_route
from pbr_conformance.conformance.client.run_lock import GatewayInUse, RunLock
from pbr_conformance.conformance.client.state_directory import StateDirectoryError, folder_of, make_private
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.declared_account import hold_against_account
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.labels import Label
from pbr_conformance.reports.views.text import HOW_TO_DELETE
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import partitions

from .options import NotNow, UsageError
from .terminal import say

_LINE_WIDTH: Final = 400


@contextmanager
def occupying(
    connection: EndpointFactory, wait: float = 0.0, *, source: str = "", trusts: bool = False
) -> Iterator[EndpointFactory]:
    """Hold the lock of every gateway on which routes may be created; yield the connection to the account as it is.

    The target, which `source` names, is held against the account; `trusts`: what differs is said, and no error. Then
    what earlier runs have left is deleted, as far as it is provably ours.

    Raises NotNow where another run holds a lock for longer than `wait` seconds, and UsageError where a declared value
    is not what the endpoint shows or a journal is none.
    """
    target = connection.target
    if target.endpoint.url is None:
        yield connection
        return
    with locking(target.endpoint.url, _scratch(target), wait):
        held = declared(connection, source, trusts=trusts)
        for left in recovered(held):
            say(f"pbr-conformance: left by an earlier run: {left}")
        yield held


@contextmanager
def locking(url: str, gateways: Iterable[str], wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of gateways. Raises NotNow and UsageError, as `occupying` does."""
    try:
        make_private(folder_of(url))
        with RunLock(url, gateways, wait):
            yield
    except GatewayInUse as reason:
        raise NotNow(str(reason)) from None
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None


@contextmanager
def naming_left(connection: EndpointFactory) -> Iterator[list[str]]:
    """At the end, however that comes, delete what is provably ours, and name what is left; yield the list for it.

    A journal that is none by then is in the list, too.
    """
    left: list[str] = []
    try:
        yield left
    finally:
        left += _left(connection)
        for line in left:
            say(on_a_line(f"pbr-conformance: {line}", _LINE_WIDTH))
        if left:
            say(f"pbr-conformance: {HOW_TO_DELETE}")


def _left(connection: EndpointFactory) -> list[str]:
    try:
        try:
            routes = recovered(connection)
        except KeyboardInterrupt:
            routes = journaled(connection.target, "its deletion was interrupted")
    except UsageError as problem:
        return [str(problem)]
    return [f"{Label.LEFT.lower()}: {each}" for each in routes]


def declared(connection: EndpointFactory, source: str, *, trusts: bool) -> EndpointFactory:
    """The connection with what the account has besides its target. Raises UsageError where the two differ."""
    held = hold_against_account(connection)
    wrong = [on_a_line(f"{source}: {each}", _LINE_WIDTH) for each in held.wrong]
    if wrong and not trusts:
        raise UsageError(
            "\n".join((*wrong, f"{source}: differs from the account; --trust-target goes on all the same"))
        )
    for line in (*wrong, *held.notices):
        say(f"pbr-conformance: {on_a_line(line, _LINE_WIDTH)}")
    return held.connection


def journaled(target: Target, why: str, gateways: Iterable[str] | None = None) -> list[LeftRoute]:
    """What the journals of gateways have, or of all scratch gateways, and why it is left.

    Raises UsageError where a journal is none.
    """
    journals = Journals(target)
    try:
        for gateway in _scratch(target) if gateways is None else gateways:
            journals.of(gateway)
        return [left_route(gateway, entry, why) for gateway, entry in journals.open_entries()]
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None
    finally:
        journals.close()


def recovered(connection: EndpointFactory, gateways: Iterable[str] | None = None) -> list[LeftRoute]:
    """Delete what journals say is ours; what is left, with the reasons. Raises UsageError where a journal is none."""
    try:
        return connection.recover(gateways)
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None


def _scratch(target: Target) -> list[str]:
    return [gateway.id for partition in partitions(target) for gateway in partition.scratch]
