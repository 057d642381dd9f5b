"""The page of a served account, for people who look: an account and its newest requests in, HTML out. Pure.

Rules of this file
1. HTML stands in templates/ only. Autoescape is on, an undefined name is an error.
2. Every text printed is made visible and cut on its way out (`finalize`), so that no template can forget it.
3. Style and script are inlined, and allowed by their hashes alone; nothing else may load.
4. Nothing is changed by looking: what is tried out goes to the API itself, like anybody's request.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.prefix_layout import LINE_HEIGHT

from .origin_check import refused
from .overview import Overview, asked_by, clock, overview
from .recent import Recent

_LONGEST: Final = 4_000
"""Characters of any one text, line ends kept."""
_SHORT: Final = 200
"""Characters of a value in a cell."""

Fields = tuple[tuple[bytes, bytes], ...]
_HTML: Final = "text/html;charset=utf-8"
_PLAIN: Final = "text/plain;charset=utf-8"


class PageSource(Protocol):
    """What is looked at: a Service."""

    account: Account

    @property
    def allowed_hosts(self) -> Collection[str]: ...
    @property
    def recent(self) -> Recent: ...
    @property
    def spec(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Visit:
    """The answer to somebody who looks: status, body, content type, and further header fields."""

    written: tuple[int, bytes, str]
    fields: Fields


def visit(service: PageSource, scope: Mapping[str, Any], now: int, signed: bool = False) -> Visit:
    """The page, or 403 in plain words where another site asks for it. `now` in ms since the epoch.

    `signed`: signatures are verified.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    reason = refused(headers, (scope.get("server") or ("",))[0], service.allowed_hosts)
    if reason:
        text = (
            f"This page is for people at this machine: {reason}. To see it, type its address, "
            "or start serve with --allow-host and the name that you typed.\n"
        )
        return Visit((403, text.encode(), _PLAIN), _fields())
    asked = asked_by(scope["query_string"].decode("utf-8", "replace"))
    shown = overview(service.account, service.recent, asked, now=now, spec=service.spec, signed=signed)
    return Visit((200, to_html(shown).encode(), _HTML), _fields())


def to_html(shown: Overview) -> str:
    """The whole page."""
    environment = _environment()
    style, script = _source("page.css"), _source("page.js")
    template = environment.get_template("page.html.j2")
    return template.render(view=shown, style=Markup(style), script=Markup(script)) + "\n"


def visible(text: str, limit: int = _LONGEST, keep: str = "\n\t") -> str:
    """The first `limit` characters, each that is not printable, but those of `keep`, as Python would escape it."""
    rest = len(text) - limit
    shown = "".join(
        char if char.isprintable() or char in keep else char.encode("unicode_escape").decode() for char in text[:limit]
    )
    return f"{shown}… ({rest:,} more characters)" if rest > 0 else shown


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pbr_conformance.simulator.server", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(line_height=LINE_HEIGHT)
    environment.filters.update(clock=clock, short=lambda text: visible(text, _SHORT, keep=""))
    return environment


def _finalize(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return "\n" + environment.loader.get_source(environment, name)[0]


@cache
def _fields() -> Fields:
    policy = (
        f"default-src 'none'; style-src '{_hash('page.css')}'; script-src '{_hash('page.js')}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    fields = {
        "content-security-policy": policy,
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }
    return tuple((name.encode(), value.encode()) for name, value in fields.items())


def _hash(name: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(_source(name).encode()).digest()).decode()
