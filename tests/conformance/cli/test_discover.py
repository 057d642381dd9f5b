"""`discover`: what it writes is what was declared, in few questions, and nothing is created; a pipe takes it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pbr_conformance.simulator.documentation.actions import CONNECTIONS, GATEWAYS, SSL_SERVERS, VPC_ROUTES, VPCS
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc
from pbr_conformance.simulator.model.target_file import parse_target, reference
from pbr_conformance.strategies.plain_requests import create, ordinary
from tests.conformance.account.served import Meddle, random_account, serve
from tests.conformance.commands import Ended, Here
from tests.conformance.plain_server import Answer

MINIMAL = Target(name="minimal", gateways=(Gateway(id="vpn-alone"),))


def differences(written: Target, declared: Target) -> Iterator[str]:
    """Where a key that was written differs from what was declared, defaults counted."""
    assert [each.id for each in written.gateways] == [each.id for each in declared.gateways]
    for shown, there in zip(written.gateways, declared.gateways, strict=True):
        for key in shown.model_fields_set - {"scratch", "vpc"}:
            if getattr(shown, key) != getattr(there, key):
                yield f"{shown.id} {key}: {getattr(shown, key)}, declared {getattr(there, key)}"
        if shown.vpc != declared.vpc_of(there).id:
            yield f"{shown.id} vpc: {shown.vpc}"
    routes = {declared.vpc_of(gateway).id: declared.vpc_of(gateway).routes for gateway in declared.gateways}
    yield from (f"{vpc.id}: {vpc.routes}" for vpc in written.vpcs if vpc.routes != routes[vpc.id])


def unknown(written: Target) -> bool:
    """Whether what no operation shows is left out."""
    of_gateways = [each.model_fields_set & {"pbr", "quota"} for each in written.gateways]
    return not any(of_gateways) and not any("vpn_route_quota" in vpc.model_fields_set for vpc in written.vpcs)


@pytest.mark.parametrize("declared", [reference(), MINIMAL, *map(random_account, range(50))])
def test_what_is_written_is_what_was_declared(declared: Target, here: Here) -> None:
    with serve(declared) as served:
        ended = here("discover", "--url", served.url)
    assert ended.status == 0, ended.error
    written = parse_target(ended.out, "found.toml", {})
    assert list(differences(written, declared)) == []
    assert unknown(written)
    assert not any(gateway.scratch for gateway in written.gateways)
    assert all(each.action.startswith("Describe") for each in served.account.asked)
    assert len(served.account.asked) <= 25


def piped(here: Here, text: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> Ended:
    """Run the command with a text on standard input."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    return here(*words)


@pytest.mark.parametrize("declared", [reference(), random_account(7)])
def test_check_and_run_take_what_discover_writes(declared: Target, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(declared) as served:
        text = here("discover", "--url", served.url).out
        checked = piped(here, text, monkeypatch, "check", "-")
        ran = piped(here, text, monkeypatch, "run", "-", "--only", "description/*", "--quiet")
        mine = piped(here, text.replace("scratch = false", "scratch = true "), monkeypatch, "check", "-")
    assert (checked.status, mine.status) == (0, 0), checked.out + mine.out
    assert "declared" not in checked.out + ran.error + mine.out
    assert "stdin agrees with the account" in mine.out
    assert ["no gateway has scratch = true" in each.out for each in (checked, mine)] == [True, False]
    assert ran.status in (0, 3), "nothing is scratch: what can be judged is judged by dry runs"
    assert not any(len(served.account.account.table(gateway.id)) for gateway in declared.gateways)


def ten_gateways() -> Target:
    """Each in a VPC of its own, and scratch: the most questions that ten gateways need."""
    gateways = (Gateway(id=f"vpn-{n}", vpc=f"vpc-{n}", connections=(f"vco-{n}",), scratch=True) for n in range(10))
    return Target(name="ten", gateways=tuple(gateways), vpcs=tuple(Vpc(id=f"vpc-{n}") for n in range(10)))


def beside(action: str, answer: Answer) -> Answer:
    """What somebody else has too: a gateway, its connection and SSL server, and a route table of their own."""
    status, body = answer
    if action == GATEWAYS:
        theirs = {"VpnGatewayId": "vpn-theirs", "VpcId": "vpc-theirs", "Status": "active", "BusinessStatus": "Normal"}
        body["VpnGateways"]["VpnGateway"].append(theirs)
    if action == CONNECTIONS:
        body["VpnConnections"]["VpnConnection"] += [
            {"VpnConnectionId": "vco-theirs", "VpnGatewayId": "vpn-theirs"},
            {"VpnConnectionId": "vco-transit", "VpnGatewayId": "", "AttachType": "CEN"},
        ]
    if action == SSL_SERVERS:
        body["SslVpnServers"]["SslVpnServer"].append({"VpnGatewayId": "vpn-theirs", "ClientIpPool": "10.9.0.0/24"})
    if action == VPCS:
        for vpc in body["Vpcs"]["Vpc"]:
            vpc["RouterTableIds"]["RouterTableIds"].insert(0, "vtb-theirs")
        body["Vpcs"]["Vpc"].append({"VpcId": "vpc-theirs", "RouterTableIds": {"RouterTableIds": ["vtb-other"]}})
    if action == VPC_ROUTES and status == 200:
        local = {"DestinationCidrBlock": "172.16.0.0/24", "Type": "System", "NextHops": {"NextHop": []}}
        body["RouteEntrys"]["RouteEntry"].insert(0, local)
    return status, body


def test_somebody_elses_things_are_told_apart_in_at_most_25_questions(here: Here, tmp_path: Path) -> None:
    declared = ten_gateways()
    published = create(ordinary(declared, declared.gateways[0], PublishVpc="true"))
    with serve(declared, beside, [published]) as served:
        (tmp_path / "found.toml").write_text(here("discover", "--url", served.url).out, encoding="utf-8")
        written = parse_target((tmp_path / "found.toml").read_text(), "found.toml", {})
        discovered = len(served.account.asked)
        served.account.asked.clear()
        text = (tmp_path / "found.toml").read_text().replace("scratch = false", "scratch = true ")
        (tmp_path / "found.toml").write_text(text, encoding="utf-8")
        ended = here("check", "found.toml")
    ours = written.model_copy(update={"gateways": written.gateways[:10], "vpcs": written.vpcs[:10]})
    assert list(differences(ours, declared)) == [], "what a listed route publishes is no row of the file"
    assert written.gateways[10].connections == ("vco-theirs",)
    assert discovered <= 25
    assert (ended.status, "which is not declared" in ended.out) == (0, False), ended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "discover: no endpoint; expected --url URL, or --region REGION"),
        (("--region", "x y"), "--region x y: expected"),
        (("--url", "http://user:secret@127.0.0.1:1"), "--url: endpoint.url: has credentials in it"),
        (("--url", "http://127.0.0.1:1"), "DescribeVpnGateways: no connection: "),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], says: str, here: Here) -> None:
    ended = here("discover", *words)
    assert (ended.status, ended.out, len(ended.lines)) == (3 if words[-1:] == ("http://127.0.0.1:1",) else 2, "", 1)
    assert says in ended.error
    assert "secret" not in ended.error


def refusing(action: str, code: str) -> Meddle:
    """Refuse one action with a code of the front door."""
    body = {"Code": code, "Message": "No.", "RequestId": "1"}
    return lambda asked, answer: (403, body) if asked == action else answer


def test_a_right_that_is_missing_is_said(here: Here) -> None:
    with serve(reference(), refusing(GATEWAYS, "Forbidden.RAM")) as served:
        ended = here("discover", "--url", served.url)
    assert (ended.status, ended.out, len(ended.lines)) == (3, "", 1)
    assert "DescribeVpnGateways: HTTP 403, Forbidden.RAM: grant the right" in ended.error
    with serve(reference(), refusing(SSL_SERVERS, "Forbidden.RAM")) as served:
        ended = here("discover", "--url", served.url)
    assert ended.status == 0
    assert "ssl_client_cidrs" not in ended.out
    assert "DescribeSslVpnServers: HTTP 403, Forbidden.RAM: grant the right" in ended.error
