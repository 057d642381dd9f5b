"""What a source may be, and what the verb says of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.specs.drift.source import read
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from tests.conformance.commands import Ended, Here
from tests.conformance.specs.drift.said import Row, Said, said
from tests.conformance.specs.drift.writers import (
    FORMS,
    PAGE_HEADS,
    Write,
    api_docs,
    command_line,
    core_sdk,
    fused,
    html,
    markdown,
    sdk,
)

WHOLE: Final = said(DEFAULT_SPEC)
BY_256: Final = "1 to 256 characters"


def drift(here: Here, source: str | Path, *words: str | Path) -> Ended:
    return here("spec", "drift", source, *words)


# --- What is said -------------------------------------------------------------------------------------------


@pytest.fixture
def shifted(tmp_path: Path) -> str:
    """A page on which each description of the request stands on the row before its own."""
    rows = WHOLE.parameters
    texts = [*rows[1:], rows[-1]]
    moved = tuple(replace(a, about=b.about, limits=b.limits) for a, b in zip(rows, texts, strict=True))
    return fused(replace(WHOLE, parameters=moved), tmp_path)


def test_moved_descriptions_are_told_with_their_rows(shifted: str, here: Here) -> None:
    ended = drift(here, shifted)
    assert ended.status == 1
    assert "  > parameter/OverlayMode: has the text of parameter/Priority" in ended.out.splitlines()
    assert "drift from the documentation of 2026-02-11: 11 moved." in ended.out
    assert "the own text of parameter/RegionId stands nowhere in it" in ended.out


def test_each_finding_names_what_rests_on_it(here: Here, tmp_path: Path) -> None:
    source = markdown(replace(WHOLE, errors=WHOLE.errors[:-1]), tmp_path)
    document = json.loads(drift(here, source, "--json").out)
    (finding,) = document["findings"]
    assert finding["subject"] == "error/InvalidVpnGatewayInstanceId.NotFound"
    assert (finding["about"], finding["change"]) == ("code", "gone")
    assert finding["conditions"] == ["gateway/unknown"]
    assert document["compared"]["error rows"] == 29


def test_no_drift_is_exit_status_0(here: Here, tmp_path: Path) -> None:
    ended = drift(here, html(WHOLE, tmp_path))
    assert (ended.status, ended.error) == (0, "")
    assert "no drift from the documentation of 2026-02-11." in ended.out


def test_what_a_form_lacks_is_said(here: Here, tmp_path: Path) -> None:
    out = drift(here, command_line(WHOLE, tmp_path)).out
    assert "  this form has no error codes" in out.splitlines()
    assert "0 error rows" in out


def test_a_newer_document_drifts_from_an_older_version(here: Here, tmp_path: Path) -> None:
    document = json.loads(drift(here, api_docs(WHOLE, tmp_path), "--spec", SPECS[1], "--json").out)
    subjects = {(finding["change"], finding["subject"]) for finding in document["findings"]}
    assert subjects == {
        ("new", "parameter/DryRun"),
        ("new", "error/DryRunOperation"),
        ("new", "error/VpnPbrRouteEntry.NotSupport"),
        ("new", "error/OperationFailed.RouteConflict"),
        ("new", "error/Resource.QuotaFull"),
    }


def test_a_wrong_version_and_a_page_that_cannot_be_written(here: Here, tmp_path: Path) -> None:
    source = html(WHOLE, tmp_path)
    assert drift(here, source, "--spec", "2019-01-01").status == 2
    ended = drift(here, source, "--html", tmp_path)
    assert (ended.status, len(ended.lines)) == (2, 1)


def test_a_page_of_the_drift_trusts_nothing(here: Here, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x1b[31m"
    errors = (*WHOLE.errors[:-1], replace(WHOLE.errors[-1], message=evil))
    page = tmp_path / "drift.html"
    assert drift(here, api_docs(replace(WHOLE, errors=errors), tmp_path), "--html", page).status == 1
    text = unescape(page.read_text(encoding="utf-8"))
    assert "<script>alert(1)</script>" not in page.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "default-src 'none'" in text
    assert "gateway/unknown" in text


def test_control_characters_are_made_visible(here: Here, tmp_path: Path) -> None:
    errors = (replace(WHOLE.errors[0], message="\x1b[2J"), *WHOLE.errors[1:])
    assert "\x1b" not in drift(here, api_docs(replace(WHOLE, errors=errors), tmp_path)).out


def test_nothing_of_an_sdk_is_imported(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(WHOLE, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert drift(here, "sdk:some_sdk").status == 0


def test_the_newest_sdk_lacks_the_rule_that_is_gone(here: Here) -> None:
    pytest.importorskip("alibabacloud_vpc20160428", reason="needs the vendor's SDK")
    document = json.loads(drift(here, "sdk:alibabacloud_vpc20160428", "--json").out)
    found = [(finding["about"], finding["change"], finding["subject"]) for finding in document["findings"]]
    assert found == [("constraint", "gone", "limit/Description.scheme")]
    assert drift(here, "sdk:alibabacloud_vpc20160428", "--spec", SPECS[-1]).status == 0


def test_the_older_sdk_has_names_and_types(here: Here, tmp_path: Path) -> None:
    assert drift(here, core_sdk(WHOLE, tmp_path)).status == 0
    rows = {row.id: row for row in WHOLE.parameters}
    changed = WHOLE.put(replace(rows["parameter/Weight"], type="string")).without("parameter/DryRun")
    document = json.loads(drift(here, core_sdk(changed, tmp_path), "--json").out)
    found = {(finding["about"], finding["change"], finding["subject"]) for finding in document["findings"]}
    assert found == {("type", "changed", "parameter/Weight"), ("parameter", "gone", "parameter/DryRun")}


def test_a_folder_of_packages_is_searched(here: Here, tmp_path: Path) -> None:
    sdk(WHOLE, tmp_path)
    (tmp_path / "another").mkdir()
    assert drift(here, f"sdk:{tmp_path}").status == 0


def test_a_table_of_contents_is_not_the_page(tmp_path: Path) -> None:
    path = Path(fused(WHOLE, tmp_path))
    whole = path.read_text(encoding="utf-8")
    contents = "CreateVpnPbrRouteEntry\nOn this page\nRequest parameters\nsome\nResponse parameters\nError codes\n"
    path.write_text(contents + whole, encoding="utf-8")
    document = read(str(path))
    assert (len(document.parameters), len(document.errors or ())) == (12, 29)


CHINESE: Final = {
    "Parameter": "名称", "Type": "类型", "Required": "是否必选", "Description": "描述", "Example": "示例值",
    "HTTP status code": "HTTP status code", "Error code": "错误码", "Error message": "错误信息",
}  # fmt: skip
SECTIONS: Final = {"Request parameters": "请求参数", "Response parameters": "返回参数", "Error codes": "错误码"}


@pytest.mark.parametrize("form", ["text", "text with tabs", "HTML", "Markdown"])
def test_a_page_with_chinese_heads(form: str, here: Here, tmp_path: Path) -> None:
    path = Path(FORMS[form](said(DEFAULT_SPEC, chinese=True), tmp_path))
    text = path.read_text(encoding="utf-8")
    for heads in PAGE_HEADS:
        for between in ("", "\t", "|", "</th><th>"):
            text = text.replace(between.join(heads), between.join(CHINESE[head] for head in heads))
    for section, chinese in SECTIONS.items():
        text = text.replace(f"{section}\n", f"{chinese}\n")
    path.write_text(re.sub(r"(?<=boolean|integer)No\b|(?<=string)No\b", "否", text), encoding="utf-8")
    ended = drift(here, path)
    assert ended.status == 0, ended.out
    assert "zh): no drift" in ended.out
    assert "12 parameters, 11 response fields, 29 error rows" in ended.out


def test_what_stands_twice_is_noted(here: Here, tmp_path: Path) -> None:
    twice = replace(WHOLE, parameters=(*WHOLE.parameters, WHOLE.parameters[0]))
    ended = drift(here, html(twice, tmp_path))
    assert (ended.status, "RegionId stands twice, and was read once" in ended.out) == (0, True)


def test_a_table_of_something_else_is_passed_over(here: Here, tmp_path: Path) -> None:
    path = Path(markdown(WHOLE, tmp_path))
    common = "|Name|Type|Required|Description|\n|---|---|---|---|\n|Format|String|No|JSON or XML.|\n\n"
    path.write_text(path.read_text(encoding="utf-8").replace("## A section", f"{common}## A section", 1), "utf-8")
    ended = drift(here, path)
    assert (ended.status, "another table of request parameters was not read" in ended.out) == (0, True)


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("<td><p>Yes</p></td>", "<td><p>perhaps</p></td>", "whether RegionId is required was not read: 'perhaps'"),
        ("<td><p>string</p></td>", "<td></td>", "the type of RegionId was not read"),
        ("<tr><td><p>RegionId", "<tr></tr><tr><td>Odd</td></tr><tr><td><p>RegionId", "have not as many cells"),
        ("<td><p>404</p></td>", "<td>4xx</td>", "the status '4xx' of InvalidVpnGatewayInstanceId.NotFound"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_gap(old: str, new: str, note: str, here: Here, tmp_path: Path) -> None:
    path = Path(html(WHOLE, tmp_path))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    ended = drift(here, path)
    assert note in " ".join(ended.out.split())
    assert ended.status == (1 if "Odd" in new else 3)


@pytest.mark.parametrize("form", ["HTML", "Markdown"])
@pytest.mark.parametrize("head", ["Element", "Elements", "Field", "Name", "参数名"])
def test_a_response_table_is_found_whatever_its_first_column_is_called(
    form: str, head: str, here: Here, tmp_path: Path
) -> None:
    def written(document: Said) -> Path:
        path = Path(FORMS[form](document, tmp_path))
        between = "|" if form == "Markdown" else "</th><th>"
        old, new = (between.join((first, *PAGE_HEADS[1][1:])) for first in (PAGE_HEADS[1][0], head))
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        return path

    ended = drift(here, written(WHOLE))
    assert (ended.status, "11 response fields" in ended.out) == (0, True)
    assert drift(here, written(WHOLE.without("response/State"))).status == 1


@pytest.mark.parametrize(
    ("head", "gap"),
    [
        ("Parameter</th><th>Type</th><th>Description", "no table of response fields was found"),
        ("Error code</th><th>Error message", "no table of error codes was found"),
    ],
)
def test_a_table_that_is_not_found_is_exit_status_3(head: str, gap: str, here: Here, tmp_path: Path) -> None:
    path = Path(html(WHOLE, tmp_path))
    path.write_text(path.read_text("utf-8").replace(head, f"Whatever {head}"), "utf-8")
    ended = drift(here, path, "--html", tmp_path / "drift.html")
    assert ended.status == 3
    assert "no drift in what could be read, from the documentation of" in ended.out
    assert gap in ended.out
    assert "INCOMPLETE" in (tmp_path / "drift.html").read_text("utf-8")
    document = json.loads(drift(here, path, "--json").out)
    assert (document["drift"], len(document["gaps"]) >= 1) == (False, True)


@pytest.mark.parametrize("write", [sdk, core_sdk])
def test_models_that_do_not_say_types_are_exit_status_3(write: Write, here: Here, tmp_path: Path) -> None:
    source = write(WHOLE, tmp_path)
    for path in Path(source.removeprefix("sdk:")).rglob("*.py"):
        untyped = re.sub(r": (?:str|int|bool) = None", "=None", path.read_text("utf-8"))
        path.write_text(re.sub(r"(?m)(def set_.*:)  # \w+$", r"\1", untyped), "utf-8")
    ended = drift(here, source)
    assert ended.status == 3, ended.out
    assert re.search(r"the types of \d+ parameters are not in it", ended.out)


@pytest.mark.parametrize(
    ("name", "schema", "finding"),
    [
        ("Priority", {"minimum": 1, "maximum": 100}, None),
        ("Priority", {"minimum": 1, "maximum": 200}, ("changed", "limit/Priority", "1 to 200")),
        ("Priority", {"maximum": 100}, ("changed", "limit/Priority", "at most 100")),
        ("Priority", {"default": 10}, None),
        ("Priority", {"default": 5}, ("changed", "limit/Priority", "5 by default")),
        ("Weight", {"enum": [0, 100]}, None),
        ("Weight", {"enum": ["0", "100"]}, None),
        ("Weight", {"enum": [0, 50, 100]}, ("changed", "limit/Weight", "one of 0, 100, 50")),
        ("Description", {"minLength": 1, "maxLength": 100}, None),
        (
            "Description",
            {"minLength": 1, "maxLength": 256},
            ("changed", "limit/Description.length", "1 to 256 characters"),
        ),
        ("DryRun", {"default": False}, None),
        ("DryRun", {"enum": [True, False]}, None),
        ("NextHop", {"maxLength": 30}, ("new", "parameter/NextHop", "at most 30 characters")),
    ],
)
def test_what_a_schema_says_of_a_value_is_compared(
    name: str, schema: dict[str, object], finding: tuple[str, str, str] | None, here: Here, tmp_path: Path
) -> None:
    path = Path(api_docs(WHOLE, tmp_path))
    document = json.loads(path.read_text("utf-8"))
    for each in document["apis"][WHOLE.title]["parameters"]:
        each["schema"] |= schema if each["name"] == name else {}
    path.write_text(json.dumps(document), "utf-8")
    found = json.loads(drift(here, path, "--json").out)["findings"]
    assert [(each["change"], each["subject"], each["said"]) for each in found] == ([finding] if finding else [])


def rewritten(source: str, *changes: tuple[str, str]) -> Path:
    """A source with its text changed by patterns, each of which is met."""
    path = Path(source)
    text = path.read_text("utf-8")
    for pattern, new in changes:
        text, times = re.subn(pattern, new, text)
        assert times, pattern
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("tag", ["deprecated", "(deprecated)", "query", "Required", "optional", "**Query**", "已废弃"])
@pytest.mark.parametrize("form", ["HTML", "Markdown"])
def test_a_tag_in_the_cell_of_a_name_is_no_part_of_it(form: str, tag: str, here: Here, tmp_path: Path) -> None:
    path = rewritten(FORMS[form](WHOLE, tmp_path), (r"(?<=[|>])Weight(?=[|<])", f"Weight {tag}"))
    assert drift(here, path).status == 0


def test_a_table_of_markdown_may_lack_its_leading_pipes(here: Here, tmp_path: Path) -> None:
    flat = replace(
        WHOLE,
        parameters=tuple(
            replace(row, limits={k: v.replace("\n", " ") for k, v in row.limits.items()}) for row in WHOLE.parameters
        ),
    )
    path = Path(markdown(flat, tmp_path))
    text = re.sub(r"\n\n(?=It |Set|Valid|There|- )", " ", path.read_text("utf-8"))
    path.write_text(re.sub(r"(?m)^\|(.*)\|$", r"\1", text.replace("\n- ", " - ")), "utf-8")
    document = read(str(path))
    assert (len(document.parameters), len(document.fields or ()), len(document.errors or ())) == (12, 11, 29)
    assert {row.required for row in document.parameters} == {True, False}


def test_each_cell_of_a_page_of_text_may_be_a_paragraph(here: Here, tmp_path: Path) -> None:
    path = rewritten(
        FORMS["text with tabs"](WHOLE, tmp_path),
        (r"(?m)^(\w+)\t(string|integer|boolean)\t(Yes|No)\t", r"\1\n\n\2\n\n\3\n\n"),
        (r"(?m)^(\w+)\t(string|integer|boolean)\t", r"\1\n\n\2\n\n"),
        (r"(?m)^(\d+)\t([\w.]+)\t", r"\1\n\n\2\n\n"),
    )
    ended = drift(here, path)
    assert ended.status == 0, ended.out
    assert "12 parameters, 11 response fields, 29 error rows" in ended.out


@pytest.mark.parametrize("form", ["text", "text with tabs", "HTML", "Markdown"])
def test_the_example_may_stand_before_the_description(form: str, here: Here, tmp_path: Path) -> None:
    def swapped(row: Row) -> Row:
        return replace(row, about=row.example, limits={}, example=row.text)

    old = replace(WHOLE, parameters=tuple(map(swapped, WHOLE.parameters)), fields=tuple(map(swapped, WHOLE.fields)))
    between = {"text": "", "text with tabs": "\t", "HTML": "</th><th>", "Markdown": "|"}[form].replace("|", r"\|")
    path = rewritten(
        FORMS[form](old, tmp_path),
        (
            f"Type{between}Required{between}Description{between}Example",
            f"Type{between}Required{between}Example{between}Description",
        ),
        (f"Type{between}Description{between}Example", f"Type{between}Example{between}Description"),
    )
    if form == "Markdown":
        path.write_text(path.read_text("utf-8").replace(r"\|", "|"), "utf-8")
    ended = drift(here, path)
    assert ended.status == 0, ended.out


@pytest.mark.parametrize("spec", SPECS)
def test_without_a_version_the_one_that_fits_best_is_named(spec: str, here: Here, tmp_path: Path) -> None:
    source = api_docs(said(spec), tmp_path)
    ended, document = drift(here, source), json.loads(drift(here, source, "--json").out)
    assert (document["spec"], document["best_fitting"]) == (DEFAULT_SPEC, spec)
    assert (f"it departs least from {spec}: --spec {spec}" in ended.out) == (spec != DEFAULT_SPEC)
    assert "departs least" not in drift(here, source, "--spec", SPECS[0]).out
