"""Signatures: the strings that are signed, and the signatures, computed a second time from their description."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, unquote

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.wire.signatures import (
    NO_BODY,
    AccessKey,
    Stamp,
    v1_query,
    v1_signature,
    v1_string,
    v3_canonical,
    v3_headers,
    v3_signature,
)

KEY = AccessKey("LTAIexample", "SoVerySecret30Characters")
STAMP = Stamp("0123456789abcdef", "2026-11-23T01:49:39Z")
PARAMETERS = {"RouteDest": "10.0.0.0/24", "Description": "a b+策~*", "ClientToken": ""}


def test_a_v1_query_holds_the_request_and_how_it_was_signed_in_order() -> None:
    pairs = parse_qsl(v1_query("POST", CREATE, PARAMETERS, KEY, STAMP), keep_blank_values=True)
    *signed, (last, signature) = pairs
    assert last == "Signature"
    assert signed == sorted(signed)
    assert dict(signed) == {
        **PARAMETERS,
        "AccessKeyId": "LTAIexample",
        "Action": CREATE,
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "0123456789abcdef",
        "SignatureVersion": "1.0",
        "Timestamp": "2026-11-23T01:49:39Z",
        "Version": "2016-04-28",
    }
    canonical = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in signed)
    text = f"POST&{quote('/', safe='')}&{quote(canonical, safe='~')}"
    expected = hmac.new(b"SoVerySecret30Characters&", text.encode(), hashlib.sha1).digest()
    assert base64.b64decode(signature) == expected


def test_a_v1_signature_is_that_of_openssl() -> None:
    # printf '%s' 'GET&%2F&A%3Db%2520c' | openssl dgst -sha1 -hmac 'secret&' -binary | base64
    assert v1_string("GET", "A=b%20c") == "GET&%2F&A%3Db%2520c"
    assert v1_signature("GET&%2F&A%3Db%2520c", "secret") == "RuqFNszHWEHDObRC+vblQ7gwAus="


def test_a_parameter_of_the_request_does_not_replace_a_signed_one() -> None:
    pairs = parse_qsl(v1_query("POST", CREATE, {"Action": "Other", "Signature": "x"}, KEY, STAMP))
    assert [value for name, value in pairs if name == "Action"] == [CREATE]
    assert [name for name, _ in pairs].count("Signature") == 1


def test_v3_headers_hold_the_operation_and_sign_themselves() -> None:
    headers = v3_headers("/?Weight=0", "127.0.0.1:8642", CREATE, KEY, STAMP)
    authorization = headers.pop("Authorization")
    assert headers == {
        "host": "127.0.0.1:8642",
        "x-acs-action": CREATE,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2026-11-23T01:49:39Z",
        "x-acs-signature-nonce": "0123456789abcdef",
        "x-acs-version": "2016-04-28",
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    canonical = f"POST\n/\nWeight=0\n{lines}\n{names}\n{NO_BODY}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(b"SoVerySecret30Characters", text.encode(), hashlib.sha256).hexdigest()
    assert authorization == (f"ACS3-HMAC-SHA256 Credential=LTAIexample,SignedHeaders={names},Signature={signature}")


def test_a_v3_signature_is_that_of_openssl() -> None:
    # H=$(printf 'POST\n/a\nb=c\nhost:h\n\nhost\n00' | sha256sum | cut -d' ' -f1)
    # printf 'ACS3-HMAC-SHA256\n%s' $H | openssl dgst -sha256 -hmac secret
    canonical = v3_canonical("POST", "/a?b=c", {"host": " h ", "other": "x", "x-acs-content-sha256": "00"}, ["host"])
    assert canonical == "POST\n/a\nb=c\nhost:h\n\nhost\n00"
    assert v3_signature(canonical, "secret") == "bba8622e0b54391566eca79391ee21d1d4287d8727c495cef548465608818c4f"


def test_a_header_that_is_said_to_be_signed_but_is_not_there_is_missed() -> None:
    with pytest.raises(KeyError, match="x-acs-date"):
        v3_canonical("POST", "/", {"host": "h", "x-acs-content-sha256": NO_BODY}, ["host", "x-acs-date"])


def test_no_text_shows_the_secret() -> None:
    texts = [
        repr(KEY),
        str(KEY),
        unquote(v1_query("POST", CREATE, PARAMETERS, KEY, STAMP)),
        str(v3_headers("/", "h", CREATE, KEY, STAMP)),
    ]
    assert not any(KEY.secret in text for text in texts)
