"""The models of an operation in an SDK's source, parsed and never imported.

Rules of this file
1. Two layouts are known: a module for each model (`models/_create_..._request.py`), and one `models.py` for all.
2. Of a model, `__init__` has names and types, `to_map` the names on the wire, the comment before an assignment the
   text. Of a large module only the class is parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pbr_conformance.conformance.specs.drift.document import Document, ParsedRow, Unreadable, shortened, type_of
from pbr_conformance.simulator.documentation.actions import CREATE

_MOST_MODEL: Final = 500_000
"""Characters of one model; theirs have some thousands."""
MODELS: Final = (f"{CREATE}Request", f"{CREATE}ResponseBody")
SHARED_MODULE: Final = "models.py"
_REQUIRED: Final = re.compile(r"\s*This parameter is required\.\s*")

PackageFile = Callable[[str], bytes | None]
"""Reads a file of a package by its path in it; None where there is none."""


def module_of(model: str) -> str:
    """The path of a model's own module: models/_create_vpn_pbr_route_entry_request.py."""
    return "models/" + re.sub(r"([A-Z])", r"_\1", model).lower() + ".py"


def read(opened: PackageFile) -> Document | None:
    """From the models of one package; None where it has none of this operation."""
    together = opened(SHARED_MODULE)
    sources = [together if together is not None else opened(module_of(model)) for model in MODELS]
    request, response = (
        None if source is None else _model(source.decode("utf-8", "replace"), model)
        for source, model in zip(sources, MODELS, strict=True)
    )
    if not request:
        return None
    notes = ["an SDK has no error codes"]
    gaps = [] if response else ["no model of the response was found"]
    gaps += untyped(request, "parameters") + untyped(response or (), "response fields")
    if any(parsed.required for parsed in request):
        request = tuple(ParsedRow(t.name, t.type, bool(t.required), t.text) for t in request)
    else:
        notes.append("it does not say which parameters are required")
    return Document("SDK", request, response, notes=tuple(notes), gaps=tuple(gaps))


def untyped(rows: Sequence[ParsedRow], what: str) -> list[str]:
    """Return the gap of models that do not say types."""
    missing = sum(row.type is None for row in rows)
    return [f"the types of {missing} {what} are not in it"] if missing else []


def _model(source: str, model: str) -> tuple[ParsedRow, ...] | None:
    """The members of a model, in the order of its constructor."""
    start = re.search(rf"^class {model}\(", source, re.MULTILINE)
    if start is None:
        return None
    end = re.compile(r"^class ", re.MULTILINE).search(source, start.end())
    text = source[start.start() : end.start() if end else len(source)]
    if len(text) > _MOST_MODEL:
        raise Unreadable(f"the source of {model} is longer than {_MOST_MODEL:,} characters")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"the source of {model} cannot be parsed ({type(error).__name__})") from None
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    if "__init__" not in functions or "to_map" not in functions:
        raise Unreadable(f"{model} has no __init__ or no to_map")
    types = {arg.arg: _type(arg.annotation) for arg in functions["__init__"].args.args[1:]}
    texts = _texts(functions["__init__"], text.splitlines())
    wire = dict(_wire(functions["to_map"]))
    return tuple(_told(wire[name], types[name], texts.get(name)) for name in types if name in wire)


def _type(annotation: ast.expr | None) -> str | None:
    return type_of(ast.unparse(annotation)) if annotation is not None else None


def _wire(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Each attribute with its name on the wire: result['ClientToken'] = self.client_token."""
    for node in ast.walk(function):
        match node:
            case ast.Assign([ast.Subscript(slice=ast.Constant(str(name)))], ast.Attribute(attr=attribute)):
                yield attribute, name


def _texts(function: ast.FunctionDef, lines: list[str]) -> dict[str, str]:
    """The comment before each assignment to an attribute."""
    texts = {}
    for node in function.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Attribute):
            above = node.lineno - 2
            comment: list[str] = []
            while above >= 0 and lines[above].lstrip().startswith("#"):
                comment.insert(0, lines[above].lstrip()[1:].removeprefix(" ").rstrip())
                above -= 1
            texts[target.attr] = "\n".join(comment)
    return texts


def _told(name: str, type: str | None, comment: str | None) -> ParsedRow:
    if not comment:
        return ParsedRow(name, type, None, comment)
    required = any(_REQUIRED.fullmatch(line) for line in comment.splitlines())
    kept = "\n".join(line for line in comment.splitlines() if not _REQUIRED.fullmatch(line))
    return ParsedRow(name, type, required or None, shortened(kept))
