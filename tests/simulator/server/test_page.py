"""The page: what is on it, what is not, and who gets it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from html import unescape
from http.client import HTTPConnection
from typing import Final

import pytest
from pydantic import SecretStr

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.overview import asked_by, clock, overview
from pbr_conformance.simulator.server.page import to_html, visible, visit
from pbr_conformance.simulator.server.recent import Recent
from pbr_conformance.simulator.server.server import serving
from tests.simulator.oracle_rows import Changes
from tests.simulator.simulated import NOW, REST, TARGET, create, describe

LOOKING: Final = {"Accept": "text/html,*/*;q=0.8"}


class Looker:
    """An account, what was sent to it, and the page of both."""

    def __init__(self, account: Account | None = None) -> None:
        self.account, self.recent, self.now = account or Account(TARGET), Recent(), NOW

    def send(self, request: Request, came: Answer | NoAnswer | None = None, note: str = "") -> None:
        """Have a request answered by the simulator, and remember another answer where one is given."""
        before, (self.account, answer) = self.account, step(self.account, request, self.now, Dialect())
        self.recent.add((self.now, before, request, came or answer, note), 0)
        self.now += REST

    def html(self, query: str = "", signed: bool = False) -> str:
        shown = overview(self.account, self.recent, asked_by(query), now=self.now, spec=DEFAULT_SPEC, signed=signed)
        return to_html(shown)

    def text(self, query: str = "", signed: bool = False) -> str:
        return text_of(self.html(query, signed))


def text_of(html: str) -> str:
    """What a reader sees."""
    bare = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", bare)).split())


def section(html: str, id: str) -> str:
    found = re.search(rf'<section id="{id}".*?</section>', html, flags=re.DOTALL)
    assert found is not None
    return found[0]


def crowded(count: int, changes: Changes | None = None) -> Looker:
    """So many routes on one gateway that has room for them."""
    roomy = TARGET.gateways[0].model_copy(update={"quota": count})
    looker = Looker(Account(TARGET.model_copy(update={"gateways": (roomy, *TARGET.gateways[1:])})))
    for at in range(count):
        pair = {"RouteSource": f"10.{at // 256}.{at % 256}.0/24", "RouteDest": "172.16.0.0/16"}
        looker.account, answer = step(looker.account, create({**pair, **(changes or {})}), looker.now, Dialect())
        assert answer.status == 200
        looker.now += REST
    return looker


# --- What is on it -----------------------------------------------------------------------------------------


def test_every_gateway_is_shown_with_its_state_and_how_full_it_is() -> None:
    looker = Looker()
    looker.send(create({}))
    rows = [text_of(row) for row in re.findall(r'<tr id="gateway-.*?</tr>', looker.html(), flags=re.DOTALL)]
    assert [row.split()[0] for row in rows] == [gateway.id for gateway in TARGET.gateways]
    assert rows[0] == "vpn-single single active vpc-main 2 1 of 20"
    assert any(row.startswith("vpn-locked single financially locked") for row in rows)
    assert any(row.startswith("vpn-quota single active vpc-second 2 0 of 3") for row in rows)


def test_a_gateway_that_works_on_a_change_is_busy_and_then_active_again() -> None:
    looker = Looker()
    looker.account, _ = step(looker.account, create({}), NOW, Dialect(settles_after=5_000))
    looker.now = NOW + 4_999
    assert "vpn-single single busy" in looker.text()
    looker.now = NOW + 5_000
    assert "vpn-single single active" in looker.text()


def test_a_route_is_shown_with_what_was_sent_in_the_table_and_in_the_picture() -> None:
    looker = Looker()
    looker.send(create({"Priority": "37", "Weight": "0", "Description": "to the branch"}))
    routes = section(looker.html(), "routes")
    assert "0 10.1.0.0/24 10.2.0.0/24 vco-single-a 37 0 no to the branch 22:13:20" in text_of(routes)
    assert "p37 w0" in routes
    assert "10.1.0.0/24 to 10.2.0.0/24: route 0 with priority 37 and weight 0" in routes


def test_the_gateway_that_was_asked_for_is_the_one_whose_routes_are_shown() -> None:
    looker = Looker()
    looker.send(create({}))
    assert "Routes of vpn-single 1" in looker.text()
    assert "Routes of vpn-dual 0" in looker.text("gateway=vpn-dual")
    assert "Routes of vpn-single 1" in looker.text("gateway=of-nobody")


def test_a_refused_request_says_every_condition_it_broke_and_what_else_was_allowed() -> None:
    looker = Looker()
    looker.send(create({"RouteSource": "10.0.0.0/33", "Weight": "7", "Description": "http://x"}))
    shown = text_of(section(looker.html(), "requests"))
    for said in (
        "MUST cidr/source (RouteSource) RouteSource is not an IPv4 prefix InvalidCidrBlock.Malformed",
        "MUST weight/value (Weight) Weight is an integer other than 0 and 100 VpnRouteEntry.InvalidWeight",
        "MUST description/scheme (Description) Description starts with http:// or https:// any code, HTTP 400 to 499",
        "any 4xx description/scheme (MUST)",
    ):
        assert said in shown
    assert shown.count("this came") == 1
    assert "not allowed" not in shown


@pytest.mark.parametrize(
    ("came", "note", "accused"),
    [
        (Answer(200, {"RequestId": "1"}), "", True),
        (Answer(400, {"Code": "VpnRouteEntry.AlreadyExists"}), "", True),
        (Answer(500, {"Code": "VpnRouteEntry.InvalidWeight"}), "", True),
        (Answer(400, {"Code": "VpnRouteEntry.InvalidWeight"}), "", False),
        (Answer(503, {"Code": "ServiceUnavailable"}), "fault: unavailable", False),
        (NoAnswer("timeout", "nothing came"), "fault: timeout", False),
    ],
)
def test_an_answer_that_is_not_allowed_is_marked(came: Answer | NoAnswer, note: str, accused: bool) -> None:
    looker = Looker()
    looker.send(create({"Weight": "7"}), came, note)
    shown = text_of(section(looker.html(), "requests"))
    assert ("not allowed" in shown) == accused
    assert ("The answer is not among them." in shown) == accused
    assert note in shown


def test_a_request_of_another_operation_is_shown_without_an_explanation() -> None:
    looker = Looker()
    looker.send(describe())
    shown = section(looker.html(), "requests")
    assert "DescribeVpnGateway" in shown
    assert 'class="explanation"' not in shown


def test_a_request_is_explained_by_the_account_as_it_was_then() -> None:
    looker = Looker()
    looker.send(create({}))
    looker.send(create({"RouteSource": "10.1.0.0/25"}))
    newest, oldest = re.findall(r"<details.*?</details>", looker.html(), flags=re.DOTALL)
    assert "route/overlap" in newest
    assert "route/overlap" not in oldest


def test_a_creation_that_came_without_dry_run_is_named() -> None:
    looker = Looker()
    looker.send(create({"DryRun": "true"}))
    looker.send(create({}))
    looker.send(describe())
    shown = re.findall(r"<summary.*?</summary>", looker.html(), flags=re.DOTALL)
    assert ["no DryRun sent" in text for text in shown] == [False, True, False], "the newest first"


def test_a_creation_is_assessed_without_being_sent() -> None:
    looker = Looker()
    looker.send(create({}))
    query = "try=1&RegionId=cn-hangzhou&VpnGatewayId=vpn-single&RouteSource=10.1.0.0%2F25&RouteDest=10.2.0.0%2F24"
    page = looker.html(f"{query}&NextHop=vco-single-a&Weight=100&PublishVpc=false&Priority=&caller=sub_user")
    assessed = text_of(section(page, "try"))
    assert "MUST route/overlap" in assessed
    assert "MUST caller/sub-user" in assessed
    assert "format/empty-optional" not in assessed
    assert 'value="10.1.0.0/25"' in page
    assert len(looker.account.table("vpn-single")) == 1


def test_the_form_is_prefilled_with_a_creation_that_succeeds() -> None:
    filled = dict(re.findall(r'<input id="field-\w+" name="(\w+)" value="([^"]+)"', Looker().html("gateway=vpn-dual")))
    assert filled["VpnGatewayId"] == "vpn-dual"
    _, answer = step(Account(TARGET), Request("CreateVpnPbrRouteEntry", filled), NOW, Dialect())
    assert answer.status == 200


def test_where_signatures_are_verified_the_form_only_assesses() -> None:
    assert 'id="send"' in Looker().html()
    page = Looker().html(signed=True)
    assert 'id="send"' not in page
    assert "no secret to sign with" in page
    assert "Assess without sending" in page


def test_an_account_without_gateways_is_no_error() -> None:
    empty = Looker(Account(TARGET.model_copy(update={"gateways": ()})))
    assert "This account has no gateway." in empty.text()


# --- What is not on it -------------------------------------------------------------------------------------


def test_ten_thousand_routes_leave_the_page_small() -> None:
    looker = crowded(10_000)
    page = looker.html()
    assert len(page) < 150_000
    assert "10,000 of 10,000" in page
    assert page.count('<tr id="route-') == 50
    assert "10.39.15.0/24" in page
    assert "Page 1 of 200" in text_of(page)
    last = section(looker.html("gateway=vpn-single&routes=200"), "routes")
    assert "10.0.0.0/24" in last
    assert "10.39.15.0/24" not in last


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "x", "²", "3"])
def test_a_page_that_is_not_there_is_the_nearest_that_is(page: str) -> None:
    shown = text_of(section(crowded(60).html(f"routes={page}"), "routes"))
    assert "Page 1 of 2" in shown or "Page 2 of 2" in shown


def test_what_a_client_sent_is_text_cut_and_visible() -> None:
    looker = Looker()
    evil = '"><script>alert(1)</script>\u202e\x1b[31m\ud800\x00'
    looker.send(create({"Description": evil, "RouteSource": "x" * 1_000_000, evil: evil}))
    looker.send(Request(evil, {}, "owner"))
    page = looker.html()
    assert len(page) < 100_000
    assert page.count("<script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e\\x1b[31m\\ud800\\x00" in page
    assert "(999,800 more characters)" in page
    assert not {char for char in page if not char.isprintable()} - {"\n"}
    assert page.encode()


def test_many_parameters_are_counted() -> None:
    looker = Looker()
    looker.send(create({f"Extra{at}": "1" for at in range(1_000)}))
    assert "967 more parameters." in looker.text()


def test_what_is_asked_for_is_text_too() -> None:
    page = Looker().html("gateway=%22%3E%3Cscript%3E&try=1&RouteSource=%22%3E%3Cscript%3E%E2%80%AE&caller=%3Cb%3E")
    assert page.count("<script") == 1
    assert "<b>" not in section(page, "try")
    assert "\u202e" not in page


def test_more_fields_than_anybody_fills_in_are_as_none() -> None:
    assert asked_by("&".join(f"a{at}=1" for at in range(1_000)) + "&gateway=vpn-dual") == asked_by("")


def test_no_secret_is_on_the_page() -> None:
    key = Credential(access_key_id="key-of-owner", access_key_secret=SecretStr("hidden-from-all"))
    looker = Looker(Account(TARGET.model_copy(update={"credentials": {"owner": key}})))
    looker.send(create({}))
    assert "hidden-from-all" not in looker.html()
    assert "key-of-owner" not in looker.html()


def test_nothing_is_loaded_from_elsewhere_and_no_attribute_holds_style_or_script() -> None:
    looker = Looker()
    looker.send(create({}))
    page = looker.html()
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r"""\s(?:src|style|on\w+)=""", body)
    assert all(link.startswith(("#", "?", "data:,")) for link in re.findall(r'href="([^"]*)"', body))


def test_no_id_is_given_twice() -> None:
    looker = crowded(3)
    looker.send(create({"Weight": "7"}))
    ids = re.findall(r'\sid="([^"]*)"', looker.html("try=1"))
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("plain ü 漢", 20, "plain ü 漢"), ("a\nb", 20, "a\\nb"), ("abcdef", 4, "abcd… (2 more characters)")],
)
def test_a_text_is_made_visible(text: str, limit: int, shown: str) -> None:
    assert visible(text, limit, keep="") == shown


def test_the_time_of_day_is_that_of_utc() -> None:
    assert clock(1_700_000_000_999) == "22:13:20"
    assert clock(0) == "00:00:00"


# --- Who gets it -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(page=visit) as url:
        yield url


def fetched(
    url: str, target: str, headers: Mapping[str, str], method: str = "GET"
) -> tuple[int, Mapping[str, str], str]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, target, headers=dict(headers))
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
    finally:
        connection.close()


def test_a_browser_that_opens_the_address_gets_the_page_with_what_protects_it(url: str) -> None:
    status, headers, page = fetched(url, "/?gateway=vpn-dual", {**LOOKING, "Sec-Fetch-Site": "none"})
    assert (status, headers["content-type"]) == (200, "text/html;charset=utf-8")
    assert "Routes of vpn-dual" in text_of(page)
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    for name in ("style", "script"):
        (source,) = re.findall(rf"<{name}>(.*?)</{name}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
    ],
)
@pytest.mark.parametrize("target", ["/", "/?try=1&Weight=7"])
def test_another_site_gets_nothing(url: str, target: str, headers: Mapping[str, str]) -> None:
    status, answered, page = fetched(url, target, {**LOOKING, **headers})
    assert (status, answered["content-type"]) == (403, "text/plain;charset=utf-8")
    assert answered["x-content-type-options"] == "nosniff"
    assert "vpn-single" not in page


@pytest.mark.parametrize(
    ("target", "headers", "method"),
    [
        ("/", {}, "GET"),
        ("/", {"Accept": "application/json"}, "GET"),
        ("/", LOOKING, "POST"),
        ("/elsewhere", LOOKING, "GET"),
        ("/?Action=DescribeVpnGateway&Version=2016-04-28", LOOKING, "GET"),
    ],
)
def test_every_other_request_is_one_of_the_api(url: str, target: str, headers: Mapping[str, str], method: str) -> None:
    _, answered, body = fetched(url, target, headers, method)
    assert answered["content-type"].startswith("application/json")
    assert '"RequestId"' in body
    assert "content-security-policy" not in answered


def test_looking_changes_nothing() -> None:
    with serving(page=visit) as url:
        first = fetched(url, "/?try=1", LOOKING)[2]
        assert fetched(url, "/?try=1", LOOKING)[2] == first
