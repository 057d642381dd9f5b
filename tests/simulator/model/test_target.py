"""The target file: what it may hold, from where it is read, and how it is documented."""

import copy
import os
import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from pbr_conformance.simulator.model.target import Credential, EndpointDeclaration, Gateway, Target, Vpc, VpcRoute
from pbr_conformance.simulator.model.target_file import TargetError, load, parse_target

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
ca_file = "company-ca.pem"
proxy = "http://jo:{SECRET}@proxy:3128"
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
        endpoint=EndpointDeclaration(
            url=None,
            region="cn-hangzhou",
            signature="none",
            settle_seconds=None,
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
        endpoint=EndpointDeclaration(
            url="https://vpc.cn-hangzhou.aliyuncs.com",
            ca_file="dir/company-ca.pem",
            proxy=SecretStr(f"http://jo:{SECRET}@proxy:3128"),
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


# The documentation


def blocks(language: str) -> list[str]:
    page = (Path(__file__).parents[3] / "docs" / "target-file.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_the_documented_examples_are_what_happens() -> None:
    live, wrong = blocks("toml")
    environ = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIexample", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
    assert parse_target(live, "my.toml", environ).endpoint.signature == "v3"
    with pytest.raises(TargetError) as caught:
        parse_target(wrong, "my.toml", {})
    assert f"{caught.value}\n" == blocks("text")[0]


@pytest.mark.parametrize("model", [EndpointDeclaration, Credential, Gateway, Vpc, VpcRoute])
def test_every_key_is_documented(model: type[BaseModel]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "target-file.md").read_text("utf-8")
    tables = [re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) for table in page.split("| key |")]
    assert list(model.model_fields) in tables
