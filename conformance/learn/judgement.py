"""The terms of a run: what is held against an endpoint.

Rules of this file
1. Whoever judges the same under the same terms comes to the same verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect

from .learned_dialect import LearnedDialect


@dataclass(frozen=True, slots=True)
class Judgement:
    """The terms by which a session judges. `run` makes the tokens of a run its own."""

    spec: str
    strict_messages: bool = False
    run: str = "0"
    dialect: LearnedDialect | None = None
    """What the endpoint is known to have decided, which is law then."""

    def right(self) -> Dialect:
        """The dialect of a simulator that is right under these terms, and settles at once."""
        known = DEFAULT if self.dialect is None else self.dialect.served()
        return replace(known, spec=self.spec, settles_after=0)
