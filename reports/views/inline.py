"""What every page of ours is made with: the templates, and a style and a script that are inlined.

Rules of this file
1. HTML stands in templates/ only. Autoescape is on, an undefined name is an error.
2. Every text printed is made visible and cut on its way out (`finalize`), so that no template can forget it.
3. Style and script are inlined, and allowed by their hashes alone; nothing else may load, and nothing may be sent.
4. Where neither may be used, the page can be read: its order is that of the document, its drawings have their colours.
5. JSON is laid out token by token: no number, name, order or spelling of what was sent is changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pbr_conformance.reports.data.names import TOOL, is_reproduction, is_transcript
from pbr_conformance.reports.data.visible import cut, visible

from .labels import Label
from .sentences import duration, many

_LONGEST: Final = 4_000
"""Characters of any one text; none of ours comes near it."""
_BODY: Final = 3_000
"""Characters of an answer's body, laid out."""
_SHORT: Final = 300
"""Characters of a value in a cell."""
_FILLS: Final = {
    "ground": "#d5d9df",
    "FAIL": "#b3261e",
    "ERROR": "#76399d",
    "INCONCLUSIVE": "#855000",
    "PASS": "#1a6b3c",
    "OBSERVED": "#1f5fa8",
    "SKIPPED": "#59636e",
}
"""Colours of drawings, as attributes: what a reader sees where no style sheet may be used, as in Jenkins's archive."""
_STROKES: Final = {"held": "OBSERVED", "sent": "INCONCLUSIVE", "shared": "FAIL"}
_SCRIPTS: Final = ("rows.js", "filter.js", "keys.js", "copy.js", "tabs.js", "traffic.js", "links.js")
"""In the order in which they are carried out; each knows those before it."""


def page(template: str, styles: Iterable[str], environment: Environment | None = None, **values: object) -> str:
    """A whole page: a template with its values, these style sheets, and the script of all pages."""
    environment = environment or templates()
    style = "".join(_source(environment, name) for name in styles)
    parts = "".join(_source(environment, name) for name in _SCRIPTS)
    script = f'\n"use strict";\n(() => {{{parts}}})();\n'
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    inlined = {"style": Markup(style), "script": Markup(script), "policy": policy, "tool": TOOL}
    return environment.get_template(template).render(**inlined, **values) + "\n"


def templates() -> Environment:
    """The templates, with the filters and tests that they use."""
    environment = Environment(
        loader=PackageLoader("pbr_conformance.reports.views", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        body=lambda text: cut(pretty(text), _BODY),
        count="{:,}".format,
        duration=duration,
        fragment=lambda anchor: "#" + quote(visible(anchor, keep="")),
        many=many,
        short=lambda text: cut(text, _SHORT),
    )
    environment.globals.update(labels=Label, fills=_FILLS, strokes=_STROKES)
    environment.tests.update(transcript=is_transcript, reproduction=is_reproduction)
    return environment


def _finalize(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(cut(value, _LONGEST))
    return value


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return "\n" + environment.loader.get_source(environment, name)[0]


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


LONGEST_LAID_OUT: Final = 20_000
"""A longer text is left as it came."""
_DEEPEST: Final = 20
"""Deeper levels are not indented further."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def pretty(text: str) -> str:
    """The text, one member a line where it is a JSON object or list; else unchanged."""
    if len(text) > LONGEST_LAID_OUT or not _is_nested_json(text):
        return text
    return _lay_out(_TOKEN.findall(text))


def _is_nested_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _lay_out(tokens: list[str]) -> str:
    written: list[str] = []
    depth = 0
    for before, token in zip(["", *tokens], tokens, strict=False):
        depth -= token in "}]"
        written += [_space(before, token, depth), token]
        depth += token in "{["
    return "".join(written)


def _space(before: str, token: str, depth: int) -> str:
    """What stands between two tokens."""
    if before == ":":
        return " "
    opened, closes = before in ("{", "["), token in ("}", "]")
    if opened != closes or before == ",":
        return "\n" + "  " * min(depth, _DEEPEST) if before else ""
    return ""
