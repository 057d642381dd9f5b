"""What cannot be read: one line that says why, exit status 2, in bounded time and memory."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from gzip import compress
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from tests.conformance.commands import Here
from tests.conformance.specs.drift.said import said
from tests.conformance.specs.drift.source_writers import SOURCES, npm, typescript
from tests.conformance.specs.drift.writers import FORMS, api_docs, command_line, html, markdown, sdk, wheel

WHOLE: Final = said(DEFAULT_SPEC)


def unreadable(here: Here, source: str | Path) -> str:
    """The one line that a source which cannot be read gets."""
    ended = here("spec", "drift", source)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1), ended
    assert ended.error.startswith(f"pbr-conformance: {source}: ")
    return ended.error


OTHER: Final = replace(WHOLE, title="CreateVpnRouteEntry")


@pytest.mark.parametrize("form", [*FORMS, *SOURCES])
def test_a_document_of_another_operation(form: str, here: Here, tmp_path: Path) -> None:
    error = unreadable(here, {**FORMS, **SOURCES}[form](OTHER, tmp_path))
    assert "CreateVpnPbrRouteEntry" in error
    if form not in ("SDK", "wheel", *SOURCES):
        assert "it is about CreateVpnRouteEntry" in error or "it has CreateVpnRouteEntry" in error


def cut(path: str, share: float) -> str:
    whole = Path(path).read_text(encoding="utf-8")
    Path(path).write_text(whole[: int(len(whole) * share)], encoding="utf-8")
    return path


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.6, 0.9, 0.99])
def test_html_that_is_cut_off(share: float, here: Here, tmp_path: Path) -> None:
    assert "not whole" in unreadable(here, cut(html(WHOLE, tmp_path), share)) or share == 0.01


@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
def test_metadata_that_is_cut_off(share: float, here: Here, tmp_path: Path) -> None:
    for write in (api_docs, command_line):
        assert "it is no JSON (line 1: " in unreadable(here, cut(write(WHOLE, tmp_path), share))


def test_markdown_that_is_cut_off_in_a_row(here: Here, tmp_path: Path) -> None:
    whole = Path(markdown(WHOLE, tmp_path)).read_text(encoding="utf-8")
    path = tmp_path / "cut.md"
    path.write_text(whole[: whole.index("Valid values: 1 to 100")], encoding="utf-8")
    assert "it ends inside a table" in unreadable(here, path)


PARAMETER: Final[dict[str, Any]] = {"name": "Weight", "type": "Integer", "required": True, "position": "Query"}
WRONG_JSON: Final[dict[str, tuple[object, str]]] = {
    "a list": ([1, 2], "report: [1, 2], expected an object"),
    "an object of nothing": ({}, "no operation"),
    "parameters are an object": ({"name": "CreateVpnPbrRouteEntry", "parameters": {}}, "parameters: {}, expected"),
    "a name is a number": (
        {"name": "CreateVpnPbrRouteEntry", "parameters": [{**PARAMETER, "name": 5}]}, "parameters[0].name: 5"
    ),
    "required is a text": (
        {"name": "CreateVpnPbrRouteEntry", "parameters": [{**PARAMETER, "required": "yes"}]}, "required: 'yes'"
    ),
    "too few parameters": ({"name": "CreateVpnPbrRouteEntry", "parameters": [PARAMETER]}, "fewer than 3"),
    "a schema is missing": (
        {"apis": {"CreateVpnPbrRouteEntry": {"parameters": [{"name": "Weight"}]}}}, "parameters[0].schema"
    ),
    "error codes are a list": (
        {"CreateVpnPbrRouteEntry": {"parameters": [{"name": "A", "schema": {"type": "string"}}], "errorCodes": []}},
        "errorCodes: []",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_JSON)
def test_metadata_of_another_shape(name: str, here: Here, tmp_path: Path) -> None:
    value, words = WRONG_JSON[name]
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    assert words in unreadable(here, path)


def _sparse(path: Path) -> None:
    with path.open("wb") as opened:
        opened.truncate(100 << 20)


def _zip_of_nothing(path: Path) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as opened:
        opened.writestr("a/models.py", b"\n" * (33 << 20))


def _bomb(path: Path) -> None:
    with tarfile.open(path, "w:gz", compresslevel=1) as opened:
        member = tarfile.TarInfo("package/other.bin")
        member.size = 300 << 20
        with open("/dev/zero", "rb") as zeros:
            opened.addfile(member, zeros)


def _tar(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as opened:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, BytesIO(content))


def _large_archive(path: Path) -> None:
    _tar(path, {"package/package.json": b"{}"})
    with path.open("ab") as opened:
        opened.truncate(100 << 20)


FILES: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    "nothing": (lambda path: path.write_bytes(b""), "nothing in it"),
    "blanks": (lambda path: path.write_bytes(b" \n" * 1000), "nothing in it"),
    "zeros": (lambda path: path.write_bytes(b"\0" * 1000), "nothing in it"),
    "100 MB of zeros": (_sparse, "more than 32 MiB"),
    "9 MB of letters": (lambda path: path.write_bytes(b"a" * (9 << 20)), "more than 4 MiB"),
    "lines and lines": (lambda path: path.write_bytes(b"CreateVpnPbrRouteEntry\n" * 60_000), "more than 50,000 lines"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 40), "no text in UTF-8"),
    "text with zeros": (lambda path: path.write_bytes(b"CreateVpnPbrRouteEntry\0\1\2"), "zero bytes"),
    "UTF-16": (lambda path: path.write_text("CreateVpnPbrRouteEntry", encoding="utf-16"), "no text in UTF-8"),
    "prose": (lambda path: path.write_text("CreateVpnPbrRouteEntry creates a route."), "no request parameters"),
    "another text": (lambda path: path.write_text("Dear Sir or Madam"), "does not say that it is about"),
    "nested brackets": (lambda path: path.write_text("[" * 200_000), "it is no JSON (RecursionError)"),
    "a zip bomb": (_zip_of_nothing, "a module of it has more than 32 MiB"),
    "a folder of nothing": (lambda path: path.mkdir(), "no models of CreateVpnPbrRouteEntry"),
    "gzip of a text": (lambda path: path.write_bytes(compress(b"CreateVpnPbrRouteEntry")), "no tar archive"),
    "the beginning of a gzip file": (lambda path: path.write_bytes(b"\x1f\x8b\x08"), "no tar archive"),
    "gzip of 300 MB": (_bomb, "unpacked it has more than 256 MiB"),
    "a package of another product": (
        lambda path: _tar(path, {"package/dist/client.d.ts": b"export class Other {}", "setup.py": b""}), "no models of"
    ),
    "100 MB of an archive": (_large_archive, "more than 32 MiB"),
    "a pipe": (lambda path: os.mkfifo(path), "it is no plain file"),
    "an empty page": (lambda path: path.write_text("<html></html>"), "does not say that it is about"),
    "a page without tables": (
        lambda path: path.write_text("<html><h1>CreateVpnPbrRouteEntry</h1></html>"), "no table of request parameters"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_document(name: str, here: Here, tmp_path: Path) -> None:
    make, words = FILES[name]
    path = tmp_path / "document"
    make(path)
    assert words in unreadable(here, path)


@pytest.mark.parametrize(("name", "what"), [("a.tgz", "tar archive in gzip"), ("a.tar.gz", "tar"), ("a.whl", "wheel")])
def test_an_archive_that_is_none(name: str, what: str, here: Here, tmp_path: Path) -> None:
    (tmp_path / name).write_text("CreateVpnPbrRouteEntry")
    assert f"it is no {what}" in unreadable(here, tmp_path / name)


def test_a_file_that_is_not_there(here: Here, tmp_path: Path) -> None:
    assert "No such file" in unreadable(here, tmp_path / "page.html")


SDKS: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    "no zip": (lambda path: path.write_bytes(b"no zip at all"), "no wheel that can be read"),
    "a tar archive that is cut off": (
        lambda path: path.write_bytes(Path(npm(WHOLE, path.parent)).read_bytes()[:-100]), "no tar archive"
    ),
    "a zip that is cut off": (
        lambda path: path.write_bytes(Path(wheel(WHOLE, path.parent)[4:]).read_bytes()[:-100]), "no wheel"
    ),
    "a zip bomb": (_zip_of_nothing, "a module of it has more than 32 MiB"),
    "a folder of nothing": (lambda path: path.mkdir(), "no models of CreateVpnPbrRouteEntry"),
    "100 MB": (_sparse, "more than 32 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("name", SDKS)
def test_an_sdk_that_is_none(name: str, here: Here, tmp_path: Path) -> None:
    make, words = SDKS[name]
    path = tmp_path / "sdk.whl"
    make(path)
    assert words in unreadable(here, f"sdk:{path}")


@pytest.mark.parametrize("name", ["json", "no_such_package", "../../etc", ""])
def test_a_package_without_the_operation(name: str, here: Here) -> None:
    unreadable(here, f"sdk:{name}")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def __init__(", "def __init__((", "cannot be parsed (SyntaxError)"),
        ("def to_map(", "def from_map(", "no __init__ or no to_map"),
        ("class CreateVpnPbrRouteEntryRequest", "class Other", "no models of"),
    ],
)
def test_a_model_that_cannot_be_read(old: str, new: str, words: str, here: Here, tmp_path: Path) -> None:
    source = sdk(WHOLE, tmp_path)
    path = tmp_path / "some_sdk/models/_create_vpn_pbr_route_entry_request.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert words in unreadable(here, source)


@pytest.mark.parametrize("name", ["client.ts", "other.go", "setup.py"])
def test_a_source_that_is_no_model(name: str, here: Here, tmp_path: Path) -> None:
    path = tmp_path / "folder" / name
    path.parent.mkdir()
    path.write_text("class Other {}", encoding="utf-8")
    assert "CreateVpnPbrRouteEntry" in unreadable(here, path)


def test_a_link_to_nothing_and_a_pipe_in_a_folder(here: Here, tmp_path: Path) -> None:
    folder = Path(typescript(WHOLE, tmp_path)) / "src/models"
    model = folder / "CreateVpnPbrRouteEntryRequest.ts"
    model.unlink()
    model.symlink_to(folder / "nothing.ts")
    assert "CreateVpnPbrRouteEntryRequest.ts in it cannot be read: No such file" in unreadable(here, folder)
    model.unlink()
    os.mkfifo(model)
    assert "no models of" in unreadable(here, folder)


def test_one_file_is_read_with_its_neighbours(here: Here, tmp_path: Path) -> None:
    model = Path(typescript(WHOLE, tmp_path)) / "src/models/CreateVpnPbrRouteEntryRequest.ts"
    assert here("spec", "drift", model).status == 0
    model.with_name("CreateVpnPbrRouteEntryResponseBody.ts").unlink()
    alone = here("spec", "drift", model)
    assert (alone.status, "no model of the response was found" in alone.out) == (3, True)


def test_nothing_is_fetched(here: Here) -> None:
    assert "nothing is fetched" in unreadable(here, "https://127.0.0.1:9/page.html")
