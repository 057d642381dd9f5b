"""A transcript sent again and judged again: what `replay` and the pytest files of a report do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.transcripts.transcript_format import read_history
from pbr_conformance.simulator.documentation.create import SPECS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import ROLES, Credential, Target
from pbr_conformance.simulator.model.target_file import at_url, parse_document
from pbr_conformance.strategies.plain_requests import Partition, partitions

from .best_effort import clean_up_best_effort
from .connect import EndpointFactory
from .session import Session

_PREFIXES: Mapping[str, str] = {
    "owner": "ALIBABA_CLOUD",
    "sub_user": "PBR_SUB_USER",
    "unauthorized": "PBR_UNAUTHORIZED",
}
"""What the environment variables of each caller's keys begin with; they go on with _ACCESS_KEY_ID and _SECRET, and
_SECURITY_TOKEN."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is sent again, and under which terms."""

    target: Target
    terms: Judgement
    history: tuple[Request, ...]
    mutant: str | None = None
    """The mutant that it was found in."""

    def connection(self, target: Target, timeout: float = 10.0, mutant: str | None = None) -> EndpointFactory:
        """To the URL of a target; in process to a mutant, by default the one that the transcript was found in.

        Raises ValueError where there is no such mutant any more.
        """
        name = None if target.endpoint.url else mutant or self.mutant
        if name is not None and name not in [each.name for each in MUTANTS]:
            raise ValueError(f"mutant: expected the name of a mutant (see pbr-conformance mutants), not {name[:60]!r}")
        return EndpointFactory(target, self.terms.spec, timeout, name)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: the first deviation, or None, and all that was sent."""

    deviation: Deviation | None
    transcript: Transcript
    where: str = "the endpoint"

    def __str__(self) -> str:
        if self.deviation is None:
            return "nothing deviates from the documentation"
        found = self.deviation
        said = f"allowed: {'; '.join(found.expected)}; observed: {found.observed}; on {self.where}"
        return f"{found.plausible[0]}: {found.title}; {said}"


def read(document: object) -> Replay:
    """What a transcript says. Raises ValueError or TargetError for what is none."""
    if not isinstance(document, Mapping) or document.get("format") != 1:
        raise ValueError('no transcript: expected "format": 1')
    if document.get("spec") not in SPECS:
        raise ValueError(f"no transcript: expected spec (one of {', '.join(SPECS)})")
    target = parse_document(document.get("account"), "account")
    terms = Judgement(document["spec"], bool(document.get("strict_messages")), token_hex(4))
    mutant = document.get("mutant")
    if not isinstance(mutant, str | None):
        raise ValueError("mutant: expected the name of a mutant")
    return Replay(target, terms, read_history(document.get("history")), mutant)


def with_keys(target: Target, environ: Mapping[str, str]) -> Target:
    """The target with the keys of an environment; it is not signed where the owner has none there."""
    keys = {}
    for role in ROLES:
        pair = [environ.get(f"{_PREFIXES[role]}_ACCESS_KEY_{part}") for part in ("ID", "SECRET")]
        if all(pair):
            token = environ.get(f"{_PREFIXES[role]}_SECURITY_TOKEN") or None
            told = {"access_key_id": pair[0], "access_key_secret": pair[1], "security_token": token}
            keys[role] = Credential.model_validate(told, strict=False)
    kind = target.endpoint.signature
    signature = "none" if "owner" not in keys else "v3" if kind == "none" else kind
    settings = target.endpoint.model_copy(update={"signature": signature})
    return target.model_copy(update={"endpoint": settings, "credentials": {**target.credentials, **keys}})


def replay(connection: EndpointFactory, terms: Judgement, history: tuple[Request, ...]) -> Replayed:
    """Send a history and judge it; what it created is deleted. Raises Unjudged where it cannot be judged."""
    partition = partition_of(connection.target, history)
    endpoint, journals = connection.open(partition)
    session: Session | None = None
    try:
        session = Session(endpoint, partition, terms, journals)
        return Replayed(session.play(history), session.transcript, connection.where)
    finally:
        clean_up_best_effort(session)
        endpoint.close()


def reproduce(document: Mapping[str, object], environ: Mapping[str, str], rounds: int = 1) -> Replayed:
    """Replay a transcript at the environment's PBR_ENDPOINT, else where it was found, until something deviates."""
    found = read(document)
    url = environ.get("PBR_ENDPOINT")
    target = with_keys(found.target if not url else at_url(found.target, url, "PBR_ENDPOINT"), environ)
    connection = found.connection(target)
    ended = replay(connection, found.terms, found.history)
    for _ in range(rounds - 1):
        if ended.deviation is not None:
            break
        ended = replay(connection, read(document).terms, found.history)
    return ended


def partition_of(target: Target, history: tuple[Request, ...]) -> Partition:
    """The partition that a recorded history was played on: the one with most of its gateways."""
    named = {request.get("VpnGatewayId") for request in history}
    return max(partitions(target), key=lambda partition: sum(gateway.id in named for gateway in partition.gateways))
