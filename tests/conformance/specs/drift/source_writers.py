"""Writes a document as the vendor's SDKs in other languages have it: models with comments, and a client."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from tests.conformance.specs.drift.said import Row, Said
from tests.conformance.specs.drift.writers import Write, wheel

OWNER: Final = Row("parameter/OwnerId", "long", False, "", "", {})
"""What every request of every SDK of the vendor has."""
REQUIRED: Final = "This parameter is required."


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _models(document: Said) -> dict[str, tuple[Row, ...]]:
    title = document.title
    return {f"{title}Request": (*document.parameters, OWNER), f"{title}ResponseBody": document.fields}


def _text(model: str, row: Row) -> list[str]:
    """The lines of a comment, the sentence on what is required among them."""
    needed = ["", REQUIRED] if row.required and model.endswith("Request") else []
    return [*row.text.splitlines(), *needed][0 if row.text else 1 :]


def _star(lines: Iterable[str], indent: str = "  ") -> str:
    return "".join(f"{indent}{line}\n" for line in ("/**", *(f" * {line}" for line in lines), " */"))


def _put(top: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return top


def _packed(path: Path, files: Mapping[str, str], top: Path) -> str:
    _put(top, files)
    with tarfile.open(path, "w:gz") as opened:
        for name in files:
            opened.add(top / name, name)
    return str(path)


# --- TypeScript ---------------------------------------------------------------------------------------------

_TYPESCRIPT: Final = {"integer": "number", "long": "number"}


def _typescript_model(model: str, rows: tuple[Row, ...]) -> str:
    text = f"export class {model} extends $dara.Model {{\n"
    for row in rows:
        lines = _text(model, row)
        text += _star(["@remarks", *lines, "", "@example", row.example]) if lines else ""
        text += f"  {_camel(row.name)}?: {_TYPESCRIPT.get(row.type, row.type)};\n"
    names = "".join(f"      {_camel(row.name)}: '{row.name}',\n" for row in rows)
    types = "".join(f"      {_camel(row.name)}: '{_TYPESCRIPT.get(row.type, row.type)}',\n" for row in rows)
    text += f"  static names(): {{ [key: string]: string }} {{\n    return {{\n{names}    }};\n  }}\n\n"
    text += f"  static types(): {{ [key: string]: any }} {{\n    return {{\n{types}    }};\n  }}\n\n"
    return f"{text}  constructor(map?: {{ [key: string]: any }}) {{\n    super(map);\n  }}\n}}\n\n"


def _typescript_method(document: Said) -> str:
    name = _camel(document.title)
    summary = ["Makes a route.", ""] if document.introduction else []
    told = _star([*summary, "@remarks", *document.introduction.splitlines(), "", "@param request - it"])
    return (
        f"  /**\n   * Another one, on 0.0.0.0/0.\n   */\n  async createOther(): Promise<void> {{\n  }}\n\n{told}"
        f"  async {name}(request: $_model.{document.title}Request): Promise<void> {{\n  }}\n"
    )


def typescript(document: Said, directory: Path) -> str:
    """As a folder of sources with a file for each model."""
    files = {f"src/models/{model}.ts": _typescript_model(model, rows) for model, rows in _models(document).items()}
    files["src/client.ts"] = f"export default class Client {{\n{_typescript_method(document)}}}\n"
    return str(_put(directory / "typescript", files))


def old_typescript(document: Said, directory: Path) -> str:
    """As a folder with everything in one file, where what is not required has a question mark."""
    models = "".join(_typescript_model(model, rows) for model, rows in _models(document).items())
    for row in filter(lambda row: row.required, document.parameters):
        models = models.replace(f"  {_camel(row.name)}?:", f"  {_camel(row.name)}:", 1)
    models = re.sub(rf"   \* \n   \* {REQUIRED}\n", "", models)
    text = f"{models}export default class Client {{\n{_typescript_method(document)}}}\n"
    return str(_put(directory / "old", {"src/client.ts": text}))


def npm(document: Said, directory: Path) -> str:
    """As npm packs it, with typings alone."""
    files = {
        f"package/dist/models/{model}.d.ts": re.sub(
            r"\) ?(?::[^\n]*)? \{\n.*?\n  \}\n", "): any;\n", _typescript_model(model, rows), flags=re.DOTALL
        ).replace("export class", "export declare class")
        for model, rows in _models(document).items()
    }
    method = _typescript_method(document).replace("async ", "").replace(" {\n  }", ";")
    files["package/dist/client.d.ts"] = f"export default class Client {{\n{method}}}\n"
    return _packed(directory / "package-1.0.0.tgz", {**files, "package/package.json": "{}"}, directory / "npm")


# --- Go -----------------------------------------------------------------------------------------------------

_GO: Final = {"string": "string", "integer": "int32", "long": "int64", "boolean": "bool"}


def _formatted(text: str) -> list[str]:
    """What the generator makes of a comment: an empty line after each item, and an item of each star and blank."""
    spaced = re.sub(r"(?m)^(- .*)$", r"\1\n", text)
    return re.sub(r"\*\*(\w+)\*\* ", "**\\1*\t- ", spaced).splitlines()


def _go_model(model: str, rows: tuple[Row, ...]) -> str:
    text = f"type i{model} interface {{\n\tString() string\n}}\n\ntype {model} struct {{\n"
    for row in rows:
        lines = _formatted("\n".join(_text(model, row)))
        text += "".join(f"\t// {line}\n" for line in (*lines, "", "example:", "", row.example)) if lines else ""
        tags = f'json:"{row.name},omitempty" xml:"{row.name},omitempty"'
        text += f"\t{row.name} *{_GO.get(row.type, row.type)} `{tags}`\n"
    return f"// This file is auto-generated.\npackage client\n\n{text}}}\n\nfunc (s {model}) String() string {{\n}}\n"


def go(document: Said, directory: Path) -> str:
    """As a module with a file for each model."""
    snake = {model: re.sub(r"(?<!^)([A-Z])", r"_\1", model).lower() for model in _models(document)}
    files = {f"client/{snake[model]}_model.go": _go_model(model, rows) for model, rows in _models(document).items()}
    told = [
        "Summary:",
        "",
        "Makes a route." if document.introduction else "",
        "",
        "Description:",
        "",
        *_formatted(document.introduction),
        "",
        "@param r",
    ]
    comment = "".join(f"// {line}\n" for line in told)
    files["client/client.go"] = (
        f"package client\n\n// 0.0.0.0/0\nfunc (client *Client) Other() {{\n}}\n\n{comment}"
        f"func (client *Client) {document.title}(request *{document.title}Request) (_err error) {{\n}}\n"
    )
    return str(_put(directory / "go", files))


# --- Java ---------------------------------------------------------------------------------------------------

_JAVA: Final = {"string": "String", "integer": "Integer", "long": "Long", "boolean": "Boolean"}


def _html(text: str) -> list[str]:
    item = r"<ul>\n<li><p><strong>\1</strong>\2</p>\n<p>Read on.</p>\n</li>\n</ul>"
    marked = re.sub(r"(?m)^- (\w+)(.*)$", item, escape(text, quote=False))
    return [line if line.startswith("<") else f"<p>{line}</p>" for line in marked.splitlines() if line]


def _java_comment(model: str, row: Row, indent: str) -> str:
    lines = _html("\n".join(_text(model, row)))
    return _star([*lines, "", "<strong>example:</strong>", f"<p>{row.example}</p>"], indent) if lines else ""


def _java_model(model: str, rows: tuple[Row, ...]) -> str:
    text = f"package com.example.models;\n\npublic class {model} extends TeaModel {{\n"
    for row in rows:
        text += f'{_java_comment(model, row, "    ")}    @NameInMap("{row.name}")\n'
        text += f"    public {_JAVA.get(row.type, row.type)} {_camel(row.name)};\n\n"
    return text + f"    public static {model} build() {{\n        return null;\n    }}\n}}\n"


def _java_client(document: Said, result: str) -> str:
    told = ["<b>description</b> :", *_html(document.introduction), "", "@param request the request"]
    other = "    /**\n     * <p>0.0.0.0/0</p>\n     */\n    public void other() {\n    }\n\n"
    comment = _star(told, "    ")
    name = _camel(document.title)
    return f"{other}{comment}    {result} {name}({document.title}Request request) {{\n    }}\n"


def java(document: Said, directory: Path) -> str:
    """As a folder of sources."""
    files = {f"example/models/{model}.java": _java_model(model, rows) for model, rows in _models(document).items()}
    files["example/Client.java"] = _java_client(document, f"public {document.title}Response")
    return str(_put(directory / "java", files))


def async_java(document: Said, directory: Path) -> str:
    """As a jar of the asynchronous SDK's sources, where the comments are those of builders."""
    path = directory / "sources.jar"
    with ZipFile(path, "w") as opened:
        for model, rows in _models(document).items():
            opened.writestr(f"com/example/models/{model}.java", _async_model(model, rows))
        opened.writestr(
            "com/example/AsyncClient.java",
            _java_client(document, f"CompletableFuture<{document.title}Response>").replace(") {\n    }\n", ");\n"),
        )
    return str(path)


def _async_model(model: str, rows: tuple[Row, ...]) -> str:
    text = f"/**\n * {{@link {model}}} extends {{@link RequestModel}}\n */\npublic class {model} extends Request {{\n"
    for row in rows:
        needed = "    @com.example.annotation.Validation(required = true)\n" if row.required else ""
        text += f'    @com.example.annotation.Query\n    @com.example.annotation.NameInMap("{row.name}")\n{needed}'
        text += f"    private {_JAVA.get(row.type, row.type)} {_camel(row.name)};\n\n"
    text += "    public static final class Builder extends Request.Builder {\n"
    for row in rows:
        name = _camel(row.name)
        text += _java_comment("", row, "        ") or _star([f"{row.name}."], "        ")
        text += f"        public Builder {name}({_JAVA.get(row.type, row.type)} {name}) {{\n            return this;\n"
        text += "        }\n\n"
    return text + "    }\n}\n"


# --- PHP ----------------------------------------------------------------------------------------------------

_PHP: Final = {"integer": "int", "long": "int", "boolean": "bool"}


def _php_model(model: str, rows: tuple[Row, ...]) -> str:
    text = f"<?php\n\nnamespace Example\\Models;\n\nclass {model} extends Model\n{{\n"
    for row in rows:
        first, *others = [re.sub(r"^- (\w+)", r"  **\1**", line) for line in _text(model, row)] or [""]
        told = [f"@description {first}", *others, "", f"@example {row.example}", ""] if first else []
        text += _star([*told, f"@var {_PHP.get(row.type, row.type)}"], "    ") + f"    public ${_camel(row.name)};\n\n"
    names = "".join(f"        '{_camel(row.name)}' => '{row.name}',\n" for row in rows)
    return text + f"    protected $_name = [\n{names}    ];\n\n    public function validate()\n    {{\n    }}\n}}\n"


def php(document: Said, directory: Path) -> str:
    """As a folder of sources."""
    files = {f"src/Models/{model}.php": _php_model(model, rows) for model, rows in _models(document).items()}
    told = _star(["@remarks", *document.introduction.splitlines(), "", "@param request"], "    ")
    files["src/Vpc.php"] = (
        "<?php\n\nclass Vpc extends OpenApiClient\n{\n    /**\n     * 0.0.0.0/0\n     */\n    public function other()\n"
        f"    {{\n    }}\n\n{told}    public function {_camel(document.title)}($request)\n    {{\n    }}\n}}\n"
    )
    return str(_put(directory / "php", files))


# --- Python -------------------------------------------------------------------------------------------------


def sdist(document: Said, directory: Path) -> str:
    """As a source distribution with one module for all models."""
    with ZipFile(wheel(document, directory).removeprefix("sdk:")) as opened:
        models = opened.read("some_sdk/models.py").decode()
    return _packed(directory / "some_sdk-1.0.tar.gz", {"some_sdk-1.0/some_sdk/models.py": models}, directory / "sdist")


SOURCES: Final[Mapping[str, Write]] = {
    "TypeScript": typescript,
    "old TypeScript": old_typescript,
    "npm": npm,
    "Go": go,
    "Java": java,
    "Java, asynchronous": async_java,
    "PHP": php,
    "sdist": sdist,
}
