"""How a request is said in a line: what could not be seen is quoted."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.transcripts.transcript_format import brief
from pbr_conformance.strategies.plain_requests import create, delete, ordinary
from tests.conformance.doubles import REFERENCE


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("Weight", "100 ", "weight '100 '"),
        ("Weight", "", "weight ''"),
        ("Weight", "100", "weight 100"),
        ("RouteDest", " 10.0.0.0/24", "-> ' 10.0.0.0/24' via"),
        ("Description", "a\u202eb", "Description 'a\\u202eb'"),
        ("PublishVpc", "false ", "PublishVpc 'false '"),
        ("ClientToken", "策", "ClientToken 策"),
    ],
)
def test_a_value_that_could_not_be_seen_is_quoted(name: str, text: str, shown: str) -> None:
    texts = {**ordinary(REFERENCE, REFERENCE.gateways[0]), name: text}
    assert shown in brief(create(texts))
    if name not in ("Description", "PublishVpc", "ClientToken"):
        assert shown in brief(delete(texts))
