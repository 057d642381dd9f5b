"""Accounts that are written down: what is dumped and read again, no secret among it, and documents of any kind."""

import json
import string
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from pbr_conformance.simulator.model.target import Credential, EndpointDeclaration, Gateway, Target, Vpc, VpcRoute
from pbr_conformance.simulator.model.target_file import TargetError, dump, parse_document, parse_target, reference
from tests.simulator.model.test_target import EVERY_KEY, KEYS, SECRET

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
        f'[endpoint]\nproxy = "socks5://jo:{SECRET}@proxy"',
        f'[endpoint]\nproxy = ["http://jo:{SECRET}@proxy"]',
        f'[endpoint]\nproxy = "http://jo:{SECRET}@proxy:99999"',
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
    endpoint = target.endpoint.model_copy(update={"ca_file": None, "proxy": None})
    assert again == target.model_copy(update={"credentials": {"owner": Credential()}, "endpoint": endpoint})
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
        (
            {"name": "x", "endpoint": {"proxy": "http://proxy:1"}},
            "account: endpoint.proxy: is a matter of the machine that sends; expected it in a target file only",
        ),
        (
            {"name": "x", "credentials": {"owner": {"profile": "default"}}},
            "account: credentials.owner.profile: is a matter of the machine that sends; expected it in a target file",
        ),
        ({"name": "x", "nam": 1}, "account: nam: unknown key; expected one of endpoint"),
    ],
)
def test_a_wrong_transcript_is_a_target_error(document: object, line: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_document(document)
    assert str(caught.value).startswith(line)


SECTIONS = ("endpoint", "credentials", "gateways", "vpcs", "routes")
KEYS_OF_ALL = tuple(
    key for model in (EndpointDeclaration, Credential, Gateway, Vpc, VpcRoute) for key in model.model_fields
)
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
