"""Dialect files, written: the same value comes back when the file is read.

Rules of this file
1. A line for each fact, in the order in which a reader asks: decisions, order, messages, and the evidence last.
2. Written by hand, because no TOML writer keeps a request on one line; what it writes is all strings, integers,
   booleans, and lists and tables of these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pbr_conformance.simulator.rules.dialect import OpenToken

from .learned_dialect import SHOWS, TOKENS, LearnedDialect, Ruling

DECISIONS: Final = {"refuses": True, "accepts": False}
UNSEEN: Final = "unseen"
"""What stands for a decision where something was met and never answered."""
DRY_RUNS: Final = {"skips": True, "looks": False}
USES: Final = {"new": OpenToken.JUDGE, "mismatch": OpenToken.MISMATCH, "replay": OpenToken.REPLAY}

HEAD: Final = """\
# What one endpoint decided where the documentation of CreateVpnPbrRouteEntry leaves it open. Written by
# `pbr-conformance learn`; what is not here is not pinned. docs/dialects.md explains the keys.
"""
Toml = str | bool | int | Mapping[str, Any] | list[Any] | tuple[Any, ...]


def dump(pins: LearnedDialect) -> str:
    """The dialect as TOML."""
    lines = [HEAD]
    lines += _keys(
        {"format": 1, "date": pins.date, "target": pins.target, "spec": pins.spec, "requests": pins.requests}
    )
    for name, ruling in pins.rulings.items():
        keys = _ruling_keys(ruling)
        lines += ["", f"[conditions.{text_of(name)}]", *_keys(keys)] if keys else []
    for edge in pins.order:
        lines += ["", "[[order]]", *_keys({"first": edge.first, "then": edge.then, "evidence": edge.evidence})]
    lines += ["", "[messages]", *_keys(pins.messages)] if pins.messages else []
    words = {value: word for word, value in USES.items()}
    tokens = {name: words[pins.tokens[name]] for name in TOKENS if name in pins.tokens}
    lines += ["", "[tokens]", *_keys(tokens)] if tokens else []
    shows = {name: pins.shows[name] for name in SHOWS if name in pins.shows}
    lines += ["", "[shows]", *_keys(shows)] if shows else []
    moments = {"settles_after": pins.settles_after, "lists_at_once": pins.lists_at_once}
    known = {name: value for name, value in moments.items() if value is not None}
    lines += ["", "[moments]", *_keys(known)] if known else []
    for undecided in pins.undecided:
        keys = {"why": undecided.why, "pairs": undecided.pairs, "evidence": undecided.evidence}
        lines += ["", "[[undecided]]", *_keys(keys)]
    for id, evidence in pins.evidence.items():
        keys = {"before": evidence.before, "request": evidence.request, "caller": evidence.caller}
        keys |= {"at_work": True} if evidence.at_work else {}
        lines += ["", f"[evidence.{text_of(id)}]", *_keys({**keys, "answer": evidence.answer})]
    return "\n".join(lines) + "\n"


def _ruling_keys(ruling: Ruling) -> dict[str, Toml]:
    decisions = {value: word for word, value in DECISIONS.items()}
    keys: dict[str, Toml] = {}
    if ruling.decision is not None:
        keys["decision"] = decisions[ruling.decision]
    elif ruling.unseen:
        keys["decision"] = UNSEEN
    keys["cases"] = {case: decisions[decision] for case, decision in ruling.cases.items()}
    keys["code"] = ruling.code[0] if len(ruling.code) == 1 else ruling.code
    keys["parameters"] = ruling.parameters
    if ruling.skips is not None:
        keys["dry_run"] = "skips" if ruling.skips else "looks"
    elif ruling.unseen_dry:
        keys["dry_run"] = UNSEEN
    keys["evidence"] = ruling.evidence
    return {key: value for key, value in keys.items() if value not in ((), {}, [])}


def _keys(table: Mapping[str, Toml]) -> list[str]:
    kept = {key: value for key, value in table.items() if value not in ("", (), [], {}) or key == "date"}
    if "caller" in kept and kept["caller"] == "owner":
        del kept["caller"]
    return [f"{_key(key)} = {_value(value)}" for key, value in kept.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else text_of(key)


def _value(value: Toml) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return text_of(value)
        case Mapping():
            inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
            return f"{{ {inner} }}"
        case _:
            return f"[{', '.join(map(_value, value))}]"


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def text_of(text: str) -> str:
    """A TOML string. A lone surrogate, which TOML cannot say, becomes the replacement character."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    if one < " " or one == "\x7f":
        return f"\\u{ord(one):04X}"
    return "\ufffd" if "\ud800" <= one <= "\udfff" else one
