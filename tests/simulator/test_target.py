"""The target file: what it may hold, everything that can be wrong with it, and the reference account."""

import copy
import json
import os
import pickle
import re
import string
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

from simulator.prefixes import parse
from simulator.target import Credential, Endpoint, Gateway, Target, Vpc, VpcRoute
from simulator.target_file import TargetError, dump, load, parse_document, parse_target, reference

SECRET = "SoVerySecret30Characters"
KEYS = {"KEY": "LTAIexample", "SECRET": SECRET, "EMPTY": ""}

OWNER = """
[credentials.owner]
access_key_id = "$KEY"
access_key_secret = "$SECRET"
"""

EVERY_KEY = f"""
[endpoint]
url = "https://vpc.cn-hangzhou.aliyuncs.com"
region = "cn-shanghai"
signature = "v1"
settle_seconds = 60
requests_per_second = 0.5
live = true
{OWNER}
[[gateways]]
id = "vpn-a"
tunnels = "dual"
pbr = false
priority = false
status = "updating"
business = "financial_locked"
quota = 0
vpc = "vpc-a"
connections = ["vco-a", "vco-b"]
ssl_client_cidrs = ["192.168.10.0/24", "0.0.0.0/0"]
scratch = true

[[vpcs]]
id = "vpc-a"
vpn_route_quota = 0
routes = [{{ destination = "10.200.0.0/16", next_hop = "vpn_gateway", id = "vpn-other" }}]
"""


def problems(text: str, environ: Mapping[str, str] = KEYS) -> tuple[str, ...]:
    with pytest.raises(TargetError) as caught:
        parse_target(text, "my.toml", environ)
    return caught.value.problems


# What a file means


def test_only_a_gateways_id_is_required() -> None:
    target = parse_target('[[gateways]]\nid = "vpn-a"\n[[vpcs]]\nid = "vpc-a"', "my.toml", {})
    assert target == Target(
        name="my",
        endpoint=Endpoint(
            url=None,
            region="cn-hangzhou",
            signature="none",
            settle_seconds=10.0,
            requests_per_second=0.0,
            live=False,
        ),
        credentials={},
        gateways=(
            Gateway(
                id="vpn-a",
                tunnels="single",
                pbr=True,
                priority=True,
                status="active",
                business="normal",
                quota=20,
                vpc=None,
                connections=(),
                ssl_client_cidrs=(),
                scratch=False,
            ),
        ),
        vpcs=(Vpc(id="vpc-a", vpn_route_quota=None, routes=()),),
    )


def test_every_key_is_read() -> None:
    assert parse_target(EVERY_KEY, "dir/live.account.toml", KEYS) == Target(
        name="live.account",
        endpoint=Endpoint(
            url="https://vpc.cn-hangzhou.aliyuncs.com",
            region="cn-shanghai",
            signature="v1",
            settle_seconds=60.0,
            requests_per_second=0.5,
            live=True,
        ),
        credentials={"owner": Credential(access_key_id="LTAIexample", access_key_secret=SecretStr(SECRET))},
        gateways=(
            Gateway(
                id="vpn-a",
                tunnels="dual",
                pbr=False,
                priority=False,
                status="updating",
                business="financial_locked",
                quota=0,
                vpc="vpc-a",
                connections=("vco-a", "vco-b"),
                ssl_client_cidrs=("192.168.10.0/24", "0.0.0.0/0"),
                scratch=True,
            ),
        ),
        vpcs=(
            Vpc(
                id="vpc-a",
                vpn_route_quota=0,
                routes=(VpcRoute(destination="10.200.0.0/16", next_hop="vpn_gateway", id="vpn-other"),),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("", "none"),
        ("[credentials.owner]\n[credentials.sub_user]", "none"),
        ('[credentials.sub_user]\naccess_key_id = "a"\naccess_key_secret = "b"', "none"),
        (OWNER, "v3"),
        ("[endpoint]\nlive = true" + OWNER, "v3"),
        ('[endpoint]\nsignature = "v1"' + OWNER, "v1"),
        ('[endpoint]\nsignature = "none"' + OWNER, "none"),
    ],
)
def test_the_default_signature_is_v3_if_the_owner_has_keys(text: str, signature: str) -> None:
    assert parse_target(text, "my.toml", KEYS).endpoint.signature == signature


def test_a_variable_is_read_from_the_environment_wherever_a_text_stands() -> None:
    text = """
    endpoint = { url = "$URL" }
    gateways = [{ id = "$ID", tunnels = "$TUNNELS", connections = ["$CONNECTION"] }]
    """
    environ = {"URL": "http://[::1]:8642/path", "ID": "vpn-a", "TUNNELS": "dual", "CONNECTION": "vco$a"}
    target = parse_target(text, "my.toml", environ)
    assert target.endpoint.url == "http://[::1]:8642/path"
    assert target.gateways == (Gateway(id="vpn-a", tunnels="dual", connections=("vco$a",)),)


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBR_TEST_REGION", "cn-beijing")
    assert parse_target('[endpoint]\nregion = "$PBR_TEST_REGION"', "my.toml").endpoint.region == "cn-beijing"


def test_values_are_found_by_name() -> None:
    shared = Vpc(id="vpc-a", vpn_route_quota=7)
    one = Gateway(id="vpn-1", tunnels="dual", vpc="vpc-a", connections=("vco-1", "vco-2"))
    two = Gateway(id="vpn-2", connections=("vco-3",))
    target = Target(name="x", gateways=(one, two), vpcs=(shared,))
    assert (one.dual, two.dual) == (True, False)
    assert (target.gateway("vpn-2"), target.gateway("vpn-3")) == (two, None)
    assert target.vpc_of(one) == shared
    assert target.vpc_of(two) == Vpc(id="vpc-of-vpn-2", vpn_route_quota=None, routes=())
    assert target.connection_home == {"vco-1": "vpn-1", "vco-2": "vpn-1", "vco-3": "vpn-2"}


def test_a_gateway_in_a_vpc_that_the_target_lacks_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="vpc-a"):
        Target(name="x").vpc_of(Gateway(id="vpn-1", vpc="vpc-a"))


def test_values_do_not_change_and_can_be_copied() -> None:
    target = parse_target(EVERY_KEY, "my.toml", KEYS)
    with pytest.raises(ValidationError):
        target.gateways[0].quota = 3
    assert copy.deepcopy(target) == target
    assert pickle.loads(pickle.dumps(target)) == target


# What is wrong with a file: one row for each kind of problem

PROBLEMS = [
    # keys
    (
        "colour = 1",
        "colour: unknown key; did you mean `credentials`? Expected one of endpoint, credentials, gateways, vpcs",
    ),
    ('name = "x"', "name: unknown key; did you mean `gateways`? Expected one of endpoint, credentials, gateways, vpcs"),
    ("[endpoints]", "endpoints: unknown key; did you mean `endpoint`?"),
    ("[endpoint]\nsetle_seconds = 3", "endpoint.setle_seconds: unknown key; did you mean `settle_seconds`?"),
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


# Files


def test_a_file_gives_the_target_its_stem_as_name(tmp_path: Path) -> None:
    path = tmp_path / "my-account.toml"
    path.write_bytes(b'\xef\xbb\xbf[[gateways]]\r\nid = "vpn-a"\r\n')
    assert load(path) == Target(name="my-account", gateways=(Gateway(id="vpn-a"),))


def test_a_file_reads_the_environment_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(OWNER)
    secret = load(path, KEYS).credentials["owner"].access_key_secret
    assert secret is not None
    assert secret.get_secret_value() == SECRET


def unreadable(path: Path) -> Path:
    path.write_text("")
    path.chmod(0)
    return path


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (lambda path: path, "file: cannot be read (No such file or directory); expected a readable TOML file"),
        (lambda path: path.parent, "file: cannot be read (Is a directory); expected a readable TOML file"),
        (lambda path: path / "\0", "file: cannot be read (embedded null byte); expected a readable TOML file"),
        pytest.param(
            unreadable,
            "file: cannot be read (Permission denied); expected a readable TOML file",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file"),
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(made: Callable[[Path], Path], problem: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        load(made(tmp_path / "my.toml"))
    assert caught.value.problems == (problem,)


def test_a_file_must_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b"[endpoint]\n# caf\xe9\n")
    with pytest.raises(TargetError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: line 2: is not UTF-8; expected TOML in UTF-8"


# Secrets


def test_a_secret_is_in_no_text_of_a_target() -> None:
    target = parse_target(EVERY_KEY, "my.toml", KEYS)
    for text in (
        repr(target),
        str(target),
        repr(target.credentials),
        json.dumps(dump(target)),
        target.model_dump_json(),
    ):
        assert SECRET not in text


@pytest.mark.parametrize(
    "text",
    [
        '[credentials.owner]\naccess_key_secret = "$BAD"',
        f'[credentials.owner]\naccess_key_secret = "{SECRET} "',
        f'[credentials.owner]\naccess_key_secret = ["{SECRET}"]',
        f'[credentials.owner]\nacces_key_secret = "{SECRET}"',
        f'[credentials.owner]\naccess_key_secret = "${{{SECRET}}}"',
        f'[credentials]\naccess_key_secret = "{SECRET}"',
        f'[credentials]\nowner = "{SECRET}"',
        f'credentials = "{SECRET}"',
        f'endpoint = "http://{SECRET}@host"',
        f'[endpoint]\nsignature = {{ key = "{SECRET}" }}',
        '[endpoint]\nsignature = "$SECRET"',
        '[[gateways]]\nid = "$BAD"\nvpc = "$SECRET"\nconnections = ["$SECRET", "$SECRET"]',
    ],
)
def test_a_secret_is_in_no_problem(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_target(text, "my.toml", {**KEYS, "BAD": SECRET + "\n"})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_secret_is_not_in_the_error_of_a_value_made_by_hand() -> None:
    with pytest.raises(ValidationError) as caught:
        Credential(access_key_secret=SecretStr(SECRET + " "))
    assert SECRET not in str(caught.value)


# Transcripts


@pytest.mark.parametrize("target", [reference(), reference("http://127.0.0.1:8642"), Target(name="x")])
def test_what_is_dumped_is_read_again(target: Target) -> None:
    assert parse_document(json.loads(json.dumps(dump(target)))) == target


def test_of_credentials_only_the_names_are_dumped() -> None:
    target = parse_target(EVERY_KEY, "my.toml", KEYS)
    again = parse_document(dump(target))
    assert again.credentials == {"owner": Credential()}
    assert again == target.model_copy(update={"credentials": {"owner": Credential()}})
    assert again.endpoint.signature == "v1"


def test_a_transcript_cannot_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBR_TEST_SECRET", SECRET)
    document = {"name": "x", "gateways": [{"id": "$PBR_TEST_SECRET"}]}
    assert parse_document(document).gateways == (Gateway(id="$PBR_TEST_SECRET"),)


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ([], "account: document: is an array; expected a table"),
        (None, "account: document: is null; expected a table"),
        ({}, "account: name: missing; expected a value"),
        ({"name": "x", "gateways": [{"id": None}]}, "account: gateways[0].id: is null; expected a string"),
        ({"name": "x", "nam": 1}, "account: nam: unknown key; did you mean `credentials`? Expected one of"),
    ],
)
def test_a_wrong_transcript_is_a_target_error(document: object, line: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_document(document)
    assert str(caught.value).startswith(line)


SECTIONS = ("endpoint", "credentials", "gateways", "vpcs", "routes")
KEYS_OF_ALL = tuple(key for model in (Endpoint, Credential, Gateway, Vpc, VpcRoute) for key in model.model_fields)
ANY_KEY = st.sampled_from((*SECTIONS, *KEYS_OF_ALL, "name", "owner", "[key]", "x")) | st.text(max_size=3)
ANY_VALUE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["$KEY", "$NO", "$", "http://h", "10.0.0.0/8", "dual", "a"])
    | st.text(alphabet=st.characters(), max_size=5)
)
ANY_DOCUMENT = st.recursive(
    ANY_VALUE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_KEY, inner, max_size=4), max_leaves=20
)
ANY_ROW = st.dictionaries(ANY_KEY, ANY_DOCUMENT, max_size=4)
ANY_ACCOUNT = st.fixed_dictionaries(
    {"name": st.just("x")},
    optional={
        "endpoint": ANY_ROW,
        "credentials": st.dictionaries(ANY_KEY, ANY_ROW, max_size=3),
        "gateways": st.lists(ANY_ROW, max_size=3),
        "vpcs": st.lists(st.fixed_dictionaries({"id": ANY_VALUE, "routes": st.lists(ANY_ROW, max_size=3)}), max_size=3),
    },
)


def problems_of(read: Callable[[], Target]) -> tuple[str, ...] | None:
    try:
        read()
    except TargetError as error:
        return error.problems
    return None


@given(ANY_ACCOUNT | ANY_DOCUMENT)
def test_any_document_is_a_target_or_has_problems_of_one_line(document: object) -> None:
    found = problems_of(lambda: parse_document(document))
    assert found is None or found
    assert all(len(problem.splitlines()) == 1 for problem in found or ())


@given(st.text(alphabet=string.printable) | st.text())
def test_any_text_is_a_target_or_has_problems(text: str) -> None:
    found = problems_of(lambda: parse_target(text, "my.toml", KEYS))
    assert found is None or found


# The reference account


def scratch(**wanted: Any) -> list[Gateway]:
    return [
        gateway
        for gateway in reference().gateways
        if gateway.scratch and all(getattr(gateway, key) == value for key, value in wanted.items())
    ]


def test_the_reference_account_has_what_the_contract_promises() -> None:
    target = reference()
    plain = {"pbr": True, "priority": True, "status": "active", "business": "normal", "quota": 20}
    assert len(scratch(**plain, tunnels="single", ssl_client_cidrs=())) >= 2
    assert len(scratch(**plain, tunnels="dual")) >= 2
    assert [gateway.id for gateway in target.gateways if gateway.quota == 3] == ["vpn-quota"]
    assert [gateway.id for gateway in scratch(priority=False)] == ["vpn-no-priority"]
    assert [gateway.id for gateway in scratch(pbr=False)] == ["vpn-no-pbr"]
    assert [gateway.id for gateway in scratch(business="financial_locked")] == ["vpn-locked"]
    assert [gateway.id for gateway in scratch(status="updating")] == ["vpn-configuring"]
    ssl = ("192.168.10.0/24", "192.168.20.0/24")
    assert [gateway.id for gateway in scratch(ssl_client_cidrs=ssl)] == ["vpn-ssl"]
    assert [gateway.id for gateway in target.gateways if target.vpc_of(gateway).vpn_route_quota == 3] == [
        "vpn-vpc-quota"
    ]
    assert [(row.destination, row.next_hop, row.id) for row in target.vpc_of(scratch(id="vpn-single")[0]).routes] == [
        ("10.200.0.0/16", "vpn_gateway", "vpn-other"),
        ("10.201.0.0/16", "instance", "i-1"),
        ("10.202.0.0/16", "router_interface", "ri-1"),
    ]


def test_the_reference_account_is_all_scratch_with_two_connections_a_gateway() -> None:
    target = reference()
    assert {gateway.id: gateway.connections for gateway in target.gateways if gateway.scratch} == {
        gateway.id: (f"vco-{gateway.id.removeprefix('vpn-')}-a", f"vco-{gateway.id.removeprefix('vpn-')}-b")
        for gateway in target.gateways
    }


def test_the_reference_account_has_three_lanes() -> None:
    target = reference()
    assert {vpc.id: [gateway.id for gateway in target.gateways if gateway.vpc == vpc.id] for vpc in target.vpcs} == {
        "vpc-main": ["vpn-single", "vpn-dual", "vpn-ssl", "vpn-no-pbr", "vpn-locked", "vpn-configuring"],
        "vpc-second": ["vpn-single-2", "vpn-dual-2", "vpn-no-priority", "vpn-quota"],
        "vpc-small": ["vpn-vpc-quota"],
    }
    destinations = [parse(row.destination) for vpc in target.vpcs for row in vpc.routes]
    assert len(set(destinations)) == len(destinations) == 7


def test_the_reference_account_needs_no_keys_and_no_url() -> None:
    target = reference()
    assert target.name == "reference"
    assert target.endpoint == Endpoint(url=None, region="cn-hangzhou", signature="none")
    assert target.credentials == {"owner": Credential(), "sub_user": Credential(), "unauthorized": Credential()}


def test_the_reference_account_can_be_elsewhere() -> None:
    elsewhere = reference("http://127.0.0.1:8642")
    assert elsewhere.endpoint == Endpoint(url="http://127.0.0.1:8642")
    assert elsewhere.gateways == reference().gateways
    with pytest.raises(TargetError, match=r"endpoint\.url: is neither"):
        reference("localhost:8642")


# The documentation


def blocks(language: str) -> list[str]:
    page = (Path(__file__).parents[2] / "docs" / "target-file.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_the_documented_examples_are_what_happens() -> None:
    live, wrong = blocks("toml")
    environ = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIexample", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
    assert parse_target(live, "my.toml", environ).endpoint.signature == "v3"
    with pytest.raises(TargetError) as caught:
        parse_target(wrong, "my.toml", {})
    assert f"{caught.value}\n" == blocks("text")[0]


@pytest.mark.parametrize("model", [Endpoint, Credential, Gateway, Vpc, VpcRoute])
def test_every_key_is_documented(model: type[BaseModel]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "target-file.md").read_text("utf-8")
    tables = [re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) for table in page.split("| key |")]
    assert list(model.model_fields) in tables
