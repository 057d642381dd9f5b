"""`explain`: what one creation breaks in an account, and which outcomes are allowed."""

from __future__ import annotations

import argparse
from textwrap import wrap

from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.create import PARAMETERS, clause
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import ROLES, Target
from pbr_conformance.simulator.rules.condition import Condition
from pbr_conformance.simulator.rules.conditions import under
from pbr_conformance.simulator.rules.oracle import Allowed, Broken, allow
from pbr_conformance.strategies.plain_requests import create, ordinary

from .arguments import spec_of, target_of
from .options import UsageError, nearest
from .terminal import show_json, write_lines


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target, spec = target_of(arguments), spec_of(arguments)
    if arguments.by not in ROLES:
        raise UsageError(f"--by {arguments.by}: expected one of {', '.join(ROLES)}{nearest(arguments.by, ROLES)}")
    parameters = _parameters(target, arguments.parameters)
    for name in arguments.without:
        if parameters.pop(name, None) is None:
            raise UsageError(f"--without {name}: the request has no such parameter{nearest(name, parameters)}")
    account = Account(target)
    for words in arguments.after:
        account = _after(account, create(_parameters(target, words.split())), spec)
    request = create(parameters, arguments.by)
    allowed = allow(account, request, None, spec)
    if arguments.json:
        show_json(_data(request, allowed, spec))
    else:
        write_lines(*_text(request, allowed, spec))
    return 0


def _parameters(target: Target, words: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    known = [row.name for row in PARAMETERS]
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in known:
            what = "expected Name=value" if not equals else f"no such parameter{nearest(name, known)}"
            raise UsageError(f"{word}: {what}")
        given[name] = text
    gateway = target.gateway(given.get("VpnGatewayId", "")) or next(iter(target.gateways), None)
    if gateway is None:
        raise UsageError(f"{target.name} declares no gateway")
    return {**ordinary(target, gateway), **given}


def _after(account: Account, request: Request, spec: str) -> Account:
    allowed = allow(account, request, None, spec)
    if not allowed.success:
        broken = ", ".join(str(each) for each in allowed.must)
        because = f"it breaks {broken}" if broken else "a dry run creates nothing"
        raise UsageError(f"--after: this route cannot exist before; {because}")
    return Model(account.target).advanced(account, request, Answer(200, {}))


def _text(request: Request, allowed: Allowed, spec: str) -> list[str]:
    by_id = {broken.condition.id: broken for broken in allowed.broken}
    lines = ["request:"]
    lines += [f"  {name:<13} {text}" for name, text in request.parameters.items()]
    lines += [f"  signed by     {request.caller}"] if request.caller != "owner" else []
    ignored = _ignored(request, spec)
    lines += [f"not in the documentation of {spec}, and ignored: {', '.join(ignored)}"] if ignored else []
    lines += ["", f"token: used before for {allowed.token.value}"] if allowed.binding else []
    lines += ["", f"broken: {len(by_id)} of {len(under(spec))} conditions"]
    for broken in allowed.broken:
        codes = ", ".join(sorted(broken.codes)) or "any 4xx"
        about = f" ({broken.parameter})" if broken.parameter else ""
        lines += [
            f"  {broken.strength.value:<4} {broken.condition.id}{about}: {broken.condition.says}",
            f"       clauses: {', '.join(broken.condition.clauses)}",
            f"       codes:   {codes}",
        ]
    lines += ["", "allowed outcomes:"]
    lines += [f"  {what}, because of {', '.join(why)}" for what, why in allowed.outcomes().items()]
    held = [condition.id for condition in under(spec) if condition.id not in by_id]
    names = wrap(", ".join(held), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return [*lines, "", "not broken:", *names]


def _data(request: Request, allowed: Allowed, spec: str) -> dict[str, object]:
    by_id = {broken.condition.id: broken for broken in allowed.broken}
    return {
        "parameters": dict(request.parameters),
        "ignored": _ignored(request, spec),
        "caller": request.caller,
        "conditions": [_condition(condition, by_id.get(condition.id)) for condition in under(spec)],
        "allowed": {what: list(why) for what, why in allowed.outcomes().items()},
    }


def _condition(condition: Condition, broken: Broken | None) -> dict[str, object]:
    return {
        "id": condition.id,
        "says": condition.says,
        "clauses": list(condition.clauses),
        "broken": broken.strength.value if broken else None,
        "codes": sorted(broken.codes) or ["any 4xx"] if broken else [],
    }


def _ignored(request: Request, spec: str) -> list[str]:
    """The parameters that a version of the documentation does not have."""
    return [name for name in request.parameters if not clause(f"parameter/{name}").holds_in(spec)]
