"""Texts of HTTP to requests and back: what the official clients send, what the front door refuses, what is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import ACTIONS, CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import ROLES
from pbr_conformance.simulator.wire.codec import COMMON, HttpRequest, quoted, read_request, write_answer, write_request

V3_HEADERS = {"x-acs-action": CREATE, "x-acs-version": "2016-04-28"}
VERSIONED = f"Action={CREATE}&Version=2016-04-28"
CALLERS = {**{role: role for role in ROLES}, "LTAI-sub": "sub_user"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def read(query: str = "", headers: Mapping[str, str] = V3_HEADERS, body: str = "", method: str = "POST") -> Request:
    request = read_request(HttpRequest(method, "/", query, headers, body.encode()), CALLERS)
    assert isinstance(request, Request)
    return request


def refused(
    query: str = "", headers: Mapping[str, str] | None = None, method: str = "POST"
) -> tuple[int, object, object]:
    answer = read_request(HttpRequest(method, "/", query, headers or {}), CALLERS)
    assert isinstance(answer, Answer)
    assert answer.members is not None
    return answer.status, answer.members["Code"], answer.members["Message"]


# Requests


def test_the_python_client_sends_its_action_in_a_header_and_blanks_as_plus() -> None:
    request = read("Description=desc+test%2F%E7%AD%96%E7%95%A5%2B1&DryRun=False&RouteDest=10.0.0.0%2F24")
    assert request == Request(
        CREATE, {"Description": "desc test/策略+1", "DryRun": "False", "RouteDest": "10.0.0.0/24"}
    )


def test_the_older_client_sends_everything_in_the_query_and_blanks_as_percent_20() -> None:
    query = (
        f"Description=a%20b&{VERSIONED}&Format=JSON&RegionId=cn-hangzhou&Timestamp=2026-11-23T01%3A51%3A20Z"
        "&SignatureMethod=HMAC-SHA1&SignatureType=&SignatureVersion=1.0&SignatureNonce=1&AccessKeyId=LTAI&Signature=x%3D"
    )
    assert read(query, {}).parameters == {"Description": "a b", "RegionId": "cn-hangzhou"}


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [("GET", f"{VERSIONED}&Weight=0", ""), ("POST", f"{VERSIONED}&Weight=0", ""), ("POST", VERSIONED, "Weight=0")],
)
def test_parameters_are_taken_from_the_query_and_from_a_form(method: str, query: str, body: str) -> None:
    assert read(query, {}, body, method).parameters == {"Weight": "0"}


def test_a_form_may_hold_everything() -> None:
    form = {"content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}
    assert read("", form, f"{VERSIONED}&Weight=0").parameters == {"Weight": "0"}


@pytest.mark.parametrize(
    ("method", "headers"), [("GET", {}), ("POST", {"content-type": "application/json"})], ids=["GET", "JSON"]
)
def test_a_body_that_is_no_form_says_nothing(method: str, headers: Mapping[str, str]) -> None:
    assert read(f"{VERSIONED}&Weight=0", headers, "Priority=1", method).parameters == {"Weight": "0"}


def test_of_a_repeated_parameter_the_first_counts_and_of_one_in_both_that_of_the_form() -> None:
    assert read("Weight=0&Weight=100&Priority=1&%50riority=3", body="Priority=2&DryRun=true").parameters == {
        "Weight": "0",
        "Priority": "2",
        "DryRun": "true",
    }


def test_a_parameter_counts_before_the_header() -> None:
    assert read("Action=DescribeVpnGateway").action == "DescribeVpnGateway"


def test_an_empty_or_valueless_parameter_is_there() -> None:
    assert read("Description=&ClientToken&&").parameters == {"Description": "", "ClientToken": ""}


def test_what_is_no_utf_8_is_read_all_the_same() -> None:
    assert read("Description=%FF%E7&Weight=%zz%").parameters == {"Description": "\ufffd\ufffd", "Weight": "%zz%"}


@pytest.mark.parametrize("name", sorted(COMMON - {"Action", "Version"}))
def test_a_common_parameter_is_no_parameter_of_the_operation(name: str) -> None:
    assert read(f"{name}=xml").parameters == {}


@pytest.mark.parametrize(
    ("query", "headers", "caller"),
    [
        ("", {}, "owner"),
        ("AccessKeyId=LTAI-unknown", {}, "owner"),
        ("AccessKeyId=LTAI-sub", {}, "sub_user"),
        ("AccessKeyId=unauthorized", {}, "unauthorized"),
        ("", {"x-acs-accesskey-id": "LTAI-sub"}, "sub_user"),
        ("", {"authorization": "ACS3-HMAC-SHA256 Credential=LTAI-sub,SignedHeaders=host,Signature=00"}, "sub_user"),
        ("", {"authorization": "Basic x"}, "owner"),
    ],
)
def test_the_caller_is_who_the_access_key_says(query: str, headers: dict[str, str], caller: str) -> None:
    assert read(query, {**V3_HEADERS, **headers}).caller == caller


def test_an_action_that_does_not_exist_is_the_operations_matter() -> None:
    assert read("Action=DeleteEverything").action == "DeleteEverything"


@pytest.mark.parametrize(
    ("method", "query", "expected"),
    [
        ("PUT", VERSIONED, (403, "UnsupportedHTTPMethod", "This http method is not supported.")),
        (
            "POST",
            f"{VERSIONED}&Format=YAML",
            (400, "InvalidParameter.Format", "Specified parameter Format is not valid."),
        ),
        ("POST", "Version=2016-04-27", (400, "InvalidVersion", "Specified parameter Version is not valid.")),
        ("POST", f"Action={CREATE}", (400, "MissingVersion", "Version is mandatory for this action.")),
        ("GET", "Version=2016-04-28", (400, "MissingAction", "Action is mandatory for this action.")),
    ],
)
def test_the_front_door_refuses(method: str, query: str, expected: tuple[int, str, str]) -> None:
    assert refused(query, method=method) == expected


PAIRS = st.text(st.sampled_from("ab=&+%2Ff/é") | st.characters(codec="utf-8"), max_size=60)


@given(PAIRS, PAIRS)
def test_any_text_is_read_as_the_standard_library_reads_it(query: str, body: str) -> None:
    pairs = parse_qsl(f"{query}&{body}", keep_blank_values=True)
    expected = {name: value for name, value in reversed(pairs) if name not in COMMON}
    received = read_request(HttpRequest("POST", "/", f"{VERSIONED}&{query}", {}, body.encode()), {})
    assert isinstance(received, Request)
    assert received.parameters == expected


@given(
    st.sampled_from(ACTIONS),
    st.dictionaries(TEXTS.filter(lambda name: name not in COMMON), TEXTS, max_size=8),
    st.sampled_from(ROLES),
)
def test_what_is_written_is_read_again(action: str, parameters: dict[str, str], caller: str) -> None:
    request = Request(action, parameters, caller)
    assert read(write_request(request, caller), {}) == request


def test_a_query_is_sorted_and_quoted_as_rfc_3986_has_it() -> None:
    request = Request(CREATE, {"Weight": "0", "Description": "a b+c/~-._é"})
    assert write_request(request) == (
        f"Action={CREATE}&Description=a%20b%2Bc%2F~-._%C3%A9&Format=JSON&Version=2016-04-28&Weight=0"
    )
    assert "AccessKeyId=LTAI&Action=" in write_request(request, "LTAI")


def test_a_long_text_is_quoted_as_a_short_one_and_a_lone_surrogate_does_not_stop_anything() -> None:
    assert quoted("/" * 1000) == "%2F" * 1000
    assert quoted("\ud800") == "%ED%A0%80"


# Answers


ASKED = HttpRequest("GET", "/", "", {"host": "127.0.0.1:8642"})


def written(answer: Answer, http: HttpRequest = ASKED) -> dict[str, object]:
    _, body, _ = write_answer(answer, http)
    members = json.loads(body.decode("utf-8"))
    assert isinstance(members, dict)
    return members


def test_a_success_is_written_as_it_is() -> None:
    assert write_answer(Answer(200, {"RequestId": "R", "Weight": 0}), ASKED) == (
        200,
        b'{"RequestId":"R","Weight":0}',
        "application/json;charset=utf-8",
    )


def test_a_refusal_also_says_who_answered_and_where_help_is() -> None:
    members = written(Answer(404, {"RequestId": "R", "Code": "Not Found", "Message": "M"}))
    assert sorted(members) == ["Code", "HostId", "Message", "Recommend", "RequestId"]
    assert members["HostId"] == "127.0.0.1:8642"
    assert members["Recommend"] == "https://api.alibabacloud.com/troubleshoot?q=Not%20Found&product=Vpc&requestId=R"


def test_a_refusal_without_code_or_request_id_is_not_completed() -> None:
    assert sorted(written(Answer(400, {"HostId": "mine"}))) == ["HostId", "Recommend"]
    assert written(Answer(400, {"HostId": "mine"}))["HostId"] == "mine"


def test_an_answer_that_is_no_object_is_html() -> None:
    assert write_answer(Answer(502, None, "<h1>Bad</h1> \ud800"), ASKED) == (
        502,
        b"<h1>Bad</h1> ?",
        "text/html;charset=utf-8",
    )


ANY_TEXT = st.text() | st.text(st.characters(max_codepoint=0x7F)) | st.text(st.characters(categories=["Cs"]))


@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.integers() | st.lists(ANY_TEXT)))
def test_json_is_written_as_the_standard_library_writes_it(members: dict[str, object]) -> None:
    _, body, _ = write_answer(Answer(200, members), ASKED)
    written = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    assert body == written.encode("utf-8", "backslashreplace")


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.booleans()))
def test_any_members_are_utf_8_json(members: dict[str, object]) -> None:
    assert written(Answer(200, members)) == members


ASKED_FOR_XML = HttpRequest("GET", "/", "Action=List&Format=xml", {"host": "h"})


def test_a_success_in_xml_is_named_after_its_operation_and_repeats_the_elements_of_a_list() -> None:
    members = {"RequestId": "R", "Routes": {"Route": [{"Weight": 0, "Up": True}, {"Weight": 100, "Up": None}]}}
    assert write_answer(Answer(200, members), ASKED_FOR_XML) == (
        200,
        b'<?xml version="1.0" encoding="UTF-8"?><ListResponse><RequestId>R</RequestId><Routes>'
        b"<Route><Weight>0</Weight><Up>true</Up></Route><Route><Weight>100</Weight><Up></Up></Route>"
        b"</Routes></ListResponse>",
        "text/xml;charset=utf-8",
    )


def test_a_refusal_in_xml_has_the_members_that_it_has_in_json() -> None:
    answer = Answer(400, {"RequestId": "R", "Code": "A.B", "Message": "<&>"})
    status, body, kind = write_answer(answer, ASKED_FOR_XML)
    root = ElementTree.fromstring(body)
    assert (status, root.tag, kind) == (400, "Error", "text/xml;charset=utf-8")
    shown = {element.tag: element.text for element in root}
    assert shown == json.loads(write_answer(answer, HttpRequest("GET", "/", "", {"host": "h"}))[1])


@pytest.mark.parametrize(
    ("query", "accept", "form"),
    [
        ("", "application/json", "JSON"),
        ("", "text/xml", "XML"),
        ("", "text/html,application/xml;q=0.9", "JSON"),
        ("Format=json", "application/xml", "JSON"),
        ("Format=xml", "*/*", "XML"),
    ],
)
def test_the_form_is_that_of_the_parameter_or_else_of_the_header(query: str, accept: str, form: str) -> None:
    assert HttpRequest("GET", "/", query, {"accept": accept}).form == form


@given(st.dictionaries(st.text(), st.text(st.characters()) | st.integers() | st.none() | st.booleans()))
def test_any_members_are_a_whole_xml_document(members: dict[str, object]) -> None:
    _, body, _ = write_answer(Answer(200, members), ASKED_FOR_XML)
    assert len(ElementTree.fromstring(body)) == len(members)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF) | st.sampled_from("\t\r\n")))
def test_what_xml_can_hold_comes_through(text: str) -> None:
    _, body, _ = write_answer(Answer(200, {"Text": text}), ASKED_FOR_XML)
    assert (ElementTree.fromstring(body)[0].text or "") == text


@pytest.mark.parametrize("status", [0, 100, 199, 600])
def test_a_status_that_ends_no_request_is_not_written(status: int) -> None:
    with pytest.raises(ValueError, match=str(status)):
        write_answer(Answer(status, {}), ASKED)
