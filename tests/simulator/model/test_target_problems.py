"""Everything that can be wrong with a target file: one row for each kind of problem."""

import json
import pickle

import pytest

from pbr_conformance.simulator.model.target_file import TargetError, parse_target
from tests.simulator.model.test_target import OWNER, SECRET, problems

PROBLEMS = [
    # keys
    ("colour = 1", "colour: unknown key; expected one of endpoint, credentials, gateways, vpcs"),
    ('name = "x"', "name: unknown key; expected one of endpoint, credentials, gateways, vpcs"),
    ("[endpoints]", "endpoints: unknown key; did you mean `endpoint`?"),
    ("[endpoint]\nsetle_seconds = 3", "endpoint.setle_seconds: unknown key; did you mean `settle_seconds`?"),
    (
        "[endpoint]\ntimeout = 3",
        "endpoint.timeout: unknown key; "
        "expected one of url, ca_file, proxy, region, signature, settle_seconds, lag_seconds, shared, "
        "requests_per_second, live",
    ),
    ("[endpoint]\nURL = 3", "endpoint.URL: unknown key; did you mean `url`?"),
    ("[credentials.subuser]\nx = 1", "credentials.subuser: unknown key; did you mean `sub_user`?"),
    (
        "[credentials.owner]\nacces_key_id = 1",
        "credentials.owner.acces_key_id: unknown key; did you mean `access_key_id`?",
    ),
    ('[[gateways]]\nid = "a"\ntunels = "x"', "gateways[0].tunels: unknown key; did you mean `tunnels`?"),
    ('[[vpcs]]\nid = "a"\nrotes = 1', "vpcs[0].rotes: unknown key; did you mean `routes`?"),
    ('[endpoint]\n"li\\nve" = true', 'endpoint."li\\nve": unknown key; did you mean `live`?'),
    ("[[gateways]]", "gateways[0].id: missing; expected a value"),
    # types
    ("endpoint = 1", "endpoint: is an integer; expected a table"),
    ("credentials = []", "credentials: is an array; expected a table"),
    ('[credentials]\nowner = "x"', "credentials.owner: is a string; expected a table"),
    ('[gateways]\nid = "a"', "gateways: is a table; expected an array of tables, [[gateways]]"),
    ("gateways = [3]", "gateways[0]: is an integer; expected a table"),
    ("[endpoint]\nregion = 1.5", "endpoint.region: is a float; expected a string"),
    ("[endpoint]\nregion = 2026-02-11", "endpoint.region: is a date or a time; expected a string"),
    ("[endpoint]\nlive = 1", "endpoint.live: is an integer; expected true or false"),
    ('[endpoint]\nlive = "$KEY"', "endpoint.live: is a string; expected true or false"),
    ("[endpoint]\nsettle_seconds = true", "endpoint.settle_seconds: is a boolean; expected a number"),
    ("[endpoint]\nsignature = []", 'endpoint.signature: is an array; expected "none", "v1" or "v3"'),
    ('[[gateways]]\nid = "a"\nquota = 3.0', "gateways[0].quota: is a float; expected an integer"),
    ('[[gateways]]\nid = "a"\nquota = true', "gateways[0].quota: is a boolean; expected an integer"),
    ('[[gateways]]\nid = "a"\nconnections = "b"', "gateways[0].connections: is a string; expected an array"),
    ('[[gateways]]\nid = "a"\nconnections = ["b", 3]', "gateways[0].connections[1]: is an integer; expected a string"),
    # values
    ('[endpoint]\nsignature = "v2"', 'endpoint.signature: is "v2"; expected "none", "v1" or "v3"'),
    ("[endpoint]\nsettle_seconds = 0", "endpoint.settle_seconds: is 0; expected more than 0"),
    ("[endpoint]\nsettle_seconds = inf", "endpoint.settle_seconds: is inf; expected a finite number"),
    ("[endpoint]\nsettle_seconds = nan", "endpoint.settle_seconds: is nan; expected a finite number"),
    ("[endpoint]\nrequests_per_second = -0.1", "endpoint.requests_per_second: is -0.1; expected 0 or more"),
    ("[endpoint]\nrequests_per_second = inf", "endpoint.requests_per_second: is inf; expected a finite number"),
    ('[[gateways]]\nid = "a"\ntunnels = "Dual"', 'gateways[0].tunnels: is "Dual"; expected "single" or "dual"'),
    ('[[gateways]]\nid = "a"\nstatus = "off"', 'gateways[0].status: is "off"; expected "active" or "updating"'),
    ('[[gateways]]\nid = "a"\nbusiness = ""', 'gateways[0].business: is ""; expected "normal" or "financial_locked"'),
    ('[[gateways]]\nid = "a"\nquota = -1', "gateways[0].quota: is -1; expected 0 or more"),
    ('[[vpcs]]\nid = "a"\nvpn_route_quota = -1', "vpcs[0].vpn_route_quota: is -1; expected 0 or more"),
    ('[[gateways]]\nid = ""', 'gateways[0].id: is ""; expected printable ASCII without blanks, at least one character'),
    ('[[vpcs]]\nid = "a b"', 'vpcs[0].id: is "a b"; expected printable ASCII without blanks, at least one character'),
    # two values
    (
        'gateways = [{ id = "a" }, { id = "a" }]',
        "gateways[1].id: is the id of gateways[0] too; expected an id of its own",
    ),
    (
        'vpcs = [{ id = "a" }, { id = "b" }, { id = "a" }]',
        "vpcs[2].id: is the id of vpcs[0] too; expected an id of its own",
    ),
    (
        'gateways = [{ id = "a", connections = ["c", "d"] }, { id = "b", connections = ["e", "d"] }]',
        "gateways[1].connections[1]: is gateways[0].connections[1] too; expected each connection once, on one gateway",
    ),
    (
        'gateways = [{ id = "a", connections = ["c", "c"] }]',
        "gateways[0].connections[1]: is gateways[0].connections[0] too; expected each connection once, on one gateway",
    ),
    (
        'gateways = [{ id = "a", vpc = "vpc-mian" }]\nvpcs = [{ id = "vpc-small" }, { id = "vpc-main" }]',
        'gateways[0].vpc: is the id of no VPC in [[vpcs]]; did you mean "vpc-main"?',
    ),
    (
        'gateways = [{ id = "a", vpc = "main" }]\nvpcs = [{ id = "vpc-small" }]',
        "gateways[0].vpc: is the id of no VPC in [[vpcs]]; expected a [[vpcs]] table with it",
    ),
    (
        'gateways = [{ id = "a", vpc = "vpc-a" }]',
        "gateways[0].vpc: is the id of no VPC in [[vpcs]]; expected a [[vpcs]] table with it",
    ),
    (
        '[credentials.owner]\naccess_key_id = "a"',
        "credentials.owner.access_key_secret: missing; expected a value, as access_key_id has one",
    ),
    (
        '[credentials.owner]\naccess_key_secret = "a"',
        "credentials.owner.access_key_id: missing; expected a value, as access_key_secret has one",
    ),
    (
        '[credentials.owner]\naccess_key_id = "a"\naccess_key_secret = "b"\nsecurity_token = "c d"',
        "credentials.owner.security_token: is malformed; "
        "expected printable ASCII without blanks, at least one character",
    ),
    (
        OWNER + OWNER.replace("owner", "sub_user"),
        "credentials.sub_user.access_key_id: is the one of credentials.owner too; expected another caller's",
    ),
    (
        '[endpoint]\nsignature = "v1"',
        'endpoint.signature: is "v1", but [credentials.owner] has no keys; '
        'expected access_key_id and access_key_secret, or "none"',
    ),
    (
        OWNER + "[credentials.unauthorized]",
        'credentials.unauthorized: has no keys; expected access_key_id and access_key_secret, as the signature is "v3"',
    ),
    # the environment
    (
        '[endpoint]\nregion = "$REGION"',
        "endpoint.region: environment variable REGION is not set, or empty; expected a value",
    ),
    ('[endpoint]\nurl = "$EMPTY"', "endpoint.url: environment variable EMPTY is not set, or empty; expected a value"),
    (
        '[[gateways]]\nid = "${KEY}"',
        'gateways[0].id: starts with `$` but names no variable; expected "$NAME"',
    ),
    ('[endpoint]\nsignature = "$SECRET"', 'endpoint.signature: is $SECRET; expected "none", "v1" or "v3"'),
    # TOML
    ("[endpoint]\nlive = maybe", "line 2, column 8: Invalid value; expected TOML"),
    ("[endpoint]\n[endpoint]\n", "line 2, column 10: Cannot declare ('endpoint',) twice; expected TOML"),
    ('[endpoint]\nregion = "cn', "line 2: Unterminated string; expected TOML"),
    ("x = " + "9" * 5000, "file: has a number of too many digits; expected TOML"),
    ("x = " + "[" * 20000, "document: is nested too deeply; expected the tables of a target file"),
    ("x" + ".x" * 2000 + " = 1", "document: is nested too deeply; expected the tables of a target file"),
]


@pytest.mark.parametrize(("text", "problem"), PROBLEMS, ids=[problem for _, problem in PROBLEMS])
def test_each_kind_of_problem_is_one_line(text: str, problem: str) -> None:
    assert problems(text) == (problem,)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("vpc.cn-hangzhou.aliyuncs.com", "is neither http:// nor https://"),
        ("localhost:8642", "is neither http:// nor https://"),
        ("ftp://host", "is neither http:// nor https://"),
        ("http:///path", "has no host"),
        ("http://host:99999", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("http://host:0", "has port 0"),
        (f"http://user:{SECRET}@host", "has credentials in it"),
        (f"http://{SECRET}@host", "has credentials in it"),
        ("http://host/?key=value", "has a query or a fragment"),
        ("http://host/#part", "has a query or a fragment"),
        ("", "is empty, or has a blank, a control or a non-ASCII character"),
        ("http://ho st", "is empty, or has a blank, a control or a non-ASCII character"),
        ("http://host\n", "is empty, or has a blank, a control or a non-ASCII character"),
    ],
)
def test_a_url_is_refused_without_quoting_it(url: str, wrong: str) -> None:
    expected = "expected http:// or https://, a host, and no credentials, query or fragment"
    assert problems(f"[endpoint]\nurl = {json.dumps(url)}") == (f"endpoint.url: {wrong}; {expected}",)


@pytest.mark.parametrize(
    ("owner", "problem"),
    [
        ('profile = ""', "owner.profile: is malformed; expected a name"),
        ('profile = "a"\naccess_key_id = "b"', "owner.access_key_id: is given beside profile; expected one of the two"),
        (
            'profile = "a"\n[credentials.sub_user]\nprofile = "a"',
            "sub_user.profile: is the one of credentials.owner too; expected another caller's",
        ),
        ('profile = "a"\n[credentials.sub_user]', None),
        ('provider = "other"', 'owner.provider: is malformed; expected "default"'),
        ('profile = "a"\nprovider = "default"', "owner.provider: is given beside profile; expected one of the two"),
    ],
)
def test_a_profile_stands_alone(owner: str, problem: str | None) -> None:
    text = f"[credentials.owner]\n{owner}"
    if problem is None:
        problem = 'sub_user: has no keys; expected access_key_id and access_key_secret, as the signature is "v3"'
    assert problems(text) == (f"credentials.{problem}",)


@pytest.mark.parametrize(
    ("proxy", "wrong"),
    [
        ("socks5://proxy:1080", "is not http://, the only kind of proxy that is supported"),
        (f"https://user:{SECRET}@proxy", "is not http://, the only kind of proxy that is supported"),
        ("proxy:3128", "is not http://, the only kind of proxy that is supported"),
        ("http://", "has no host"),
        ("http://proxy:0", "has port 0"),
        ("http://proxy:99999", "is not a URL"),
        ("http://proxy/path", "has a path, a query or a fragment"),
        ("http://proxy?", "has a path, a query or a fragment"),
        (f"http://user:{SECRET} @proxy", "has a blank, a control or a non-ASCII character"),
    ],
)
def test_a_proxy_is_refused_without_quoting_it(proxy: str, wrong: str) -> None:
    expected = 'expected http://, a host and a port, with user:password@ if need be; or "" for none'
    assert problems(f"[endpoint]\nproxy = {json.dumps(proxy)}") == (f"endpoint.proxy: {wrong}; {expected}",)


@pytest.mark.parametrize("proxy", ["", "http://proxy", "http://proxy:3128/", "http://jo:a%20b@[::1]:3128"])
def test_a_proxy_or_none_is_taken(proxy: str) -> None:
    target = parse_target(f"[endpoint]\nproxy = {json.dumps(proxy)}", "my.toml", {})
    assert target.endpoint.proxy is not None
    assert target.endpoint.proxy.get_secret_value() == proxy


@pytest.mark.parametrize("cidr", ["10.0.0.1/24", "10.0.0.0", "10.0.0.0/33", "010.0.0.0/8", "::/0", " 10.0.0.0/8", ""])
def test_a_prefix_is_strict_and_has_no_host_bits(cidr: str) -> None:
    wrong = f'is "{cidr}"; expected an IPv4 prefix without host bits, as 10.0.0.0/8'
    text = f"""
    gateways = [{{ id = "a", ssl_client_cidrs = ["10.0.0.0/8", "{cidr}"] }}]
    vpcs = [{{ id = "b", routes = [{{ destination = "{cidr}", next_hop = "instance", id = "i" }}] }}]
    """
    assert problems(text) == (f"gateways[0].ssl_client_cidrs[1]: {wrong}", f"vpcs[0].routes[0].destination: {wrong}")


@pytest.mark.parametrize("next_hop", ["", "VpnGateway", "vpn-gateway", "1st", "vpn_gateway\\n"])
def test_a_next_hop_is_a_lower_case_word(next_hop: str) -> None:
    row = f'{{ destination = "10.0.0.0/8", next_hop = "{next_hop}", id = "i" }}'
    assert problems(f'vpcs = [{{ id = "b", routes = [{row}] }}]') == (
        f'vpcs[0].routes[0].next_hop: is "{next_hop}"; expected a lower-case word, as vpn_gateway',
    )


def test_a_vpc_has_one_route_to_a_destination_and_two_vpcs_one_each() -> None:
    row = '{ destination = "10.0.0.0/8", next_hop = "instance", id = "i" }'
    assert (
        len(parse_target(f'vpcs = [{{ id = "a", routes = [{row}] }}, {{ id = "b", routes = [{row}] }}]', "x").vpcs) == 2
    )
    assert problems(f'vpcs = [{{ id = "a", routes = [{row}, {row}] }}]') == (
        "vpcs[0].routes[1].destination: is the destination of vpcs[0].routes[0] too; "
        "expected one route to each destination",
    )


def test_a_long_value_is_cut() -> None:
    assert problems(f'[endpoint]\nsignature = "{"x" * 1000}"') == (
        f'endpoint.signature: is "{"x" * 59}..."; expected "none", "v1" or "v3"',
    )


def test_all_problems_are_found_at_once_by_place() -> None:
    text = """
    colour = "red"
    [endpoint]
    signature = "v2"
    live = "no"
    [credentials.owner]
    access_key_id = "$NO_SUCH"
    [[gateways]]
    tunels = "dual"
    vpc = "vpc-mian"
    connections = ["vco-a", 3]
    [[gateways]]
    id = "vpn-a"
    quota = -1
    connections = ["vco-a"]
    [[gateways]]
    id = "vpn-a"
    [[vpcs]]
    id = "vpc-main"
    routes = [{ destination = "10.0.0.1/8", next_hop = "instance" }]
    """
    assert [problem.split(";")[0] for problem in problems(text)] == [
        "colour: unknown key",
        "credentials.owner.access_key_id: environment variable NO_SUCH is not set, or empty",
        "credentials.owner.access_key_secret: missing",
        "endpoint.live: is a string",
        'endpoint.signature: is "v2"',
        "gateways[0].connections[1]: is an integer",
        "gateways[0].id: missing",
        "gateways[0].tunels: unknown key",
        "gateways[0].vpc: is the id of no VPC in [[vpcs]]",
        "gateways[1].connections[0]: is gateways[0].connections[0] too",
        "gateways[1].quota: is -1",
        "gateways[2].id: is the id of gateways[1] too",
        'vpcs[0].routes[0].destination: is "10.0.0.1/8"',
        "vpcs[0].routes[0].id: missing",
    ]


def test_the_error_reads_as_a_line_a_problem_with_the_files_name() -> None:
    with pytest.raises(TargetError) as caught:
        parse_target("[endpoint]\nlive = 1\nregion = 2", "dir/my.toml")
    assert str(caught.value) == (
        "dir/my.toml: endpoint.live: is an integer; expected true or false\n"
        "dir/my.toml: endpoint.region: is an integer; expected a string"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
