"""report.html: one file that opens offline and trusts nothing an endpoint sent.

Rules of this file
1. HTML stands in templates/ only. Autoescape is on, an undefined name is an error.
2. Every text printed is made visible and cut on its way out (`finalize`), so that no template can forget it.
3. Style and script are inlined, and allowed by their hashes alone; nothing else may load, and nothing may be sent.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .layout import Anchors, chapters, segments, shown
from .names import is_reproduction, is_transcript
from .pretty import pretty
from .results import USUAL_CALLER, Report
from .sentences import duration, many, percent, sentence, tally
from .serialize import TOOL
from .timeline import timeline
from .visible import cut, visible

LONGEST: Final = 4_000
"""Characters of any one text; none of ours comes near it."""
BODY: Final = 3_000
"""Characters of an answer's body, laid out."""
SCRIPT: Final = 60_000
"""Characters of a script; what is longer is in its file."""
SHORT: Final = 300
"""Characters of a value in a cell."""


def to_html(report: Report) -> str:
    """The whole page. The same report gives the same page, byte for byte."""
    environment = _environment()
    style, script = _source(environment, "report.css"), _source(environment, "report.js")
    page = environment.get_template("report.html.j2").render(
        report=report,
        tool=TOOL,
        usual_caller=USUAL_CALLER,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        anchors=Anchors.of(report),
        failures=shown(report),
        segments=segments(report),
        tally=tally(report),
        checks=chapters(report.checks),
        clauses=chapters(report.clauses),
    )
    return page + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        body=lambda text: cut(pretty(text), BODY),
        duration=duration,
        fragment=lambda anchor: "#" + quote(visible(anchor, keep="")),
        many=many,
        script=lambda text: Markup(escape(visible(cut(text, SCRIPT)))),  # marked, so that `finalize` does not cut it
        sentence=sentence,
        short=lambda text: cut(text, SHORT),
        timeline=timeline,
    )
    environment.globals["percent"] = percent
    environment.tests.update(transcript=is_transcript, reproduction=is_reproduction)
    return environment


def _finalize(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(cut(value, LONGEST))
    return value


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return "\n" + environment.loader.get_source(environment, name)[0]


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
