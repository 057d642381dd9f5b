"""RPC over HTTP: texts of a request in, a Request out; an answer in, the texts of a response out. Pure.

Rules of this file
1. The style is RPC: the parameters are in the query, in a form body, or in both; the path says nothing.
2. Of a parameter that is sent twice the first counts, and the query comes before the body; a parameter counts
   before the header that says the same.
3. Refused here is what the vendor's front door refuses: method, Version and Action. All else is a Request.
4. No socket, no clock. A refusal made here has no RequestId yet: `server.py` gives it one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_plus

from .documentation import sibling_error
from .messages import Answer, Request
from .rows import SiblingError

VERSION: Final = "2016-04-28"
JSON_TYPE: Final = "application/json;charset=utf-8"
TEXT_TYPE: Final = "text/html;charset=utf-8"
METHODS: Final = ("GET", "POST")

COMMON: Final = frozenset(
    {
        "Action",
        "Version",
        "Format",
        "AccessKeyId",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "SignatureNonce",
        "SignatureType",
        "Timestamp",
        "SecurityToken",
    }
)
"""The parameters that every operation has; they are no part of a Request."""

_LONGEST_REMEMBERED: Final = 64
_FORM: Final = "application/x-www-form-urlencoded"
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


# Requests


def read_request(
    method: str, query: str, headers: Mapping[str, str], body: str, callers: Mapping[str, str]
) -> Request | Answer:
    """The request in an HTTP request, or the refusal of one that no operation gets to see.

    `headers` has lower-case names. `body` counts where POST sends a form (or does not say what it sends).
    `callers` maps an AccessKeyId to a role; without one, or with another, the caller is the owner.
    """
    if method not in METHODS:
        return _refused(sibling_error("UnsupportedHTTPMethod"))
    sent = _parameters(query, body if method == "POST" and _is_form(headers) else "")
    version = sent.get("Version") or headers.get("x-acs-version")
    if version != VERSION:
        return _refused(sibling_error("Invalid<Param>" if version else "Missing<Param>").about("Version"))
    action = sent.get("Action") or headers.get("x-acs-action")
    if not action:
        return _refused(sibling_error("Missing<Param>").about("Action"))
    caller = callers.get(_access_key_id(sent, headers), "owner")
    return Request(action, {name: value for name, value in sent.items() if name not in COMMON}, caller)


def _parameters(query: str, body: str) -> dict[str, str]:
    """Name -> value, decoded as UTF-8 with U+FFFD for what is none; `+` is a blank."""
    sent: dict[str, str] = {}
    for pair in f"{query}&{body}".split("&"):
        if pair:
            name, _, value = pair.partition("=")
            sent.setdefault(_unquoted(name), _unquoted(value))
    return sent


def _is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", _FORM).partition(";")[0].strip().lower() == _FORM


def _access_key_id(sent: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Who signed, or says to be who: a V1 parameter, a V3 header, or the Credential of a V3 signature."""
    known = sent.get("AccessKeyId") or headers.get("x-acs-accesskey-id")
    if known:
        return known
    _, _, credential = headers.get("authorization", "").partition("Credential=")
    return credential.partition(",")[0].strip()


def _refused(row: SiblingError) -> Answer:
    return Answer(row.status, {"Code": row.code, "Message": row.message})


def write_request(request: Request, access_key_id: str | None = None) -> str:
    """The query of an unsigned request, without its `?`: sorted by name, quoted as RFC 3986 has it (a blank is %20)."""
    return query_of({**request.parameters, **common_parameters(request.action, access_key_id)})


def common_parameters(action: str, access_key_id: str | None = None) -> dict[str, str]:
    """The common parameters of an unsigned request for a JSON answer."""
    common = {"Action": action, "Format": "JSON", "Version": VERSION}
    if access_key_id is not None:
        common["AccessKeyId"] = access_key_id
    return common


def query_of(parameters: Mapping[str, str]) -> str:
    """`name=value` joined with `&`, sorted by name: what is sent, and what both kinds of signature sign."""
    return "&".join([f"{quoted(name)}={quoted(value)}" for name, value in sorted(parameters.items())])


def quoted(text: str) -> str:
    """The text in UTF-8, each byte but letters, digits and `-_.~` as %XX. A lone surrogate becomes three bytes."""
    return _quote_once(text) if len(text) <= _LONGEST_REMEMBERED else _quote(text)


def _unquoted(text: str) -> str:
    return _unquote_once(text) if len(text) <= _LONGEST_REMEMBERED else unquote_plus(text)


def _quote(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


_quote_once: Final = lru_cache(maxsize=4096)(_quote)
_unquote_once: Final = lru_cache(maxsize=4096)(unquote_plus)


# Answers


def write_answer(answer: Answer, host: str, form: str = "JSON") -> tuple[int, bytes, str]:
    """Status, body and content type of an answer that `host`, the Host of the request, gives.

    A refusal (4xx, 5xx) also gets HostId and Recommend, unless it has its own. An answer without members
    is its text, as HTML. `form` is what the client asked for; JSON is the only form there is. ValueError for a
    status that ends no HTTP request, TypeError or ValueError for members that are no JSON.
    """
    if not 200 <= answer.status <= 599:
        raise ValueError(f"HTTP has no final status {answer.status}")
    if answer.members is None:
        return answer.status, answer.text.encode("utf-8", "replace"), TEXT_TYPE
    members = answer.members
    if answer.status >= 400:
        code, identity = quoted(answer.code or ""), quoted(str(members.get("RequestId", "")))
        recommend = f"https://api.alibabacloud.com/troubleshoot?q={code}&product=Vpc&requestId={identity}"
        members = {"HostId": host, "Recommend": recommend, **members}
    # A lone surrogate can't be UTF-8; what `backslashreplace` writes for it is its JSON escape.
    return answer.status, _encode(members).encode("utf-8", "backslashreplace"), JSON_TYPE
