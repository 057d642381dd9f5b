"""A pytest file: the oracle of this project judges again, so that any conforming answer passes."""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from typing import Any

from .recipe import Recipe
from .texts import render


def pytest_file(recipe: Recipe, document: Mapping[str, Any]) -> str:
    """The file. It has as much of the account as the history needs."""
    return render("test_reproduce.py.j2", recipe, transcript=pformat(_needed(document), width=118, sort_dicts=False))


def _needed(document: Mapping[str, Any]) -> dict[str, Any]:
    account, history = document["account"], document["history"]
    named = {request["parameters"].get(name) for request in history for name in ("VpnGatewayId", "NextHop")}
    gateways = [each for each in account["gateways"] if each["id"] in named or named & set(each["connections"])]
    gateways = gateways or account["gateways"][:1]
    homes = {each["vpc"] for each in gateways}
    vpcs = [each for each in account["vpcs"] if each["id"] in homes]
    return {
        **{name: document[name] for name in ("format", "spec", "strict_messages", "mutant") if name in document},
        "account": {**account, "gateways": gateways, "vpcs": vpcs},
        "history": history,
    }
