"""Documents that were damaged: each is read, or said in one line not to be; nothing else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.conformance.specs.drift.comparison import compare
from pbr_conformance.conformance.specs.drift.document import Unreadable
from pbr_conformance.conformance.specs.drift.findings import Drift
from pbr_conformance.conformance.specs.drift.source import read
from pbr_conformance.conformance.specs.drift.words import data, lines
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from tests.conformance.specs.drift.said import said
from tests.conformance.specs.drift.source_writers import SOURCES
from tests.conformance.specs.drift.writers import FORMS

IN_FOLDERS: Final = ("TypeScript", "old TypeScript", "Go", "Java", "PHP")
IN_ONE_FILE: Final = tuple(form for form in FORMS if form not in ("SDK", "wheel"))
PIECES: Final = (
    *("|", "\n", "\t", "<td>", "</td>", "<table>", "</table>", "<tr>", '"', ",", "{", "}", "[", "]", ":", "400", "Yes"),
    *("/**", "*/", "//", "struct {\n", "`json:", ";", "'", "@", "<p>", "*\t- "),
    *("integer", "Request parameters\n", "Error codes\n", "`", "\u202e", "\\", "(", "#", "1 to ", "characters", "-"),
)
EDIT: Final = st.tuples(st.floats(0, 1), st.integers(0, 300), st.sampled_from(("", *PIECES)))
"""Where, as a share of the whole, how many characters go, and what comes in their place."""


@settings(max_examples=150, deadline=None)
@given(form=st.sampled_from(IN_ONE_FILE), edits=st.lists(EDIT, min_size=1, max_size=6))
def test_a_damaged_document_is_read_or_refused(
    form: str, edits: list[tuple[float, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.getbasetemp()
    path = Path(FORMS[form](said(DEFAULT_SPEC), directory))
    text = path.read_text(encoding="utf-8")
    for share, width, piece in edits:
        place = int(share * len(text))
        text = text[:place] + piece + text[place + width :]
    path.write_text(text, encoding="utf-8")
    drift = read_or_refused(path)
    if isinstance(drift, str):
        assert "\n" not in drift
        return
    assert bool(json.loads(json.dumps(data(drift)))["findings"]) is (drift.exit_status == 1)
    assert lines(drift)


def read_or_refused(path: Path) -> Drift | str:
    try:
        return compare(str(path), read(str(path)), DEFAULT_SPEC)
    except Unreadable as reason:
        return str(reason)


@settings(max_examples=60, deadline=None)
@given(form=st.sampled_from(IN_FOLDERS), edits=st.lists(EDIT, min_size=1, max_size=6))
def test_a_damaged_source_is_read_or_refused(
    form: str, edits: list[tuple[float, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Path(SOURCES[form](said(DEFAULT_SPEC), tmp_path_factory.getbasetemp()))
    for path in filter(Path.is_file, folder.rglob("*")):
        text = path.read_text(encoding="utf-8")
        for share, width, piece in edits:
            place = int(share * len(text))
            text = text[:place] + piece + text[place + width :]
        path.write_text(text, encoding="utf-8")
    drift = read_or_refused(folder)
    assert "\n" not in drift if isinstance(drift, str) else lines(drift)
