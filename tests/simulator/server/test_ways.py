"""A request that is answered at once gets what one gets that goes the long way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.server.server import serving
from tests.simulator.server.test_server import CREATION, PLACE, query_of, raw

IDENTITIES = re.compile(rb"[0-9A-F]{8}-0000-4000-8000-[0-9A-F]{12}|(?<=date: )[^\r]*|(?<=\"CreateTime\":)[0-9]+")
LAST = b"GET /?last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(control=True) as url:
        yield url


def answers(url: str, data: bytes) -> bytes:
    return IDENTITIES.sub(b"*", raw(url, data))


TARGETS = st.one_of(
    st.sampled_from(
        [
            query_of(GATEWAY, PLACE),
            query_of(LIST, {**PLACE, "Format": "xml"}),
            query_of(CREATE, {**CREATION, "Weight": "50"}),
            query_of(CREATE, {**CREATION, "DryRun": "true"}),
            "/_control/faults",
            "/_control/%72equests/none",
            "http://x/?Action=a",
            "/%2F%zz?a=%ff&&b+c=d#e",
            "*",
        ]
    ),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF), max_size=30).map(lambda text: f"/{text}"),
)
HEADERS = st.lists(
    st.sampled_from(
        ["Accept: text/xml", "Accept: text/html", "X-Acs-Action: Nothing", "X-Acs-Version: 2016-04-28", "Host: y",
         "Content-Length: 0", "Content-Type: text/plain", "Origin: http://z", "Transfer-Encoding: chunked",
         "Connection: upgrade", "Upgrade: websocket", "Connection: keep-alive", "Expect: nothing"]
    ),
    max_size=3,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]), target=TARGETS, headers=HEADERS)
def test_alone_it_is_answered_as_behind_another(url: str, method: str, target: str, headers: list[str]) -> None:
    lines = [f"{method} {target} HTTP/1.1", "Host: x", *headers, "", ""]
    request = "\r\n".join(lines).encode("latin-1")
    if "Transfer-Encoding: chunked" in headers:
        request += b"0\r\n\r\n"
    first = b"POST /?first HTTP/1.1\r\nHost: x\r\n\r\n"
    alone, behind = answers(url, request + LAST), answers(url, first + request + LAST)
    assert behind == answers(url, first + LAST).removesuffix(answers(url, LAST)) + alone
