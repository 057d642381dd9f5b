"""What a run found, as frozen data. Every view (JSON, HTML, JUnit, terminal) is made from these values alone.

Rules of this file
1. Nothing here knows of VPNs, HTTP or Hypothesis: texts and numbers only, as they will be printed.
2. Verdicts are a closed, ordered list; a report is as bad as the worst check in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .known import Baseline, Known
from .opinions import NO_OPINIONS, Opinions
from .picture import Picture
from .traffic import Traffic

USUAL_CALLER: Final = "owner"
"""Whose requests most are: views name a caller only where it is another."""


class Verdict(Enum):
    """How a check ended, from best to worst.

    SKIPPED: the target lacks what it needs. PASS: the MUST held. OBSERVED: only opinions were recorded.
    BLOCKED: the endpoint did not let us judge. ERROR: ours (network, credentials, suite). FAIL: a MUST is contradicted.
    """

    SKIPPED = "SKIPPED"
    PASS = "PASS"
    OBSERVED = "OBSERVED"
    BLOCKED = "BLOCKED"
    ERROR = "ERROR"
    FAIL = "FAIL"

    @property
    def rank(self) -> int:
        """0 for the best, 5 for the worst."""
        return list(Verdict).index(self)

    @property
    def judged(self) -> bool:
        """Whether answers were looked at and held against the documentation."""
        return self in (Verdict.PASS, Verdict.OBSERVED, Verdict.FAIL)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; SKIPPED where there are none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.SKIPPED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome the documentation allows, and why: `what` is "success", a code, or "any 4xx"."""

    what: str
    because: tuple[str, ...]
    """The addresses of the conditions that allow it, each with its strength: "route/overlap (MUST)"."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a sequence and what came back."""

    action: str
    caller: str
    parameters: Mapping[str, str]
    status: int | None
    """HTTP status, None where no answer came (or, for a wait, where none was expected)."""
    answer: str
    """The body as text: JSON where it was JSON, else what came, cut to 2,000 characters."""
    note: str = ""
    """What the suite says of this exchange: "waited 1 s", "no answer: timed out after 10 s"."""
    allowed: tuple[Outcome, ...] = ()
    broken: tuple[str, ...] = ()
    """Every condition the request meets in the state before it: "weight/value (MUST): <what it says>"."""
    at_fault: bool = False
    """True for the exchange whose answer contradicts the MUST."""
    brief: str = ""
    """What the request asks for, in a few words; views that have one line print every parameter where it is empty."""
    started: float | None = None
    """When it was sent, in seconds after the first of those sent at the same time; None where time says nothing."""
    ended: float | None = None
    """When it was answered, by the same clock; None where `started` is."""
    matters: tuple[str, ...] = ()
    """The parameters that what is contradicted depends on; one that is not in `parameters` matters by its absence."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A failure as a file that somebody can run: what it is for, its path relative to the report, and its text."""

    form: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One contradiction: the smallest sequence that shows it, what was allowed, what was observed."""

    title: str
    contradicts: str
    """The address of the MUST, or of the rule, that the observed answer contradicts."""
    rule: str
    """That MUST in words."""
    expected: tuple[str, ...]
    observed: str
    sequence: tuple[Exchange, ...]
    transcript: str
    """Path of the transcript, relative to the report: "transcripts/route-overlap.json"."""
    flaky: bool = False
    """True where the sequence did not fail again when it was sent once more."""
    proof: str = ""
    """How far it is proved, in words: whether it was sent again, and what else was made sure of."""
    again: str = ""
    """Path of the transcript of the sequence sent once more, where that did not fail."""
    reproductions: tuple[Reproduction, ...] = ()
    cause: str = ""
    """What went wrong, in words that every failure of the same cause has; the title stands in for none."""
    picture: Picture | None = None
    recorded: str = ""
    """The transcript itself, as it is in its file."""
    known: str = ""
    """Why it is known, as the baseline says; empty where it is new."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the endpoint decided where the documentation leaves it free."""

    what: str
    value: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class StateReached:
    """A kind of state that a check has to see, and in how many judged requests it was there."""

    name: str
    times: int
    missing: str = ""
    """Why it was never there, where that is not held against the endpoint: what the target lacks for it."""


@dataclass(frozen=True, slots=True)
class NotMet:
    """Two features that no proposed request has together, and how that was found."""

    pair: tuple[str, str]
    because: str


@dataclass(frozen=True, slots=True)
class Combinations:
    """Which two features were had by one judged request, of all that one request to the target can have."""

    exercised: tuple[tuple[str, str], ...] = ()
    missed: tuple[tuple[str, str], ...] = ()
    """Possible, and not exercised."""
    impossible: tuple[NotMet, ...] = ()

    @property
    def possible(self) -> int:
        """How many pairs one request can have."""
        return len(self.exercised) + len(self.missed)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check ended."""

    address: str
    title: str
    strength: str
    clauses: tuple[str, ...]
    verdict: Verdict
    reason: str
    """Why it was SKIPPED, BLOCKED or ERROR; else what was looked at, in a few words."""
    seconds: float = 0.0
    requests: int = 0
    examples: int = 0
    broken: int = 0
    """How often the check's condition was broken by a request that was judged."""
    failures: tuple[Failure, ...] = ()
    observations: tuple[Observation, ...] = ()
    nearly: int = 0
    """How often a judged request was on the right side of the boundary of the check's condition, next to it."""
    states: tuple[StateReached, ...] = ()
    """The kinds of state that it has to see."""
    codes: tuple[str, ...] = ()
    """The error codes it is about, as an endpoint spells them."""

    @property
    def chapter(self) -> str:
        """The first part of the address."""
        return self.address.partition("/")[0]

    @property
    def known(self) -> bool:
        """Whether it is FAIL, and for nothing but known failures."""
        return self.verdict is Verdict.FAIL and bool(self.failures) and all(each.known for each in self.failures)


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One documented row, and what stands for it."""

    id: str
    chapter: str
    """Where it stands in the documentation: "Request parameters", "Error codes"..."""
    text: str
    source: str
    checks: tuple[str, ...]
    verdict: Verdict
    note: str = ""
    """Why nothing stands for it, or why it was not exercised."""
    strength: str = ""
    """How clear it is: "MUST", "MAY", or both where its checks differ; empty where nothing stands for it."""
    codes: tuple[str, ...] = ()
    """The error codes it is about, as an endpoint spells them."""
    needs: tuple[str, ...] = ()
    """What would be needed to exercise what was not."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A wrong implementation that the requests of a run would not have caught."""

    name: str
    wrong: str
    address: str
    """The check that catches it, given the requests."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What the requests of a run looked for: of so many known wrong implementations, all but the missed ones."""

    known: int
    missed: tuple[Missed, ...]

    @property
    def caught(self) -> int:
        """How many these requests would have caught."""
        return self.known - len(self.missed)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    version: str
    target_name: str
    target_url: str | None
    spec: str
    seed: int
    started: str
    """ISO 8601, UTC."""
    seconds: float
    requests: int
    examples: int
    reproduce: str
    interrupted: bool
    checks: tuple[CheckResult, ...]
    clauses: tuple[ClauseResult, ...]
    sensitivity: Sensitivity | None = None
    """None where it was not found out."""
    subject: str = ""
    """What was tested, as a reader of the report would search for it: the name of the operation."""
    combinations: Combinations = Combinations()
    opinions: Opinions = NO_OPINIONS
    baseline: Baseline | None = None
    """None where the run was held against none."""
    traffic: Traffic | None = None
    """None where nothing was sent, and in a report that knows nothing of it."""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its checks."""
        return worst(check.verdict for check in self.checks)

    @property
    def exit_status(self) -> int:
        """130 interrupted, 1 a new FAIL or a stale entry, 3 something not judged (or nothing ran), else 0."""
        if self.interrupted:
            return 130
        beside = worst(check.verdict for check in self.checks if not check.known)
        if beside is Verdict.FAIL or self.stale:
            return 1
        ran = beside in (Verdict.PASS, Verdict.OBSERVED) or (beside is Verdict.SKIPPED and self.failed > 0)
        return 0 if ran else 3

    @property
    def stale(self) -> tuple[Known, ...]:
        """The entries of the baseline that no longer fail."""
        return self.baseline.stale if self.baseline else ()

    @property
    def known(self) -> int:
        """How many checks are FAIL for nothing but known failures."""
        return sum(check.known for check in self.checks)

    def count(self, verdict: Verdict) -> int:
        """How many checks ended so."""
        return sum(check.verdict is verdict for check in self.checks)

    @property
    def failed(self) -> int:
        """How many checks are FAIL; divergence is `failed` of `judged`."""
        return self.count(Verdict.FAIL)

    @property
    def judged(self) -> int:
        """How many checks ended with a judgement."""
        return sum(check.verdict.judged for check in self.checks)

    @property
    def clauses_judged(self) -> int:
        """How many documented rows were judged; coverage is this of `len(clauses)`."""
        return sum(clause.verdict.judged for clause in self.clauses)
