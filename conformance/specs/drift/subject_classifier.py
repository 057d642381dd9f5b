"""Which row a description belongs to: its subject, parsed by words of each subject.

Rules of this file
1. The table is ours. It has words that any text about a subject uses, English or Chinese; no text of the vendor.
2. What a text begins with says most: a word in its first sentence counts three times.
3. A text whose subject two rows share (a request parameter and the response field that echoes it) is taken for the
   one it stands on, else for the one whose neighbours moved as far. Where no subject leads, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.simulator.documentation.create import FIELDS, PARAMETERS

HEADING: Final = "response"
"""The response as a whole, which is a row of some documents."""


@dataclass(frozen=True, slots=True)
class DescriptionSubject:
    """What a description can be about: the rows that are, and words with their weights."""

    rows: tuple[str, ...]
    words: tuple[tuple[int, str], ...]


def _both(parameter: str, field: str = "") -> tuple[str, ...]:
    return f"parameter/{parameter}", f"response/{field or parameter}"


# fmt: off
_SUBJECTS: Final[tuple[DescriptionSubject, ...]] = (
    DescriptionSubject(("parameter/RegionId",), ((5, r"\bregions?\b|地域"),)),
    DescriptionSubject(("parameter/ClientToken",), ((5, r"idempoten|client ?token|幂等"),)),
    DescriptionSubject(_both("VpnGatewayId", "VpnInstanceId"),
            ((1, r"VPN ?gateway|VPN网关"),
             (3, r"ID of (the|a) VPN gateway|VPN gateway (instance )?ID|VPN网关实例的?ID|^(The |A )?VPN gateway\b"))),
    DescriptionSubject(_both("RouteSource"),
            ((4, r"\bsource\b.{0,30}(CIDR|prefix|block|address|must be in)|源网段|源地址"),)),
    DescriptionSubject(_both("RouteDest"),
            ((4, r"\bdestination\b.{0,30}(CIDR|prefix|block|address|must be in)|目标网段|目的网段|目标地址"),)),
    DescriptionSubject(_both("NextHop"), ((4, r"\bnext[- ]hop\b|下一跳|connection that takes"),)),
    DescriptionSubject(_both("Weight"), ((4, r"\bweights?\b|权重"), (2, r"\b(active|standby)\b|主链路|备链路"))),
    DescriptionSubject(("parameter/PublishVpc",),
            ((6, r"\b(whether|if)\b.{0,60}\b(publish|advertis)|是否发布"), (1, r"route table|路由表"))),
    DescriptionSubject(_both("Description"),
            ((4, r"\bdescription (of|for)\b|\bnote\b|描述信息"), (1, r"\d characters|个字符"))),
    DescriptionSubject(_both("OverlayMode"), ((4, r"tunnell?(ing)? protocol|隧道协议"), (1, r"\bipsec\b"))),
    DescriptionSubject(_both("Priority"), ((4, r"\bpriorit(y|ies)\b|优先级"), (2, r"\bsmaller\b|越小"))),
    DescriptionSubject(("parameter/DryRun",), ((5, r"dry[- ]?run|precheck|预检"), (3, r"only checks"))),
    DescriptionSubject(("response/RequestId",),
            ((4, r"\brequest ID\b|\bID of the request\b|请求 ?ID|names this request"),)),
    DescriptionSubject(("response/State",),
            ((4, r"\b(status|state)\b|状态"), (3, r"(?s)\bpublished\b.{0,300}\bnormal\b"))),
    DescriptionSubject(("response/CreateTime",),
            ((4, r"time ?stamp|time (when|at which)|时间戳|创建时间|when the route was created"),
             (2, r"milliseconds|毫秒|\b1970\b"))),
    DescriptionSubject((HEADING,),
            ((5, r"\bresponse parameters?\b|\breturned (result|data)|返回结果|返回参数|返回数据"),)),
)
# fmt: on

_COMPILED: Final = tuple(
    (subject, tuple((weight, re.compile(word, re.IGNORECASE)) for weight, word in subject.words))
    for subject in _SUBJECTS
)
_FIRST: Final = re.compile(r"[^.。\n]*")
_FIRST_COUNTS: Final = 3

PLACES: Final[Mapping[str, int]] = {
    id: place for place, id in enumerate((*(row.id for row in PARAMETERS), HEADING, *(row.id for row in FIELDS)))
}
"""Where each row stands in the documentation, the request before the response."""


def subject_of(text: str) -> DescriptionSubject | None:
    """What a description is about; None where no subject leads."""
    text = text.strip()
    first = _FIRST.match(text)
    beginning = first.group() if first else ""
    scores = [(_score(text, beginning, words), subject) for subject, words in _COMPILED]
    scores.sort(key=lambda scored: -scored[0])
    (best, subject), (second, _) = scores[:2]
    return subject if best >= _FIRST_COUNTS and best > second else None


def _score(text: str, beginning: str, words: Sequence[tuple[int, re.Pattern[str]]]) -> int:
    score = 0
    for weight, word in words:
        if word.search(beginning):
            score += _FIRST_COUNTS * weight
        elif word.search(text):
            score += weight
    return score


def owners(texts: Mapping[str, str]) -> dict[str, str | None]:
    """The row that each text belongs to, by the row it stands on; None where it is not known.

    `texts` has the non-empty descriptions of rows that are known here.
    """
    subjects = {id: subject_of(text) for id, text in texts.items()}
    certain = {
        id: PLACES[subject.rows[0]] - PLACES[id]
        for id, subject in subjects.items()
        if subject is not None and len(subject.rows) == 1 and id not in subject.rows
    }
    return {id: None if subject is None else _owner(id, subject, certain) for id, subject in subjects.items()}


def _owner(id: str, subject: DescriptionSubject, certain: Mapping[str, int]) -> str:
    """The row of a subject that a text standing at `id` belongs to (rule 3 of this file)."""
    if id in subject.rows:
        return id
    if not certain:
        return min(subject.rows, key=lambda row: (_table(row) != _table(id), abs(PLACES[row] - PLACES[id])))
    nearest = min(certain, key=lambda other: abs(PLACES[other] - PLACES[id]))
    return min(subject.rows, key=lambda row: abs(PLACES[row] - PLACES[id] - certain[nearest]))


def _table(id: str) -> str:
    return id.partition("/")[0]
