"""How a request is written: as a call that makes an equal one, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.simulator import Request, create, delete, deletion_of, describe_gateway, list_routes
from pbr_conformance.simulator.documentation.actions import ACTIONS
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.call_text import CREATION_KEYWORDS, USUAL_REGION
from pbr_conformance.simulator.model.target import EndpointDeclaration

ONE = ("vpn-single", "192.168.1.0/24", "10.0.0.0/24")
CALLS = {function.__name__: function for function in (create, delete, list_routes, describe_gateway, Request)}


def evaluated(text: str) -> object:
    return eval(text, dict(CALLS))


@pytest.mark.parametrize(
    ("request_made", "shown"),
    [
        (
            create(*ONE, next_hop="vco-a"),
            'create("vpn-single", "192.168.1.0/24", "10.0.0.0/24", next_hop="vco-a", weight=100)',
        ),
        (
            create(*ONE, next_hop=None, weight="0100", publish_vpc=True, priority=5, dry_run="True", caller="sub_user"),
            'create("vpn-single", "192.168.1.0/24", "10.0.0.0/24", next_hop=None, weight="0100", priority=5, '
            'dry_run="True", publish_vpc=True, caller="sub_user")',
        ),
        (
            create("vpn", None, "", next_hop="a'b\"c", publish_vpc=None, region=None, others={"Foo": "x"}),
            'create("vpn", None, "", next_hop=\'a\\\'b"c\', weight=100, publish_vpc=None, region=None, '
            "others={'Foo': 'x'})",
        ),
        (
            delete(*ONE, next_hop="vco-a", weight=0, priority=10),
            'delete("vpn-single", "192.168.1.0/24", "10.0.0.0/24", next_hop="vco-a", weight=0, priority=10)',
        ),
        (list_routes("vpn-single"), 'list_routes("vpn-single")'),
        (list_routes("vpn-a", others={"PageSize": "1"}), "list_routes(\"vpn-a\", others={'PageSize': '1'})"),
        (describe_gateway("vpn-a", region="eu-central-1"), 'describe_gateway("vpn-a", region="eu-central-1")'),
        (Request("Other", {"A": "b"}, "sub_user"), "Request(\"Other\", {'A': 'b'}, caller=\"sub_user\")"),
    ],
)
def test_a_request_shows_as_the_call_that_makes_it(request_made: Request, shown: str) -> None:
    assert repr(request_made) == shown
    assert evaluated(shown) == request_made


NAMES = st.sampled_from([row.name for row in PARAMETERS] + ["Foo", "Action", "PageSize"])
TEXTS = st.sampled_from(["100", "0", "007", "true", "True", "false", "", "cn-hangzhou", "None", "9" * 30]) | st.text()


@given(
    st.sampled_from((*ACTIONS, "Wait", "Other")), st.dictionaries(NAMES, TEXTS), st.sampled_from(("owner", "sub_user"))
)
def test_whatever_is_in_a_request_its_text_evaluates_to_it(
    action: str, parameters: dict[str, str], caller: str
) -> None:
    made = Request(action, parameters, caller)
    assert evaluated(repr(made)) == made


def test_each_documented_parameter_has_a_keyword() -> None:
    assert sorted(CREATION_KEYWORDS.values()) == sorted(row.name for row in PARAMETERS)


def test_a_call_assumes_the_region_of_a_target_file_that_names_none() -> None:
    assert EndpointDeclaration().region == USUAL_REGION


def test_a_creation_is_deleted_by_what_names_its_route() -> None:
    creation = create(*ONE, next_hop="vco-a", weight=0, priority=7, client_token="t", description="x", publish_vpc=True)
    assert deletion_of(creation) == delete(*ONE, next_hop="vco-a", weight=0, priority=7)
