"""What a run found, as frozen data. Every view (JSON, HTML, JUnit, terminal) is made from these values alone.

Rules of this file
1. Nothing here knows of VPNs, HTTP or Hypothesis: texts and numbers only, as they will be printed.
2. Verdicts are a closed, ordered list; a report is as bad as the worst check in it.
3. These types are the members of report.json, in its order; docs/report.schema.json is generated from them and from
   the texts below them. What has no default is required when a report is read; what is computed is only written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from pydantic import computed_field

from .baseline import Baseline, Known
from .coverage import MutationScore, PairwiseCoverage, StateReached
from .diagram import Diagram
from .fields import Flag, Number, Whole
from .implementation_defined import ImplementationDefined
from .provenance import LeftBehind, ReportedTarget, Tool
from .traffic import Traffic

USUAL_CALLER: Final = "owner"
"""Who sends most requests: views name a caller only where it is another."""


class Verdict(StrEnum):
    """From best to worst: SKIPPED (the target lacks what is needed), OBSERVED (only implementation-defined behaviour
    was seen), PASS (the MUST held), INCONCLUSIVE (the endpoint, or somebody else who uses it, did not let it be
    judged), ERROR (ours: network, credentials, suite), FAIL (a MUST is contradicted).
    """

    SKIPPED = "SKIPPED"
    OBSERVED = "OBSERVED"
    PASS = "PASS"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    FAIL = "FAIL"

    @classmethod
    def _missing_(cls, value: object) -> Verdict | None:
        """BLOCKED is what INCONCLUSIVE was called before 2026-12."""
        return cls.INCONCLUSIVE if value == "BLOCKED" else None

    @property
    def rank(self) -> int:
        """0 for the best, 5 for the worst."""
        return list(Verdict).index(self)

    @property
    def judged(self) -> bool:
        """Whether answers were looked at and compared with the documentation."""
        return self in (Verdict.PASS, Verdict.OBSERVED, Verdict.FAIL)


NOT_JUDGED: Final = (Verdict.INCONCLUSIVE, Verdict.ERROR)
"""Verdicts of checks that ran and could not be judged."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; SKIPPED where there are none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.SKIPPED)


@dataclass(frozen=True, slots=True)
class AllowedOutcome:
    """An outcome that the documentation allows, and why."""

    what: str
    """"success", a code, or "any 4xx"."""
    because: tuple[str, ...] = ()
    """The conditions that allow it, each with its strength: "route/overlap (MUST)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedInteraction:
    """One request of a sequence, and the answer to it."""

    action: str
    """The operation, or "wait"."""
    caller: str = USUAL_CALLER
    """Who signed it: "owner", "sub_user", "unauthorized"."""
    brief: str = ""
    """What it asks for, in a few words; views that have one line print every parameter where it is empty."""
    parameters: Mapping[str, str]
    """As sent, in that order."""
    status: Whole | None = None
    """HTTP status; null where no answer came (or, for a wait, where none was expected)."""
    answer: str = ""
    """The body, JSON where it was JSON, cut to 2,000 characters."""
    note: str = ""
    """What the suite adds: "waited 1 s", "no answer: timed out after 10 s"."""
    allowed: tuple[AllowedOutcome, ...] = ()
    """The outcomes that the documentation allows."""
    broken: tuple[str, ...] = ()
    """Every condition that it meets in the state before it: "weight/value (MUST): <what it says>"."""
    at_fault: Flag = False
    """Whether its answer is the one that contradicts."""
    started: Number | None = None
    """Seconds after the first of those sent at the same time; null where time says nothing."""
    ended: Number | None = None
    """When it was answered, by the same clock."""
    matters: tuple[str, ...] = ()
    """The parameters that what is contradicted depends on; one that was not sent matters by its absence."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A failure as a file that somebody can run."""

    path: str
    """Its path, relative to the report."""
    text: str
    """Its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A play that differs from a failing sequence in what is blamed alone, and in which nothing fails."""

    words: str
    """What it shows: "without request 3 it does not happen"."""
    differs_at: tuple[Whole, ...] = ()
    """The requests of the failing sequence that it leaves out, or has another request for; the first one is 1."""
    sequence: tuple[ReportedInteraction, ...] = ()
    """The requests that were sent, the list after them included."""
    transcript: str = ""
    """Path of its transcript, relative to the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One contradiction: the smallest sequence that shows it, what was allowed, what was observed."""

    title: str
    """In plain words."""
    contradicts: str = ""
    """The address of the MUST, or of the rule, that is contradicted."""
    rule: str = ""
    """That MUST in words."""
    expected: tuple[str, ...]
    """Each allowed outcome, with its reasons."""
    observed: str
    """What came."""
    sequence: tuple[ReportedInteraction, ...] = ()
    """The smallest sequence that shows it."""
    transcript: str
    """Path of the transcript, relative to the report; empty where there is none."""
    flaky: Flag = False
    """Whether it did not fail again when it was replayed."""
    proof: str = ""
    """How it was confirmed, in words: whether it failed again when replayed, and what else was made sure of."""
    again: str = ""
    """Path of the transcript of the replay, where that did not fail."""
    reproductions: Mapping[str, Reproduction] = field(default_factory=dict)
    """Scripts that show it again, by their form."""
    cause: str = ""
    """What went wrong, in words that every failure of the same cause has; the title stands in for none."""
    picture: Diagram | None = None
    """Prefixes in source and destination, where that shows best what happened."""
    recorded: str = ""
    """The transcript itself, as it is in its file."""
    known: str = ""
    """Why it is known, as the baseline says; empty where it is new."""
    control: Control | None = None
    """The play that shows what is to blame; null where none was made."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Implementation-defined behaviour that was seen."""

    what: str
    """The condition ("cidr/loose"), two of them ("cidr/source with weight/value"), or "message of <Code>"."""
    value: str
    """"accepts", the code that came, or the wording."""
    count: Whole = 1
    """How often."""
    conditions: tuple[str, ...] = ()
    """The conditions that it is about; none where it is about something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check, and how it ended."""

    address: str
    """Its name, which does not change: "route/overlap"."""
    title: str = ""
    """What it is about, in a few words; the address where it is absent."""
    strength: str
    """MUST or MAY, and where it depends, on what."""
    clauses: tuple[str, ...]
    """The documented rows that it stands for."""
    verdict: Verdict
    """How it ended."""
    seconds: Number = 0.0
    """How long it took."""
    requests: Whole = 0
    """Requests that it sent."""
    examples: Whole = 0
    """Histories that it tried."""
    broken: Whole = 0
    """How often a judged request met its condition, or its rule applied."""
    nearly: Whole = 0
    """Near misses: how often a judged request only just did not meet its condition."""
    states: tuple[StateReached, ...] = ()
    """The kinds of state that it has to see."""
    codes: tuple[str, ...] = ()
    """The error codes it is about, as an endpoint spells them."""
    reason: str = ""
    """Why it was SKIPPED, INCONCLUSIVE or ERROR; else what was looked at."""
    failures: tuple[Failure, ...] = ()
    """What contradicts the documentation."""
    observations: tuple[Observation, ...] = ()
    """Implementation-defined behaviour that was seen."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title or self.address)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def chapter(self) -> str:
        """The first part of its address."""
        return self.address.partition("/")[0]

    @property
    def known(self) -> bool:
        """Whether it is FAIL, and for nothing but known failures."""
        return self.verdict is Verdict.FAIL and bool(self.failures) and all(each.known for each in self.failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseResult:
    """One documented row, and the checks that stand for it."""

    id: str
    """Its id: "error/VpnRouteEntry.SrcDestConflict"."""
    chapter: str = ""
    """Where it stands in the documentation: "Request parameters", "Error codes"..."""
    text: str = ""
    """What it says, in our words."""
    source: str = ""
    """The document it is from."""
    checks: tuple[str, ...]
    """The checks that stand for it."""
    verdict: Verdict
    """The worst of theirs."""
    note: str = ""
    """Why nothing stands for it, or why it was not met."""
    strength: str = ""
    """MUST, MAY or both; empty where nothing stands for it."""
    codes: tuple[str, ...] = ()
    """The error codes it is about, as an endpoint spells them."""
    needs: tuple[str, ...] = ()
    """What would be needed to judge what was not judged."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "chapter", self.chapter or self.id.partition("/")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonCause:
    """One mistake that would explain failures: each of them, as it was observed."""

    what: str
    """The mistake in words; where none is known, what the failing requests have in common."""
    mutants: tuple[str, ...] = ()
    """The wrong simulators that answer as was observed, the likeliest first; none where no mistake is known."""
    common: tuple[str, ...] = ()
    """What is true of each of these failures."""
    failures: tuple[str, ...]
    """The failures, by their check: "route/overlap", or "route/overlap:2" for its second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found. Required is what every version of format 1 writes; the rest has a default. A later version may
    write more members: ignore what you do not know. Members that are read-only follow from the rest.
    """

    format: Literal[1]
    """The format's version."""
    interrupted: Flag = False
    """Whether the run was interrupted: then this is what had been found by then."""
    tool: Tool
    """What wrote it."""
    target: ReportedTarget
    """What was tested."""
    subject: str = ""
    """What was tested, as a reader would search for it: the name of the operation."""
    spec: str
    """The version of the documentation it was judged by."""
    seed: Whole
    """The same seed sends the same requests."""
    started: str
    """ISO 8601, UTC."""
    seconds: Number
    """How long the run took."""
    requests: Whole
    """Requests that were sent."""
    examples: Whole
    """Histories that were tried."""
    reproduce: str
    """The command that gives the same run."""
    checks: tuple[CheckResult, ...]
    """Every check that was selected."""
    clauses: tuple[ClauseResult, ...]
    """Every documented row."""
    combinations: PairwiseCoverage = field(default_factory=lambda: PairwiseCoverage({}, {}))
    """Pairwise coverage: pairs of conditions, gateways, callers and spellings."""
    sensitivity: MutationScore | None = None
    """The mutation score; null where it was not found out."""
    opinions: ImplementationDefined = field(default_factory=ImplementationDefined)
    """Implementation-defined behaviour: what the endpoint does where the documentation leaves a choice."""
    baseline: Baseline | None = None
    """null where the run was compared with none."""
    left: tuple[LeftBehind, ...] = ()
    """What may still be on the endpoint, and why."""
    traffic: Traffic | None = None
    """What was sent, when, and how long answers took; null where nothing was sent."""
    variant: str = ""
    """What was not as usual: another version of the documentation, a dialect, a mutant."""
    causes: tuple[CommonCause, ...] = ()
    """What would explain the failures, that of most failures first; each failure has one at the most."""
    finding: str = ""
    """The result in a sentence, where it is a campaign's; empty where it is that of one endpoint's answers."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the checks."""
        return worst(check.verdict for check in self.checks)

    @computed_field(alias="exit")  # type: ignore[prop-decorator]
    @property
    def exit_status(self) -> Literal[0, 1, 3, 130]:
        """130 interrupted, 1 a new FAIL or a stale entry, 3 not judged, left behind or nothing ran, else 0."""
        if self.interrupted:
            return 130
        new = worst(check.verdict for check in self.checks if not check.known)
        if new is Verdict.FAIL or self.stale:
            return 1
        if self.left:
            return 3
        ran = new in (Verdict.PASS, Verdict.OBSERVED) or (new is Verdict.SKIPPED and self.failed > 0)
        return 0 if ran else 3

    @property
    def stale(self) -> tuple[Known, ...]:
        """The entries of the baseline that no longer fail."""
        return self.baseline.stale if self.baseline else ()

    @property
    def contradictions(self) -> list[tuple[CheckResult, Failure]]:
        """Every failure, with its check."""
        return [(check, failure) for check in self.checks for failure in check.failures]

    @property
    def not_judged(self) -> list[CheckResult]:
        """The checks that ran and could not be judged."""
        return [check for check in self.checks if check.verdict in NOT_JUDGED]

    @property
    def known(self) -> int:
        """How many checks are FAIL for nothing but known failures."""
        return sum(check.known for check in self.checks)

    def count(self, verdict: Verdict) -> int:
        """How many checks ended so."""
        return sum(check.verdict is verdict for check in self.checks)

    @property
    def failed(self) -> int:
        """How many checks are FAIL, of those `judged`."""
        return self.count(Verdict.FAIL)

    @property
    def judged(self) -> int:
        """How many checks ended with a judgement."""
        return sum(check.verdict.judged for check in self.checks)

    @property
    def clauses_judged(self) -> int:
        """How many documented rows were judged; clause coverage is this of `len(clauses)`."""
        return sum(clause.verdict.judged for clause in self.clauses)
