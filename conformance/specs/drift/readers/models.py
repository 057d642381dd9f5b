"""The models of an operation in an SDK's source, parsed and never imported.

Rules of this file
1. Two layouts are known: a module for each model (`models/_create_..._request.py`), and one `models.py` for all.
2. Of a model, `__init__` has names and types, `to_map` the names on the wire, the comment before an assignment the
   text, and `validate` of the oldest the members that are required. Of a large module only the class is parsed.
3. The docstring of the client's method, where there is one, describes the operation as a whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from pbr_conformance.conformance.specs.drift.document import Document, ParsedRow, Unreadable, type_of
from pbr_conformance.simulator.documentation.actions import CREATE

from .comments import member, text_of
from .package_files import PackageFile

_MOST_MODEL: Final = 500_000
"""Characters of one model; theirs have some thousands."""
MODELS: Final = (f"{CREATE}Request", f"{CREATE}ResponseBody", f"{CREATE}Response")
"""The last one is the body in the oldest SDKs, and in others what has the body."""
SHARED_MODULE: Final = "models.py"
CLIENT: Final = "client.py"
_METHOD: Final = re.compile(
    r'def create_vpn_pbr_route_entry(?:_with_options)?\([^"]{0,600}?:\s*"""((?:[^"]|"(?!""))*+)"""'
)


def module_of(model: str) -> str:
    """The path of a model's own module: models/_create_vpn_pbr_route_entry_request.py."""
    return "models/" + re.sub(r"([A-Z])", r"_\1", model).lower() + ".py"


def read(opened: PackageFile) -> Document | None:
    """From the models of one package; None where it has none of this operation."""
    together = opened(SHARED_MODULE)
    sources = [together if together is not None else opened(module_of(model)) for model in MODELS]
    request, body, whole = (
        None if source is None else _model(source.decode("utf-8-sig", "replace"), model)
        for source, model in zip(sources, MODELS, strict=True)
    )
    if not request:
        return None
    response = body or (whole if any(row.name == "RequestId" for row in whole or ()) else None)
    client = _METHOD.search((opened(CLIENT) or b"").decode("utf-8", "replace"))
    return model_document("SDK", request, response, None if client is None else text_of(client.group(1)) or None)


def model_document(
    form: str, request: tuple[ParsedRow, ...], response: tuple[ParsedRow, ...] | None, introduction: str | None
) -> Document:
    """The document that the models of an SDK make. `introduction`: empty where it should be there, None where not."""
    notes = ["an SDK has no error codes"]
    notes += ["it does not describe the operation as a whole"] if introduction is None else []
    gaps = [] if response else ["no model of the response was found"]
    gaps += untyped(request, "parameters") + untyped(response or (), "response fields")
    if any(parsed.required for parsed in request):
        request = tuple(ParsedRow(t.name, t.type, bool(t.required), t.text) for t in request)
    else:
        notes.append("it does not say which parameters are required")
    return Document(form, request, response, notes=tuple(notes), gaps=tuple(gaps), introduction=introduction)


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
    required = _validated(functions.get("validate"))
    return tuple(_told(wire[name], types[name], texts.get(name), name in required) for name in types if name in wire)


def _validated(function: ast.FunctionDef | None) -> set[str]:
    """The attributes that `validate` of the oldest SDK requires."""
    found = set[str]()
    for node in () if function is None else ast.walk(function):
        match node:
            case ast.Call(ast.Attribute(attr="validate_required"), [_, ast.Constant(str(name))]):
                found.add(name)
    return found


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


def _told(name: str, type: str | None, comment: str | None, required: bool) -> ParsedRow:
    if comment:
        return member(name, type, comment, required)
    return ParsedRow(name, type, required or None, comment)
