"""For how long an endpoint asks to be left alone."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.client.retry_after import retry_after
from pbr_conformance.simulator.model.messages import Answer
from tests.conformance.strangers import REQUEST, endpoint, saying, stranger

NOON = 1_792_497_600.0  # Tue, 20 Oct 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 0 "}, 0),
        ({"Retry-After": "Tue, 20 Oct 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Tue, 20 Oct 2026 11:00:00 GMT"}, 0),
        ({"x-acs-retry-after": "1500"}, 1.5),
        ({"x-acs-retry-after": "soon", "Retry-After": "2"}, 2),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "Tue, 99 Oct 99999 12:00:00 GMT"}, None),
    ],
)
def test_what_headers_say(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOON) == seconds


@pytest.mark.parametrize(("status", "seconds"), [("429 Too Many", 3.0), ("503 Busy", 3.0), ("200 OK", None)])
def test_an_answer_over_http_has_it(status: str, seconds: float | None) -> None:
    answer = f"HTTP/1.1 {status}\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n{{}}"
    with stranger(saying(answer.encode())) as other, endpoint(other.url) as one:
        received = one.send(REQUEST)
    assert isinstance(received, Answer)
    assert received.retry_after == seconds
