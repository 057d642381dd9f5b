"""`explain`: what one creation breaks in an account, and which outcomes are allowed."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from . import UsageError
from .options import add_spec, nearest, spec_of, target_of

if TYPE_CHECKING:
    from pbr_conformance.simulator.model.account import Account
    from pbr_conformance.simulator.model.messages import Request
    from pbr_conformance.simulator.model.target import Target
    from pbr_conformance.simulator.rules.oracle import Allowed

EXAMPLES = """Parameters that are not given have ordinary values; Name= sends one empty, --without leaves one out.

examples:
  pbr-conformance explain Weight=50 Priority=500 Description=http://example.com
  pbr-conformance explain --after 'RouteSource=192.168.0.0/16' RouteSource=192.168.1.0/24
  pbr-conformance explain --target account.toml VpnGatewayId=vpn-dual DryRun=true --by sub_user"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    from pathlib import Path

    parser.epilog = EXAMPLES
    parser.add_argument("parameters", nargs="*", metavar="Name=value", help="parameters of the creation")
    parser.add_argument(
        "--target", type=Path, metavar="TARGET.toml", help="the account (default: the reference account)"
    )
    parser.add_argument("--without", action="append", default=[], metavar="Name", help="leave a parameter out")
    parser.add_argument("--by", default="owner", metavar="CALLER", help="owner, sub_user or unauthorized")
    parser.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="'Name=value ...'",
        help="a route that exists before; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_spec(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from pbr_conformance.simulator.model.account import Account
    from pbr_conformance.simulator.rules.oracle import allow
    from pbr_conformance.strategies.plain_requests import create

    target, spec = target_of(arguments), spec_of(arguments)
    if arguments.by not in ("owner", "sub_user", "unauthorized"):
        raise UsageError(f"--by {arguments.by}: expected owner, sub_user or unauthorized")
    parameters = _parameters(target, arguments.parameters)
    for name in arguments.without:
        if parameters.pop(name, None) is None:
            raise UsageError(f"--without {name}: the request has no such parameter")
    account = Account(target)
    for words in arguments.after:
        account = _after(account, create(_parameters(target, words.split())), spec)
    request = create(parameters, arguments.by)
    allowed = allow(account, request, None, spec)
    lines = [json.dumps(_data(request, allowed, spec), indent=2)] if arguments.json else _text(request, allowed, spec)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _parameters(target: Target, words: list[str]) -> dict[str, str]:
    from pbr_conformance.simulator.documentation.create import PARAMETERS
    from pbr_conformance.strategies.plain_requests import ordinary

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
    from pbr_conformance.conformance.judge.model import Model
    from pbr_conformance.simulator.model.messages import Answer
    from pbr_conformance.simulator.rules.oracle import allow

    allowed = allow(account, request, None, spec)
    if not allowed.success:
        broken = ", ".join(str(each) for each in allowed.must)
        because = f"it breaks {broken}" if broken else "a dry run creates nothing"
        raise UsageError(f"--after: this route cannot exist before; {because}")
    model = Model(account.target)
    return model.advanced(account, request, Answer(200, {}))


def _text(request: Request, allowed: Allowed, spec: str) -> list[str]:
    from pbr_conformance.simulator.documentation.create import clause
    from pbr_conformance.simulator.rules.conditions import under

    by_id = {broken.condition.id: broken for broken in allowed.broken}
    lines = ["request:"]
    lines += [f"  {name:<13} {text}" for name, text in request.parameters.items()]
    lines += [f"  signed by     {request.caller}"] if request.caller != "owner" else []
    ignored = [name for name in request.parameters if not clause(f"parameter/{name}").holds_in(spec)]
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
    return [*lines, "", "not broken:", *_wrapped(held)]


def _wrapped(names: list[str]) -> list[str]:
    from textwrap import wrap

    return wrap(", ".join(names), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _data(request: Request, allowed: Allowed, spec: str) -> dict[str, object]:
    from pbr_conformance.simulator.documentation.create import clause
    from pbr_conformance.simulator.rules.conditions import under

    by_id = {broken.condition.id: broken for broken in allowed.broken}
    conditions = []
    for condition in under(spec):
        broken = by_id.get(condition.id)
        conditions.append(
            {
                "id": condition.id,
                "says": condition.says,
                "clauses": list(condition.clauses),
                "broken": broken.strength.value if broken else None,
                "codes": sorted(broken.codes) or ["any 4xx"] if broken else [],
            }
        )
    outcomes = {what: list(why) for what, why in allowed.outcomes().items()}
    parameters = dict(request.parameters)
    ignored = [name for name in parameters if not clause(f"parameter/{name}").holds_in(spec)]
    return {
        "parameters": parameters,
        "ignored": ignored,
        "caller": request.caller,
        "conditions": conditions,
        "allowed": outcomes,
    }
