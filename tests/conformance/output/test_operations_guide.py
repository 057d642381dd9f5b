"""The guide for people who write a mock, held against what a run sends and reads."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from pbr_conformance.conformance.output.operations_guide import EXAMPLE_ACCOUNT, operations, to_markdown
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.sibling_operations import PARAMETERS_OF_SIBLINGS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from tests.conformance.commands import Here


@pytest.fixture
def sent(here: Here, tmp_path: Path) -> list[Request]:
    """What a short run sends to the account of the examples."""
    requests: list[Request] = []

    def stepper(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        requests.append(request)
        return step(account, request, now, dialect)

    text = EXAMPLE_ACCOUNT[EXAMPLE_ACCOUNT.index("[[gateways]]") :]
    with serving(text, stepper=stepper) as url:
        (tmp_path / "account.toml").write_text(f'[endpoint]\nurl = "{url}"\n\n{text}', encoding="utf-8")
        assert here("run", "account.toml", "--budget", "120", "--seed", "1").status in (0, 3)
    return requests


@pytest.mark.slow
def test_what_a_run_sends_is_in_it_and_what_comes_first_stands_first(sent: list[Request]) -> None:
    guide = {each.name: each for each in operations()}
    names = list(dict.fromkeys(request.action for request in sent))
    assert set(names) <= guide.keys()
    assert names[0] == operations()[0].name
    assert {name for name, each in guide.items() if each.needed} <= set(names)
    for request in sent:
        known = {*guide[request.action].required, *guide[request.action].optional}
        assert request.parameters.keys() <= known, request


def test_each_example_is_a_request_with_all_that_is_required() -> None:
    for each in operations():
        parameters = dict(parse_qsl(urlsplit(each.request).query))
        assert parameters.pop("Action") == each.name
        assert set(each.required) <= parameters.keys()
        assert {*each.required, *each.optional} <= PARAMETERS_OF_SIBLINGS.keys()
        assert (each.status, "RequestId" in json.loads(each.answer)) == (200, True)


def test_it_is_printed_as_the_page_has_it(here: Here) -> None:
    ended = here("list", "--operations")
    assert (ended.status, ended.out) == (0, to_markdown())
    listed = json.loads(here("list", "--operations", "--json").out)
    assert [each["name"] for each in listed] == [each.name for each in operations()]
