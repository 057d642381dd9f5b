"""What a source becomes when it is read: whose text each text is, the same document of every form, and gaps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.specs.drift.document import Unreadable
from pbr_conformance.conformance.specs.drift.source import read
from pbr_conformance.conformance.specs.drift.subject_classifier import HEADING, PLACES, owners
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from tests.conformance.specs.drift.said import ABOUT, Said, said
from tests.conformance.specs.drift.writers import (
    FORMS,
    fused,
    html,
)

WHOLE: Final = said(DEFAULT_SPEC)


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_shift_of_all_texts_is_recognised(steps: int) -> None:
    order = sorted(PLACES, key=PLACES.__getitem__)
    texts = {**{id: about[0] for id, about in ABOUT.items()}, HEADING: "The response parameters."}
    shift = dict(zip(order, order[steps:], strict=False))
    found = owners({id: texts[owner] for id, owner in shift.items()})
    assert found == {id: id if same_text(id, owner) else owner for id, owner in shift.items()}


def same_text(id: str, owner: str) -> bool:
    """Whether a parameter and the field that echoes it stand exactly so far apart: then nothing shows a shift."""
    return id.partition("/")[2] == owner.partition("/")[2] != ""


def test_every_form_makes_the_same_document(tmp_path: Path) -> None:
    documents = [read(write(WHOLE, tmp_path)) for write in FORMS.values()]
    expected = {(row.name, row.type, row.required) for row in WHOLE.parameters}
    for document in documents:
        told = {(each.name, each.type, each.required) for each in document.parameters if each.name != "OwnerId"}
        assert told == expected


def test_columns_that_cannot_be_told_apart_are_not_guessed_at(tmp_path: Path) -> None:
    unknown = replace(WHOLE.errors[0], code="Odd.Code", message="Some words and NextHop and RouteDest go on", remark="")
    merged = replace(unknown, message="no capital begins it")
    document = read(fused(replace(WHOLE, errors=(unknown, merged, *WHOLE.errors)), tmp_path))
    assert document.errors is not None
    assert len(document.errors) == 1 + len(WHOLE.errors)
    assert document.errors[0].message is None
    assert any("the message of Odd.Code" in note for note in document.gaps)
    assert any("Odd.Codeno capital" in note for note in document.gaps)


def test_a_row_that_cannot_be_read_is_a_gap(tmp_path: Path) -> None:
    strange = Said(WHOLE.parameters, WHOLE.fields, (replace(WHOLE.errors[0], code="%%"), *WHOLE.errors[1:]))
    assert any("%%" in note for note in read(html(strange, tmp_path)).gaps)
    with pytest.raises(Unreadable):
        read(html(Said((), WHOLE.fields, WHOLE.errors), tmp_path))
