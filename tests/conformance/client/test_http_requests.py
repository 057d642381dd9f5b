"""Requests over HTTP: what is sent, and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from contextlib import closing
from urllib.parse import parse_qsl, quote, unquote

import pytest
from pydantic import SecretStr

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.documentation.actions import CREATE, LIST
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.verification import verifier_of
from tests.conformance.strangers import (
    CREATION,
    KEYS,
    REQUEST,
    SECRET,
    answering,
    endpoint,
    stranger,
)


def sent(signature: str, request: Request = CREATION, path: str = "") -> tuple[str, dict[str, str]]:
    """The target and the headers of a request."""
    with stranger(answering(b"{}")) as other, endpoint(other.url + path, signature) as one:
        one.send(request)
        assert SECRET not in repr(one) + repr(vars(one))
    (heard,) = other.heard
    assert SECRET.encode() not in heard
    line, *headers = heard.decode("ascii").strip().split("\r\n")
    method, target, version = line.split()
    assert (method, version) == ("POST", "HTTP/1.1")
    return target, {name.lower(): value for name, value in (header.split(": ", 1) for header in headers)}


def parameters_of(target: str) -> dict[str, str]:
    return dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))


def test_an_unsigned_request_says_who_sends_it() -> None:
    target, headers = sent("none")
    assert parameters_of(target) == {
        **CREATION.parameters,
        "Action": CREATE,
        "Version": "2016-04-28",
        "Format": "JSON",
        "AccessKeyId": "LTAI-owner",
    }
    assert "Description=a%20b%2B%E7%AD%96&" in target
    assert headers["content-length"] == "0"
    assert headers["accept-encoding"] == "identity"


def test_a_role_without_a_key_is_sent_by_its_name() -> None:
    with stranger(answering(b"{}")) as other, closing(HttpEndpoint(other.url, {}, "none")) as one:
        one.send(Request(LIST, {}, "sub_user"))
    assert b"AccessKeyId=sub_user&" in other.heard[0]


def test_a_v1_request_is_signed_in_its_query() -> None:
    target, _ = sent("v1", path="/base")
    assert target.startswith("/base?AccessKeyId=LTAI-owner&Action=")
    query, _, signature = target.partition("?")[2].rpartition("&Signature=")
    text = f"POST&%2F&{quote(query, safe='')}"
    expected = hmac.new(f"{SECRET}&".encode(), text.encode(), hashlib.sha1).digest()
    assert b64decode(unquote(signature)) == expected


def test_a_v3_request_is_signed_in_its_headers() -> None:
    target, headers = sent("v3", path="/base/")
    assert parameters_of(target) == CREATION.parameters
    assert (headers["x-acs-action"], headers["x-acs-version"]) == (CREATE, "2016-04-28")
    names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    lines = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
    path, _, query = target.partition("?")
    canonical = f"POST\n{path}\n{query}\n{lines}\n{names}\n{hashlib.sha256(b'').hexdigest()}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert headers["authorization"] == (
        f"ACS3-HMAC-SHA256 Credential=LTAI-owner,SignedHeaders={names},Signature={signature}"
    )


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_temporary_keys_are_sent_with_their_token(signature: str) -> None:
    token = "a+token/of=STS, long enough to be hidden"
    keys = {"owner": KEYS["owner"].model_copy(update={"security_token": SecretStr(token)})}
    target = reference().model_copy(update={"credentials": keys})
    with serving(target, verifier=verifier_of(target)) as url, closing(HttpEndpoint(url, keys, signature)) as one:
        received = one.send(CREATION)
        assert isinstance(received, Answer)
        assert received.status == 200
        assert token not in repr(one) + repr(vars(one))
    echo = answering(f'{{"Message": "{token}"}}'.encode())
    with stranger(echo) as other, closing(HttpEndpoint(other.url, keys, signature)) as one:
        assert one.send(CREATION) == Answer(200, {"Message": "(hidden)"})


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_no_two_requests_have_one_nonce(signature: str) -> None:
    first, second = sent(signature), sent(signature)
    assert first != second


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_a_caller_without_a_key_cannot_sign(signature: str) -> None:
    with serving(reference()) as url, closing(HttpEndpoint(url, {}, signature)) as one:
        with pytest.raises(ValueError, match="owner"):
            one.send(REQUEST)
        with pytest.raises(ValueError, match="owner"):
            one.send_together([REQUEST, REQUEST], 2)
