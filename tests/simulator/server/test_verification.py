"""What a server takes: what was signed here, at this time, once, and nothing that differs from it in a byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.server.verification import CLOCK_WINDOW, Nonces, Verifier, milliseconds, verifier_of
from pbr_conformance.simulator.wire.codec import HttpRequest, canonical, query_of
from pbr_conformance.simulator.wire.signatures import AccessKey, Stamp, v1_query, v3_headers

KEY = AccessKey("LTAIexample", "SoVerySecret30Characters")
TIME = "2026-11-23T01:49:39Z"
NOW = 1_795_398_579_000
PARAMETERS = {"RouteDest": "10.0.0.0/24", "Description": "a b+策~*", "ClientToken": ""}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def verifier() -> Verifier:
    return Verifier({KEY.id: KEY.secret})


def v1(parameters: dict[str, str], key: AccessKey = KEY, nonce: str = "n") -> HttpRequest:
    return HttpRequest("POST", "/", v1_query("POST", CREATE, parameters, key, Stamp(nonce, TIME)), {"host": "h"})


def v3(parameters: dict[str, str], key: AccessKey = KEY, nonce: str = "n") -> HttpRequest:
    query = query_of(parameters)
    headers = v3_headers(f"/?{query}", "h", CREATE, key, Stamp(nonce, TIME))
    return HttpRequest("POST", "/", query, {name.lower(): value for name, value in headers.items()})


SIGNED = {"v1": v1(PARAMETERS), "v3": v3(PARAMETERS)}
both = pytest.mark.parametrize("http", SIGNED.values(), ids=SIGNED)


def code(http: HttpRequest, now: int = NOW, by: Verifier | None = None) -> object:
    answer = (by or verifier()).refusal(http, now)
    return None if answer is None else (answer.status, answer.code)


def without(http: HttpRequest, name: str) -> HttpRequest:
    """Without a header, or without a parameter."""
    headers = {key: value for key, value in http.headers.items() if key != name}
    query = "&".join(pair for pair in http.query.split("&") if not pair.startswith(f"{name}="))
    return replace(http, headers=headers, query=query)


TEMPORARY = replace(KEY, token="a+token/of=STS")
MISMATCH = (400, "InvalidSecurityToken.MismatchWithAccessKey")


@pytest.mark.parametrize("sign", [v1, v3])
@pytest.mark.parametrize(
    ("key", "tokens", "expected"),
    [
        (TEMPORARY, {KEY.id: TEMPORARY.token}, None),
        (KEY, {KEY.id: TEMPORARY.token}, (400, "MissingSecurityToken")),
        (replace(KEY, token="a+token/of=sts"), {KEY.id: TEMPORARY.token}, MISMATCH),
        (replace(KEY, token="标记"), {KEY.id: TEMPORARY.token}, MISMATCH),
        (TEMPORARY, {}, MISMATCH),
        (TEMPORARY, {"LTAIother": TEMPORARY.token}, MISMATCH),
    ],
    ids=["right", "missing", "wrong", "not ASCII", "superfluous", "of another key"],
)
def test_temporary_keys_have_a_token_and_others_none(
    sign: Callable[[dict[str, str], AccessKey], HttpRequest],
    key: AccessKey,
    tokens: dict[str, str],
    expected: tuple[int, str] | None,
) -> None:
    assert code(sign(PARAMETERS, key), by=Verifier({KEY.id: KEY.secret}, tokens)) == expected


def test_the_header_of_a_token_is_signed() -> None:
    http = v3(PARAMETERS, TEMPORARY)
    by = Verifier({KEY.id: KEY.secret}, {KEY.id: "another"})
    changed = replace(http, headers={**http.headers, "x-acs-security-token": "another"})
    assert code(changed, by=by) == (400, "SignatureDoesNotMatch")
    assert "another" not in repr(by)


@given(st.dictionaries(st.text("ABCabc.1", min_size=1, max_size=6), TEXTS, max_size=5))
def test_what_is_signed_here_is_taken(parameters: dict[str, str]) -> None:
    assert code(v1(parameters)) is None
    assert code(v3(parameters)) is None


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_what_is_written_is_canonical_and_stays_so(parameters: dict[str, str]) -> None:
    written = query_of(parameters)
    assert canonical(written) == written
    assert canonical("&".join(reversed(written.split("&"))).replace("%20", "+")) == written


SPELLINGS = st.lists(st.sampled_from(["a", "/", ":", "~", "+", "=", "%", "%2F", "%2f", "%3A", "%41", "%25", "é"]))


@given(SPELLINGS.filter(any).map("".join))
def test_however_a_pair_is_spelled_its_bytes_are_signed_as_the_standard_library_quotes_them(pair: str) -> None:
    name, _, value = map(unquote_to_bytes, pair.replace("+", " ").partition("="))
    assert canonical(pair) == f"{quote(name, '')}={quote(value, '')}"


PAIRS = st.tuples(
    st.sampled_from(["A", "Ab", "B", "Signature", "SignatureNonce", "SignatureA", "Tag.1", "Z", ""]),
    st.lists(st.sampled_from(["a", "Z", "0", "-", "%2F", "%2f", "%3D", "%20", "+", "%41", "%", "=", "%25", "é"])),
).map(lambda pair: f"{pair[0]}={''.join(pair[1])}")


@example(["B=", "A="], False)
@example(["A=%2f"], True)
@given(st.lists(PAIRS, max_size=6, unique_by=lambda pair: pair.partition("=")[0]), st.booleans())
def test_what_is_in_order_is_signed_as_what_is_taken_apart(pairs: list[str], ordered: bool) -> None:
    query = "&".join(sorted(pairs) if ordered else pairs)
    assume(HttpRequest("GET", "/", query, {}).distinct)
    for without in (None, "Signature"):
        assert canonical(query, without, distinct=True) == canonical(query, without)


@both
@given(where=st.integers(0, 10_000), byte=st.integers(33, 126))
def test_one_changed_byte_of_the_query_is_refused(http: HttpRequest, where: int, byte: int) -> None:
    at = where % len(http.query)
    changed = http.query[:at] + chr(byte) + http.query[at + 1 :]
    if canonical(changed) != canonical(http.query):
        assert code(replace(http, query=changed)) is not None


@pytest.mark.parametrize("name", ["host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"])
def test_a_changed_header_is_refused(name: str) -> None:
    http = SIGNED["v3"]
    at_another_second = {"x-acs-date": "2026-11-23T01:49:40Z"}
    headers = {**http.headers, name: at_another_second.get(name, "other")}
    assert code(replace(http, headers=headers)) == (400, "SignatureDoesNotMatch")


@both
def test_a_repeated_parameter_is_signed_too(http: HttpRequest) -> None:
    assert code(replace(http, query=f"{http.query}&RouteDest=10.0.0.0%2F24")) == (400, "SignatureDoesNotMatch")


@both
def test_a_changed_body_is_refused(http: HttpRequest) -> None:
    assert code(replace(http, body=b"Weight=0")) in (
        (400, "SignatureDoesNotMatch"),
        (400, "Invalidx-acs-content-sha256"),
    )


@pytest.mark.parametrize("path", ["/other", "/a/b"])
def test_v3_signs_the_path(path: str) -> None:
    assert code(replace(SIGNED["v3"], path=path)) == (400, "SignatureDoesNotMatch")


@both
@pytest.mark.parametrize(
    ("late", "taken"),
    [(CLOCK_WINDOW, True), (-CLOCK_WINDOW, True), (CLOCK_WINDOW + 1, False), (-CLOCK_WINDOW - 1, False)],
)
def test_a_request_is_taken_for_a_quarter_of_an_hour_around_its_time(http: HttpRequest, late: int, taken: bool) -> None:
    assert code(http, NOW + late) == (None if taken else (400, "InvalidTimeStamp.Expired"))


@both
def test_a_nonce_is_taken_once(http: HttpRequest) -> None:
    by = verifier()
    assert [code(http, NOW + late, by) for late in (0, 1, CLOCK_WINDOW)] == [
        None,
        (400, "SignatureNonceUsed"),
        (400, "SignatureNonceUsed"),
    ]


def test_a_request_that_is_refused_uses_up_nothing() -> None:
    by = verifier()
    forged = v1(PARAMETERS, AccessKey(KEY.id, "guessed"))
    assert code(forged, by=by) == (400, "SignatureDoesNotMatch")
    assert code(SIGNED["v1"], by=by) is None


def test_nonces_are_forgotten_when_nothing_could_use_them_again() -> None:
    nonces = Nonces()
    for second in range(100):
        assert nonces.use(("k", str(second)), second + 10, second)
    assert len(nonces) == 11
    assert not nonces.use(("k", "99"), 200, 99)
    assert nonces.use(("other", "99"), 200, 99)


@both
def test_an_unknown_key_is_refused_before_its_signature_is_looked_at(http: HttpRequest) -> None:
    assert code(http, by=Verifier({"LTAIother": KEY.secret})) == (404, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("v1", "AccessKeyId", "MissingAccessKeyId"),
        ("v1", "Signature", "MissingSignature"),
        ("v1", "SignatureMethod", "MissingSignatureMethod"),
        ("v1", "SignatureNonce", "MissingSignatureNonce"),
        ("v1", "Timestamp", "MissingTimestamp"),
        ("v3", "authorization", "MissingAccessKeyId"),
        ("v3", "x-acs-date", "MissingTimestamp"),
        ("v3", "x-acs-signature-nonce", "MissingSignatureNonce"),
        ("v3", "x-acs-content-sha256", "InvalidSignedHeaders"),
    ],
)
def test_a_request_that_is_not_signed_is_told_what_is_missing(kind: str, name: str, expected: str) -> None:
    assert code(without(SIGNED[kind], name)) == (400, expected)


@pytest.mark.parametrize("authorization", ["", "Basic x", "ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=x"])
def test_any_authorization_is_read(authorization: str) -> None:
    headers = {**SIGNED["v3"].headers, "authorization": authorization}
    assert str(code(replace(SIGNED["v3"], headers=headers))).startswith("(400, 'Missing")


def test_a_v1_mismatch_ends_with_what_the_server_signed_and_tells_no_secret() -> None:
    by = verifier()
    for http in (v1(PARAMETERS, AccessKey(KEY.id, "guessed")), v3(PARAMETERS, AccessKey(KEY.id, "guessed"))):
        answer = by.refusal(http, NOW)
        assert answer is not None
        assert answer.members is not None
        message = str(answer.members["Message"])
        assert KEY.secret not in message + repr(by) + repr(answer)
        assert ("server string to sign is:POST&%2F&AccessKeyId" in message) or (
            "server StringToSign is [ACS3-HMAC-SHA256\n" in message
            and "server CanonicalRequest is [POST\n/\n" in message
        )


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (TIME, NOW),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-13-01T00:00:00Z", None),
        ("2026-11-23 01:49:39", None),
        ("", None),
    ],
)
def test_a_time_is_utc_in_one_form(time: str, expected: int | None) -> None:
    assert milliseconds(time) == expected


@both
@pytest.mark.parametrize("time", ["2026-11-23T01:49:39.123Z", "2026-11-23T01:49:39", "1795398579", "now"])
def test_a_time_in_another_form_is_refused_as_such(http: HttpRequest, time: str) -> None:
    if "x-acs-date" in http.headers:
        http = replace(http, headers={**http.headers, "x-acs-date": time})
    else:
        http = replace(http, query=http.query.replace(quote(TIME, ""), quote(time, "")))
    assert code(http) == (400, "InvalidTimeStamp.Format")


@pytest.mark.parametrize("method", ["ACS3-HMAC-SM3", "ACS3-RSA-SHA256"])
def test_another_method_of_signing_is_named(method: str) -> None:
    authorization = SIGNED["v3"].headers["authorization"].replace("ACS3-HMAC-SHA256", method)
    http = replace(SIGNED["v3"], headers={**SIGNED["v3"].headers, "authorization": authorization})
    assert code(http) == (400, "InvalidSignatureMethod")


def test_a_name_in_query_and_form_is_signed_once_with_the_value_of_the_form() -> None:
    """As the older core SDK does, whose query has the client's region, and whose form may have another."""
    signed = v1({**PARAMETERS, "RegionId": "cn-beijing", "Weight": "0"})
    query = signed.query.replace("RegionId=cn-beijing", "RegionId=cn-hangzhou").replace("&Weight=0", "")
    http = replace(signed, query=query, body=b"RegionId=cn-beijing&Weight=0")
    assert code(http) is None
    assert http.sent["RegionId"] == "cn-beijing"
    for body in (b"RegionId=cn-shanghai&Weight=0", b"RegionId=cn-beijing&Weight=100", b"Weight=0"):
        assert code(replace(http, body=body)) == (400, "SignatureDoesNotMatch")
    forged = replace(signed, query=f"{signed.query}&Weight=100")
    assert code(forged) == (400, "SignatureDoesNotMatch")


def test_an_account_without_keys_cannot_verify() -> None:
    with pytest.raises(ValueError, match="access_key_id"):
        verifier_of(reference())
