"""The description of the operation as a whole, in every form that has it: the gateways whose destinations it limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.specs.drift.introduction import EVERY_GATEWAY, SINGLE_TUNNEL, scope_of
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from tests.conformance.commands import Here
from tests.conformance.specs.drift.said import said
from tests.conformance.specs.drift.source_writers import SOURCES
from tests.conformance.specs.drift.test_planted import found
from tests.conformance.specs.drift.writers import api_docs, html

LATEST: Final = SPECS[-1]
IN_CLIENTS: Final = ("TypeScript", "old TypeScript", "npm", "Go", "Java", "Java, asynchronous", "PHP")
HAVE_IT: Final = ("text", "text with tabs", "HTML", "Markdown", "api-docs", *IN_CLIENTS)
ROW: Final = "guide/reserved-destination/single-tunnel"

SCOPES: Final = {
    "It makes a route.": "",
    "Prefixes are like 10.0.0.0/0 or 1100.64.0.0/10.": "",
    "0.0.0.0/0 will not do.": EVERY_GATEWAY,
    "No destination overlaps 100.64.0.0/10.": EVERY_GATEWAY,
    "On a single-tunnel gateway 0.0.0.0/0 will not do.": SINGLE_TUNNEL,
    "For single tunnel VPN gateways:\n- not 0.0.0.0/0\n- not 100.64.0.0/10": SINGLE_TUNNEL,
    "- **Single-tunnel gateways**: not 100.64.0.0/10": SINGLE_TUNNEL,
    "Single-tunnel gateways are old.\n\nNo gateway takes 0.0.0.0/0.": EVERY_GATEWAY,
    "Single-tunnel and dual-tunnel gateways: not 0.0.0.0/0.": EVERY_GATEWAY,
    "Single-tunnel: not 0.0.0.0/0.\nDual-tunnel: not 100.64.0.0/10.": EVERY_GATEWAY,
    "单隧道网关不支持0.0.0.0/0。": SINGLE_TUNNEL,
    "不支持0.0.0.0/0。": EVERY_GATEWAY,
    "單隧道不支援100.64.0.0/10": SINGLE_TUNNEL,
    "シングルトンネルでは0.0.0.0/0を使えません。": SINGLE_TUNNEL,
}


@pytest.mark.parametrize("text", SCOPES)
def test_the_scope_of_the_limits_is_read(text: str) -> None:
    assert scope_of(text) == SCOPES[text]


@pytest.mark.parametrize("form", HAVE_IT)
def test_a_scope_that_differs_is_found_and_nothing_else(form: str, tmp_path: Path) -> None:
    newest = said(LATEST)
    assert found(form, newest, tmp_path, LATEST) == set()
    wider = replace(newest, introduction="It makes a route.\n\n0.0.0.0/0 and 100.64.0.0/10 are no destinations.")
    assert found(form, wider, tmp_path, LATEST) == {("constraint", "changed", ROW)}
    silent = replace(newest, introduction="It makes a route.")
    assert found(form, silent, tmp_path, LATEST) == {("constraint", "gone", ROW)}


@pytest.mark.parametrize("form", HAVE_IT)
def test_an_older_version_expects_nothing_that_the_user_guide_says(form: str, tmp_path: Path) -> None:
    wide = replace(said(DEFAULT_SPEC), introduction="0.0.0.0/0 and 100.64.0.0/10 are no destinations.")
    assert found(form, wide, tmp_path) == set()
    narrow = replace(wide, introduction="Single-tunnel gateways: not 100.64.0.0/10.")
    assert len(found(form, narrow, tmp_path)) == 1
    oldest = replace(said(SPECS[0]), introduction=narrow.introduction)
    assert found(form, oldest, tmp_path, SPECS[0]) == {("constraint", "new", "guide/reserved-destination")}


@pytest.mark.slow
@pytest.mark.parametrize("write", [html, api_docs, *(SOURCES[form] for form in IN_CLIENTS)])
def test_a_form_that_should_have_it_and_has_none_is_exit_status_3(write: object, here: Here, tmp_path: Path) -> None:
    assert callable(write)
    ended = here("spec", "drift", write(replace(said(LATEST), introduction=""), tmp_path), "--spec", LATEST)
    assert ended.status == 3, ended.out
    assert "the description of the operation as a whole was not found" in ended.out
