"""Sources as they once were: the first Python SDK, metadata with texts for booleans, comments in other forms."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.specs.drift.source import read
from pbr_conformance.simulator.documentation.create import SPECS
from tests.conformance.commands import Here
from tests.conformance.specs.drift.said import Said, said
from tests.conformance.specs.drift.source_writers import async_java, go, java, php
from tests.conformance.specs.drift.test_planted import found
from tests.conformance.specs.drift.writers import Write, command_line, sdk

FIRST: Final = SPECS[0]
LATEST: Final = SPECS[-1]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def first_sdk(document: Said, directory: Path) -> Path:
    """Models without types and texts, whose `validate` says what is required; the response has no body of its own."""
    text = ""
    for model, rows in (
        (f"{document.title}Request", document.parameters),
        (f"{document.title}Response", document.fields),
    ):
        arguments = ", ".join(f"{_snake(row.name)}=None" for row in rows)
        text += f"class {model}(TeaModel):\n    def __init__(self, {arguments}):\n"
        text += "".join(f"        self.{_snake(row.name)} = {_snake(row.name)}\n" for row in rows)
        checks = [f"        self.validate_required(self.{_snake(row.name)}, '{_snake(row.name)}')\n"
                  for row in rows if row.required]  # fmt: skip
        text += f"\n    def validate(self):\n{''.join(checks)}\n    def to_map(self):\n        result = {{}}\n"
        text += "".join(f"        result['{row.name}'] = self.{_snake(row.name)}\n" for row in rows)
        text += "        return result\n\n\n"
    path = directory / "models.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_first_sdk_says_what_is_required_and_has_a_response(here: Here, tmp_path: Path) -> None:
    ended = here("spec", "drift", first_sdk(said(FIRST), tmp_path), "--spec", FIRST)
    assert ended.status == 3, ended.out
    assert "the types of 10 parameters are not in it" in ended.out
    assert "required parameters" not in ended.out
    assert "which parameters are required" not in ended.out
    assert "10 response fields" in ended.out


def test_what_it_requires_is_compared(here: Here, tmp_path: Path) -> None:
    rows = said(FIRST).rows()
    changed = said(FIRST).put(replace(rows["parameter/Weight"], required=False)).without("response/State")
    document = json.loads(
        here("spec", "drift", first_sdk(changed, tmp_path), "--spec", FIRST, "--json").out
    )  # fmt: skip
    assert {(each["about"], each["subject"]) for each in document["findings"]} == {
        ("required", "parameter/Weight"),
        ("response field", "response/State"),
    }


@pytest.mark.parametrize(("weight", "status"), [("true", 0), ("false", 1)])
def test_metadata_may_write_a_boolean_as_a_text(weight: str, status: int, here: Here, tmp_path: Path) -> None:
    path = Path(command_line(said(LATEST), tmp_path))
    document = json.loads(path.read_text("utf-8"))
    for each in document["parameters"]:
        each["required"] = weight if each["name"] == "Weight" else str(each["required"]).lower()
    path.write_text(json.dumps(document), "utf-8")
    assert here("spec", "drift", path, "--spec", LATEST).status == status


def in_two_languages(english: Said, chinese: Said, directory: Path) -> Path:
    """Metadata of the command line tool of 2026: each text in both, and the operation's too."""
    path = Path(command_line(english, directory))
    document = json.loads(path.read_text("utf-8"))
    rows = {row.name: row for row in chinese.parameters}
    for each in document["parameters"]:
        each["description"] = {"zh": rows[each["name"]].text, "en": each["description"]}
    document["title"] = {"zh": "路由", "en": english.title}
    document["descriptions"] = {"zh": chinese.introduction, "en": english.introduction}
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_metadata_in_two_languages_is_compared_in_both(here: Here, tmp_path: Path) -> None:
    english, chinese = said(LATEST), said(LATEST, chinese=True)
    ended = here("spec", "drift", in_two_languages(english, chinese, tmp_path), "--spec", LATEST)
    assert (ended.status, "the texts in Chinese were compared too" in ended.out) == (0, True), ended.out
    weight = english.rows()["parameter/Weight"]
    wrong = english.put(replace(weight, limits={"limit/Weight": "Valid values: 0 and 50."}))
    others = chinese.put(replace(chinese.rows()["parameter/Weight"], limits={"limit/Weight": "取值：0、50。"}))
    for texts in ((wrong, chinese), (english, others), (wrong, others)):
        path = in_two_languages(*texts, tmp_path)
        document = json.loads(here("spec", "drift", path, "--spec", LATEST, "--json").out)
        assert [each["subject"] for each in document["findings"]] == ["limit/Weight"]
    silent = in_two_languages(english, replace(chinese, introduction=""), tmp_path)
    assert here("spec", "drift", silent, "--spec", LATEST).status == 3


def _changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """A folder of sources, each changed by patterns of which each is met somewhere."""
    for pattern, new in changes:
        times = 0
        for path in filter(Path.is_file, folder.rglob("*")):
            text, count = re.subn(pattern, new, path.read_text("utf-8"))
            path.write_text(text, "utf-8")
            times += count
        assert times, pattern
    return folder


def test_bold_words_in_go_that_became_items_are_read(here: Here, tmp_path: Path) -> None:
    folder = _changed(
        Path(go(said(LATEST), tmp_path)),
        (r"Valid values: 1 to 100\.", "Valid values: **1*\t- to **100*\t- only."),
        (r"Set the value to Ipsec\.", "Set the value to **Ipsec*\t- (a protocol)."),
    )
    assert here("spec", "drift", folder, "--spec", LATEST).status == 0


def test_go_may_say_in_a_tag_what_is_required_and_describe_an_operation_in_a_block(here: Here, tmp_path: Path) -> None:
    sentence = r"\t// \n\t// This parameter is required\.\n((?:\t//.*\n)+)"
    folder = _changed(
        Path(go(said(LATEST), tmp_path)),
        (sentence + r"(\t\w+ \*\w+ `json:\"\w+,omitempty\")", r'\1\2 require:"true"'),
        (r"(?m)^// Summary:$", "/**"),
        (r"(?m)^// (?!0)(.*)$", r" * \1"),
        (r"(?m)^ \* @param.*$", " */"),
    )
    assert here("spec", "drift", folder, "--spec", LATEST).status == 0
    assert any(row.required for row in read(str(folder)).parameters)


def test_a_folder_of_models_alone_lacks_the_client(here: Here, tmp_path: Path) -> None:
    folder = Path(java(said(LATEST), tmp_path))
    (folder / "example/Client.java").unlink()
    for source in (folder, folder / "example/models"):
        ended = here("spec", "drift", source, "--spec", LATEST)
        assert (ended.status, "the description of the operation as a whole was not found" in ended.out) == (3, True)


@pytest.mark.parametrize("write", [java, async_java, php])
def test_models_without_texts_are_accused_of_nothing(write: Write, here: Here, tmp_path: Path) -> None:
    silent = replace(
        said(LATEST),
        parameters=tuple(replace(row, about="", limits={}, required=False) for row in said(LATEST).parameters),
        fields=tuple(replace(row, about="", limits={}) for row in said(LATEST).fields),
        introduction="",
    )
    ended = here("spec", "drift", write(silent, tmp_path), "--spec", LATEST)
    assert (ended.status, "it has no descriptions: constraints were not compared" in ended.out) == (3, True), ended.out


def test_the_docstring_of_a_python_client_is_compared(here: Here, tmp_path: Path) -> None:
    folder = Path(sdk(said(LATEST), tmp_path).removeprefix("sdk:"))
    method = (
        "class Client:\n    def create_vpn_pbr_route_entry(\n        self,\n        request: Any,\n    ) -> Any:\n"
        '        """\n        {}\n\n        @param request: it\n        """\n'
    )
    for told, status in (("Not 0.0.0.0/0.", 1), ("On single-tunnel gateways not 100.64.0.0/10.", 0)):
        (folder / "client.py").write_text(method.format(told))
        assert here("spec", "drift", folder, "--spec", LATEST).status == status
    assert found("SDK", said(LATEST), tmp_path, LATEST) == set()
