"""The gateways of an endpoint are taken for one run, and what earlier runs have left on them is deleted first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pbr_conformance.conformance.client.recovery import LeftRoute
from pbr_conformance.conformance.client.run_lock import GatewayInUse, RunLock
from pbr_conformance.conformance.client.state_directory import StateDirectoryError, folder_of, make_private
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.strategies.plain_requests import partitions

from .options import NotNow, UsageError
from .terminal import say


@contextmanager
def occupying(connection: EndpointFactory, wait: float = 0.0, gateways: Iterable[str] | None = None) -> Iterator[None]:
    """Hold the lock of every gateway on which routes may be created, or of some gateways that are named.

    What earlier runs have left is deleted first, as far as it is provably ours, unless gateways are named.

    Raises NotNow where another run holds one for longer than `wait` seconds, and UsageError where a journal is none.
    """
    target = connection.target
    url = target.endpoint.url
    if url is None:
        yield
        return
    scratch = [gateway.id for partition in partitions(target) for gateway in partition.scratch]
    try:
        make_private(folder_of(url))
        with RunLock(url, scratch if gateways is None else gateways, wait):
            for left in recovered(connection) if gateways is None else ():
                say(f"pbr-conformance: left by an earlier run: {left}")
            yield
    except GatewayInUse as reason:
        raise NotNow(str(reason)) from None
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None


def recovered(connection: EndpointFactory, gateways: Iterable[str] | None = None) -> list[LeftRoute]:
    """Delete what journals say is ours; what is left, with the reasons. Raises UsageError where a journal is none."""
    try:
        return connection.recover(gateways)
    except StateDirectoryError as problem:
        raise UsageError(str(problem)) from None
