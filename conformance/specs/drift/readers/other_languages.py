"""The vendor's SDKs in other languages than Python: where their models and clients are, and what reads them.

Rules of this file
1. A model is a file of its own, or one of many in a file; the client is in the folder around the models, or theirs.
2. These SDKs describe the operation as a whole in their clients. Where they describe members and not that, it is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.specs.drift.document import Document, ParsedRow
from pbr_conformance.simulator.documentation.actions import CREATE

from . import golang, java, php, typescript
from .models import model_document
from .package_files import PackageFile

_MODELS: Final = (f"{CREATE}Request", f"{CREATE}ResponseBody", f"{CREATE}Response")


@dataclass(frozen=True, slots=True)
class SourceLanguage:
    """How the sources of one language are named and read."""

    form: str
    names: tuple[str, ...]
    """The files of the request, the body of the response, and the response."""
    clients: tuple[str, ...]
    """Files that may have the client, seen from the folder of the models; the first may have the models too."""
    members: Callable[[str, str], tuple[ParsedRow, ...] | None]
    method: Callable[[str], str | None]

    @property
    def signs(self) -> tuple[str, ...]:
        """The files of which a package with the operation has one."""
        return self.names[0], self.clients[0]

    def read(self, opened: PackageFile) -> Document | None:
        """The document that the models of one folder make; None where they are not there."""
        together = _text(opened(self.clients[0]))
        models = [self.members(_text(opened(name)) or together, model)
                  for name, model in zip(self.names, _MODELS, strict=True)]  # fmt: skip
        request, body, response = models
        if not request:
            return None
        fields = body or (response if any(row.name == "RequestId" for row in response or ()) else None)
        told = any(row.text for row in (*request, *(fields or ())))
        methods = (self.method(_text(opened(name))) for name in self.clients)
        introduction = next(filter(None, methods), "" if told else None)
        return model_document(self.form, request, fields, introduction)


def _text(source: bytes | None) -> str:
    return "" if source is None else source.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _files(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.format(model) for model in _MODELS)


def _snake(model: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in model).lstrip("_")


PROGRAMMING_LANGUAGES: Final = (
    SourceLanguage("TypeScript", _files("{}.ts"), ("client.ts", "../client.ts"), typescript.members, typescript.method),
    SourceLanguage(
        "TypeScript", _files("{}.d.ts"), ("client.d.ts", "../client.d.ts"), typescript.members, typescript.method
    ),
    SourceLanguage(
        "Go", tuple(f"{_snake(model)}_model.go" for model in _MODELS), ("client.go",), golang.members, golang.method
    ),
    SourceLanguage(
        "Java", _files("{}.java"), ("Client.java", "../Client.java", "../AsyncClient.java"), java.members, java.method
    ),
    SourceLanguage("PHP", _files("{}.php"), ("Vpc.php", "../Vpc.php"), php.members, php.method),
)


def file_names() -> Iterator[str]:
    """The names of all files that are read."""
    for language in PROGRAMMING_LANGUAGES:
        yield from language.names
        yield from (name.rpartition("/")[2] for name in language.clients)
