"""Documents in other languages: named, and compared in names, types and required flags alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.specs.drift.language import LANGUAGE_NAMES, language_of
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from tests.conformance.commands import Here
from tests.conformance.specs.drift.said import Row, Said, said
from tests.conformance.specs.drift.writers import FORMS, PAGE_HEADS

SENTENCES: Final[Mapping[str, str]] = {
    "ja": "このパラメーターはルートの設定に使用されます。指定しない場合はデフォルトの値です。",
    "zh-TW": "這個參數對應路由的設定。如果沒有設定，系統會選擇預設的數值。",
    "ko": "이 매개변수는 경로를 설정하는 데 사용됩니다. 지정하지 않으면 기본값입니다.",
    "id": "Parameter ini digunakan untuk rute yang Anda buat. Jika tidak diisi, nilai dari sistem adalah bawaan.",
    "pt": "O parâmetro que define a rota da rede. Se você não informar um valor, o sistema usa o valor padrão.",
}
HEADS: Final[Mapping[str, Mapping[str, str]]] = {
    "ja": {
        "Parameter": "パラメーター", "Type": "タイプ", "Required": "必須", "Description": "説明", "Example": "例",
        "HTTP status code": "HTTPステータスコード", "Error code": "エラーコード", "Error message": "エラーメッセージ",
        "Yes": "はい", "No": "いいえ", "Request parameters": "リクエストパラメーター",
        "Response parameters": "レスポンスパラメーター", "Error codes": "エラーコード",
    },
    "zh-TW": {
        "Parameter": "名稱", "Type": "類型", "Required": "是否必選", "Description": "描述", "Example": "範例值",
        "HTTP status code": "HTTP狀態碼", "Error code": "錯誤碼", "Error message": "錯誤訊息",
        "Yes": "是", "No": "否", "Request parameters": "請求參數",
        "Response parameters": "返回參數", "Error codes": "錯誤碼",
    },
}  # fmt: skip


def translated(document: Said, language: str) -> Said:
    """The document with a sentence of that language on each row, and nothing else."""

    def told(row: Row) -> Row:
        return replace(row, about=SENTENCES[language], limits={})

    errors = tuple(replace(row, remark=SENTENCES[language]) for row in document.errors)
    return Said(tuple(map(told, document.parameters)), tuple(map(told, document.fields)), errors)


def page(form: str, document: Said, language: str, directory: Path) -> Path:
    """A page with the heads of that language."""
    path = Path(FORMS[form](translated(document, language), directory))
    text, words = path.read_text("utf-8"), HEADS[language]
    for heads in PAGE_HEADS:
        for between in ("", "\t", "|", "</th><th>"):
            text = text.replace(between.join(heads), between.join(words[head] for head in heads))
    for section in ("Request parameters", "Response parameters", "Error codes"):
        text = text.replace(f"{section}\n", f"{words[section]}\n")
    need = r"(?<=integer|boolean)(\t|\||</p></td><td><p>|)(Yes|No)\b|(?<=string)(\t|\||</p></td><td><p>|)(Yes|No)\b"
    text = re.sub(need, lambda match: "".join(words.get(part or "", part or "") for part in match.groups()), text)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("language", HEADS)
@pytest.mark.parametrize("form", ["text", "text with tabs", "HTML", "Markdown"])
def test_a_page_in_another_language_is_named_and_not_accused(
    form: str, language: str, here: Here, tmp_path: Path
) -> None:
    whole = said(DEFAULT_SPEC)
    ended = here("spec", "drift", page(form, whole, language, tmp_path), "--spec", DEFAULT_SPEC)
    assert ended.status == 3, ended.out
    assert f"it is in {LANGUAGE_NAMES[language]}: descriptions and constraints were not compared" in ended.out
    assert "12 parameters, 11 response fields, 29 error rows" in ended.out


@pytest.mark.parametrize("language", HEADS)
@pytest.mark.parametrize("form", ["text", "text with tabs", "HTML", "Markdown"])
def test_what_it_has_beside_sentences_is_compared(form: str, language: str, here: Here, tmp_path: Path) -> None:
    rows = said(DEFAULT_SPEC).rows()
    changed = said(DEFAULT_SPEC).without("parameter/DryRun").put(
        replace(rows["parameter/Priority"], required=True), replace(rows["response/CreateTime"], type="string")
    )  # fmt: skip
    source = page(form, changed, language, tmp_path)
    document = json.loads(here("spec", "drift", source, "--spec", DEFAULT_SPEC, "--json").out)
    assert document["language"] == language
    assert {(each["about"], each["change"], each["subject"]) for each in document["findings"]} == {
        ("parameter", "gone", "parameter/DryRun"),
        ("required", "changed", "parameter/Priority"),
        ("type", "changed", "response/CreateTime"),
    }


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("form", ["api-docs", "command line", "SDK", "wheel"])
def test_so_are_metadata_and_models(form: str, language: str, here: Here, tmp_path: Path) -> None:
    source = FORMS[form](translated(said(DEFAULT_SPEC), language), tmp_path)
    ended = here("spec", "drift", source, "--spec", DEFAULT_SPEC, "--html", tmp_path / "page.html")
    assert ended.status == 3, ended.out
    assert f"it is in {LANGUAGE_NAMES[language]}" in ended.out
    assert LANGUAGE_NAMES[language] in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize("language", SENTENCES)
def test_a_few_sentences_tell_a_language(language: str) -> None:
    assert language_of(SENTENCES[language] * 2) == language


@pytest.mark.parametrize("chinese", [False, True])
def test_the_languages_that_are_compared_are_recognised(chinese: bool) -> None:
    texts = " ".join(row.text for row in said(DEFAULT_SPEC, chinese).rows().values())
    assert language_of(texts) == ("zh" if chinese else "en")
    assert language_of("") == "en"


def test_a_message_in_another_language_is_a_gap(here: Here, tmp_path: Path) -> None:
    whole = said(DEFAULT_SPEC)
    first = replace(whole.errors[2], message="指定されたルートは既に存在します。")
    source = FORMS["HTML"](replace(whole, errors=(*whole.errors[:2], first, *whole.errors[3:])), tmp_path)
    ended = here("spec", "drift", source)
    assert (ended.status, "is not in English" in ended.out) == (3, True)
