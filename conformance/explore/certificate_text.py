"""A certificate in a few lines, for a terminal."""

from __future__ import annotations

from typing import Final

from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.sentences import duration, many

from .certificate_document import Certificate

_MOST_NAMED: Final = 6
"""Conditions and pairs that were not met, which are named."""


def summary(certificate: Certificate) -> list[str]:
    """The lines to print."""
    if not certificate.judged:
        return [on_a_line(line, 400) for line in (_headline(certificate), *_inconclusive(certificate))]
    lines = [_headline(certificate), _figures(certificate), _met(certificate)]
    lines += [f"  not met: {row['what']}: {row['because']}" for row in certificate.missed[:_MOST_NAMED]]
    more = len(certificate.missed) - _MOST_NAMED
    lines += (
        [f"  ... and {many(more, 'more pair')} that were not met (in the certificate, with the reasons)"]
        if more > 0
        else []
    )
    covered = "Covered" if certificate.complete else "Covered once all of it is done"
    lines += [*_inconclusive(certificate), f"{covered}: {certificate.covered}.", f"Hash {certificate.hash}"]
    return [on_a_line(line, 400) for line in lines]


def _inconclusive(certificate: Certificate) -> list[str]:
    reasons = list(certificate.inconclusive.items())[:_MOST_NAMED]
    return [f"  not judged, {'once' if times == 1 else f'{times:,} times'}: {reason}" for reason, times in reasons]


def _headline(certificate: Certificate) -> str:
    where, depth = f"{certificate.target} ({certificate.endpoint})", many(certificate.depth, "operation")
    failing = certificate.failing
    said = {
        "PASS": f"no history of at most {depth} contradicts the documentation",
        "FAIL": f"{many(failing, 'request')} of those tried contradict the documentation, within {depth}",
        "INCOMPLETE": "nothing contradicts the documentation as far as was tried; not all was judged",
    }[certificate.verdict]
    if not certificate.judged and certificate.verdict == "INCOMPLETE":
        sent = f"{many(certificate.requests, 'request')} sent" if certificate.requests else "nothing was tried"
        said = f"no request was judged, {sent}"
    stopped = f" ({certificate.stopped})" if certificate.stopped else ""
    return f"{certificate.verdict}  {where}: {said}{stopped}."


def _figures(certificate: Certificate) -> str:
    histories = certificate.histories
    counted = f"{histories:,} histories: " if histories is not None else ""
    judged = f"{certificate.judged:,} requests judged in {certificate.states:,} states"
    sent = f"{certificate.requests:,} requests sent in {duration(certificate.seconds)}"
    return f"{counted}{judged}, {many(len(certificate.outcomes), 'different outcome')}; {sent}."


def _met(certificate: Certificate) -> str:
    met = f"Met: {many(len(certificate.conditions), 'condition')}, {many(len(certificate.pairs), 'pair')} of them"
    if not certificate.complete:
        return f"{met} so far."
    rest = len(certificate.missed)
    return f"{met}; of those that one request to this target can meet, {f'{rest:,} not' if rest else 'none is missed'}."
