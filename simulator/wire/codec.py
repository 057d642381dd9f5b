"""RPC over HTTP: texts of a request in, a Request out; an answer in, the texts of a response out. Pure.

Rules of this file
1. The style is RPC: the parameters are in the query, in a form body, or in both; the path says nothing.
2. Of a parameter that is sent twice the first counts. One in query and form has the form's value, which is the one
   that the vendor's clients sign. A parameter counts before the header that says the same.
3. Refused here is what the vendor's front door refuses: method, Format, Version and Action. All else is a Request.
4. No socket, no clock. A refusal made here has no RequestId yet: `service.py` gives it one.
5. An answer is written in the form that was asked for. Who asks for one that does not exist is told so in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from pydantic import TypeAdapter

from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.documentation.rows import SiblingError
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.model.messages import Answer, Request

from .markup import document

VERSION: Final = "2016-04-28"
JSON_TYPE: Final = "application/json;charset=utf-8"
XML_TYPE: Final = "text/xml;charset=utf-8"
"""To the letter: the official clients read an error as XML under no other content type."""
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
_NAMES: Final = {name: name for name in (*COMMON, *(row.name for row in PARAMETERS))}
"""One text for the name in all requests: what is kept of each is smaller, and found sooner."""

_XML_TYPES: Final = ("application/xml", "text/xml")
_LONGEST_REMEMBERED: Final = 64
_MOST_REMEMBERED: Final = 1024
"""Characters of all parameters together, up to which the reading of each is remembered: most come again and again."""
_FORM: Final = "application/x-www-form-urlencoded"
_UNRESERVED: Final = re.compile("[A-Za-z0-9_.~-]*")
_USUAL_PAIRS: Final = re.compile(
    r"(?:[A-Za-z]++=[A-Za-z0-9_.~-]*+(?:%(?:2F|3A|3D|2B|20)[A-Za-z0-9_.~-]*+)*+(?:&|\Z))*+"
)
"""How `query_of` writes most pairs."""
_ESCAPES: Final = (("%3A", ":"), ("%3D", "="), ("%2B", "+"), ("%20", " "))
"""Those of prefixes, times and signatures; none of the characters is a digit of an escape."""
_flat_json: Final = TypeAdapter(Any).serializer.to_json  # in a third of the time; what is no JSON it would make some
_SCALARS: Final = frozenset({str, int, bool, type(None)})
_encode: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


# Requests


@dataclass(slots=True)  # frozen, it would take three times as long to make
class HttpRequest:
    """An HTTP request as it arrived. `headers` has lower-case names; `path` and `query` are not decoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    pairs: str = field(init=False, repr=False, compare=False)
    """The form, where it counts, and what the query has beside it."""
    sent: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Every parameter, the common ones too, decoded."""
    action: str = field(init=False, repr=False, compare=False)
    """The operation that is called; empty where none is."""
    form: str = field(init=False, repr=False, compare=False)
    """What the answer is to be, in capitals: JSON, XML, or something that does not exist."""

    def __post_init__(self) -> None:
        self.pairs = self.query if not self.body else _joined(self.query, self._form())
        self.sent = sent = _parameters(self.pairs)
        self.action = sent.get("Action") or self.headers.get("x-acs-action", "")
        self.form = sent.get("Format", "").upper() or (
            "XML" if self.headers.get("accept", "").strip().lower() in _XML_TYPES else "JSON"
        )

    def _form(self) -> str:
        """The form: a POST sends one, or does not say what it sends. Empty where there is none."""
        kind = self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        return self.body.decode("utf-8", "replace") if self.method == "POST" and kind == _FORM else ""

    @property
    def distinct(self) -> bool:
        """Whether no name is sent twice."""
        return len(self.sent) == self.pairs.count("&") + 1

    @property
    def access_key_id(self) -> str:
        """Who signed, or says to be who: a V1 parameter, a V3 header, or the Credential of a V3 signature."""
        known = self.sent.get("AccessKeyId") or self.headers.get("x-acs-accesskey-id")
        if known:
            return known
        authorization = self.headers.get("authorization")
        if authorization is None:
            return ""
        return authorization.partition("Credential=")[2].partition(",")[0].strip()

    @property
    def security_token(self) -> str:
        """What temporary keys (STS) come with: a V1 parameter, or a V3 header; empty where there is none."""
        return self.sent.get("SecurityToken") or self.headers.get("x-acs-security-token", "")


def read_request(http: HttpRequest, callers: Mapping[str, str]) -> Request | Answer:
    """The request in an HTTP request, or the refusal of one that no operation gets to see.

    `callers` maps an AccessKeyId to a role; without one, or with another, the caller is the owner.
    """
    sent = http.sent
    if http.method not in METHODS:
        return refused(sibling_error("UnsupportedHTTPMethod"))
    if http.form not in ("JSON", "XML"):
        return refused(sibling_error("InvalidParameter.Format"))
    version = sent.get("Version") or http.headers.get("x-acs-version")
    if version != VERSION:
        return refused(sibling_error("Invalid<Param>" if version else "Missing<Param>").about("Version"))
    if not http.action:
        return refused(sibling_error("Missing<Param>").about("Action"))
    caller = callers.get(http.access_key_id, "owner")
    return Request(http.action, {name: value for name, value in sent.items() if name not in COMMON}, caller)


def _joined(query: str, form: str) -> str:
    """Form and query, without the names in the query that the form has too."""
    if not query or not form:
        return query or form
    own = {_name(pair) for pair in form.split("&")}
    return "&".join([form, *(pair for pair in query.split("&") if _name(pair) not in own)])


def _name(pair: str) -> bytes:
    return unquote_to_bytes(pair.partition("=")[0].replace("+", " "))


def _parameters(pairs: str) -> dict[str, str]:
    """Name -> value, decoded as UTF-8 with U+FFFD for what is none; `+` is a blank."""
    read = _pair_once if len(pairs) <= _MOST_REMEMBERED else _pair
    split = pairs.split("&")
    sent = dict(map(read, split))
    if len(sent) == len(split) and "" not in sent:
        return sent
    sent.clear()
    for name, value in map(read, filter(None, split)):
        sent.setdefault(name, value)
    return sent


def _pair(pair: str) -> tuple[str, str]:
    text = pair.replace("+", " ").replace("%2F", "/")  # all that most pairs need
    name, _, value = text.partition("=")
    if "%" in text:
        name, value = _unquote(name), _unquote(value)
    return _NAMES.get(name, name), value


def refused(row: SiblingError) -> Answer:
    """A refusal of the front door."""
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


def canonical(pairs: str, without: str | None = None, *, distinct: bool = False) -> str:
    """What `query_of` makes of the same parameters, however they arrived. Repeated ones are kept, `without` is not.

    Of bytes, so that no two requests which differ in a byte that counts become one. `distinct`: it is known that no
    name comes twice, so that what is sent in order, as most clients do, need not be taken apart.
    """
    if distinct:
        rest = pairs if without is None else _omitting(pairs, without)
        if _is_canonical(rest):
            return rest
    left_out = None if without is None else without.encode()
    split = map(_canonical, pairs.split("&"))
    return "&".join([text for name, _, text in sorted(split) if text and name != left_out])


def _omitting(pairs: str, name: str) -> str:
    """The pairs without the one of this name."""
    text = f"&{pairs}"
    start = text.find(f"&{name}=")
    if start < 0:
        return pairs
    end = text.find("&", start + 1)
    return text[1:start] if end < 0 else f"{text[:start]}{text[end:]}"[1:]


def _is_canonical(pairs: str) -> bool:
    """Whether pairs of distinct names are as `query_of` writes them; it says no of rare names and characters too."""
    split = pairs.split("&")
    return split == sorted(split) and _USUAL_PAIRS.fullmatch(pairs) is not None


def _canonical(pair: str) -> tuple[bytes, bytes, str]:
    """Name and value of a pair, and how it is signed; empty where there is no pair."""
    if not pair:
        return b"", b"", ""
    name, _, value = map(unquote_to_bytes, pair.replace("+", " ").partition("="))
    return name, value, f"{quote(name, '')}={quote(value, '')}"


def quoted(text: str) -> str:
    """The text in UTF-8, each byte but letters, digits and `-_.~` as %XX. A lone surrogate becomes three bytes."""
    return _quote_once(text) if len(text) <= _LONGEST_REMEMBERED else _quote(text)


def _quote(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="", errors="surrogatepass")


def _unquote(text: str) -> str:
    """As `unquote` has it, but the usual escapes are read in a fraction of the time."""
    if "%" not in text:
        return text
    for escape, character in _ESCAPES:
        text = text.replace(escape, character)
    return text if "%" not in text else unquote_to_bytes(text).decode("utf-8", "replace")


_quote_once: Final = lru_cache(maxsize=4096)(_quote)
_pair_once: Final = lru_cache(maxsize=256)(_pair)


# Answers


def write_answer(answer: Answer, http: HttpRequest) -> tuple[int, bytes, str]:
    """Status, body and content type of the answer to a request, in the form that it asks for.

    A refusal (4xx, 5xx) also gets HostId (the Host of the request) and Recommend, unless it has its own. An answer
    without members is its text, as HTML. ValueError for a status that ends no HTTP request, TypeError or ValueError
    for members that are no JSON.
    """
    if not 200 <= answer.status <= 599:
        raise ValueError(f"HTTP has no final status {answer.status}")
    if answer.members is None:
        return answer.status, answer.text.encode("utf-8", "replace"), TEXT_TYPE
    members = answer.members
    if answer.status >= 400:
        code, identity = quoted(answer.code or ""), _quote(str(members.get("RequestId", "")))  # each id is new
        recommend = f"https://api.alibabacloud.com/troubleshoot?q={code}&product=Vpc&requestId={identity}"
        members = {"HostId": http.headers.get("host", ""), "Recommend": recommend, **members}
    if http.form == "XML":
        root = "Error" if answer.status >= 400 else f"{http.action}Response"
        return answer.status, document(root, members), XML_TYPE
    return answer.status, _json(members), JSON_TYPE


def _json(members: Mapping[str, object]) -> bytes:
    if not _SCALARS.issuperset(map(type, members.values())):
        return _any_json(members)
    try:
        return _flat_json(members)
    except ValueError:  # a lone surrogate
        return _any_json(members)


def _any_json(members: Mapping[str, object]) -> bytes:
    # A lone surrogate can't be UTF-8; what `backslashreplace` writes for it is its JSON escape.
    return _encode(members).encode("utf-8", "backslashreplace")
