"""Every kind of document in at least ten variants that say the same: none has drift, and in each a change is found."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

from pbr_conformance.conformance.specs.drift.comparison import compare
from pbr_conformance.conformance.specs.drift.source import read
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from tests.conformance.specs.drift.said import Row, Said, said
from tests.conformance.specs.drift.source_writers import SOURCES
from tests.conformance.specs.drift.writers import FORMS, core_sdk

KINDS: Final = {**FORMS, **SOURCES, "older SDK": core_sdk}
Rows = Callable[[Row], Row]
Text = Callable[[str], str]


def _rows(change: Rows) -> Callable[[Said], Said]:
    return lambda document: replace(
        document, parameters=tuple(map(change, document.parameters)), fields=tuple(map(change, document.fields))
    )


def _limits(change: Text) -> Callable[[Said], Said]:
    """With each sentence on a limit written in another way."""
    return _rows(lambda row: replace(row, limits={id: change(text) for id, text in row.limits.items()}))


def _bold(text: str) -> str:
    """Values in bold, as the vendor writes them."""
    return re.sub(r"(?<=: )(?:true|false|\d+)\b|(?<=to )(?:Ipsec|\d+)\b(?! char)|(?<=and )\d+\b", r"**\g<0>**", text)


DOCUMENTS: Final[Mapping[str, Callable[[Said], Said]]] = {
    "rows in another order": lambda document: replace(
        document, parameters=document.parameters[::-1], fields=document.fields[::-1], errors=document.errors[::-1]
    ),
    "values in bold": _limits(_bold),
    "a link after each description": _rows(
        lambda row: replace(row, about=f"{row.about} For more information, see [Overview](https://example.com/110777).")
    ),
    "a remark below each description": _rows(
        lambda row: replace(row, limits={**row.limits, "remark": "> Ask first, and read on."})
    ),
    "other examples": _rows(lambda row: replace(row, example=f"an-example-{row.name}")),
    "a longer introduction": lambda document: replace(
        document, introduction=f"{document.introduction}\n\nIt takes a while.\n\nSee also the guide."
    ),
    "other remarks on codes": lambda document: replace(
        document, errors=tuple(replace(row, remark="Wait, and try again.") for row in document.errors)
    ),
}
"""What says the same in other words or in another order."""

FILES: Final[Mapping[str, Text]] = {
    "as it is": lambda text: text,
    "lines end as on Windows": lambda text: text.replace("\n", "\r\n"),
    "a mark of the byte order": lambda text: f"\ufeff{text}",
    "blanks at the end of lines": lambda text: re.sub(r"(?m)(?<=[^|\s])$", "  ", text),
    "empty lines at the end": lambda text: f"{text}\n\n\n",
}
"""What is the same in another file."""
CASES: Final = [(kind, name) for kind in KINDS for name in (*DOCUMENTS, *FILES)]


def rewritten(source: str, change: Text) -> str:
    """The same source with each of its files changed."""
    path = Path(source.removeprefix("sdk:"))
    if path.is_dir():
        for each in path.rglob("*.*"):
            each.write_text(change(each.read_text("utf-8")), "utf-8", newline="")
    elif path.suffix in (".whl", ".jar"):
        with ZipFile(path) as opened:
            files = {name: opened.read(name).decode() for name in opened.namelist()}
        with ZipFile(path, "w") as opened:
            for name, text in files.items():
                opened.writestr(name, change(text))
    elif path.suffix in (".tgz", ".gz"):
        _repacked(path, change)
    else:
        path.write_text(change(path.read_text("utf-8")), "utf-8", newline="")
    return source


def _repacked(path: Path, change: Text) -> None:
    with tarfile.open(path) as opened:
        files = {member.name: opened.extractfile(member) for member in opened}
        texts = {name: file.read().decode() for name, file in files.items() if file is not None}
    with tarfile.open(path, "w:gz") as opened:
        for name, text in texts.items():
            content = change(text).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, BytesIO(content))


def found(kind: str, name: str, document: Said, directory: Path) -> set[tuple[str, str]]:
    directory.mkdir()
    said_so = DOCUMENTS[name](document) if name in DOCUMENTS else document
    written = KINDS[kind](said_so, directory)
    source = rewritten(written, FILES[name]) if name in FILES else written
    drift = compare(source, read(source), DEFAULT_SPEC)
    return {(finding.kind.value, finding.subject) for finding in drift.findings}


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind}: {name}" for kind, name in CASES])
def test_a_variant_has_no_drift_and_hides_none(kind: str, name: str, tmp_path: Path) -> None:
    whole = said(DEFAULT_SPEC)
    assert found(kind, name, whole, tmp_path / "same") == set()
    assert found(kind, name, whole.without("parameter/DryRun"), tmp_path / "changed") == {("gone", "parameter/DryRun")}


def test_there_are_ten_of_each_kind() -> None:
    assert len({*DOCUMENTS, *FILES}) >= 10


@pytest.mark.parametrize("between", [" ", "  ", "     "])
def test_blanks_may_stand_between_the_cells_of_a_page_of_text(between: str, tmp_path: Path) -> None:
    whole = said(DEFAULT_SPEC)
    rows = whole.rows()
    changed = whole.without("parameter/DryRun").put(replace(rows["parameter/Weight"], type="string"))
    both = {("gone", "parameter/DryRun"), ("changed", "parameter/Weight")}
    for document, findings in ((whole, set[tuple[str, str]]()), (changed, both)):
        path = Path(FORMS["text with tabs"](document, tmp_path))
        path.write_text(path.read_text("utf-8").replace("\t", between), "utf-8")
        parsed = read(str(path))
        drift = compare(str(path), parsed, DEFAULT_SPEC)
        assert {(finding.kind.value, finding.subject) for finding in drift.findings} == findings
        assert len(parsed.errors or ()) == 29
