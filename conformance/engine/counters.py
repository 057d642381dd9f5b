"""What a session counts while it plays: what was judged, which conditions were met, and what the endpoint decided."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.rules.case import MUST
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse

from .implementation_defined import Ledger


@dataclass(slots=True)
class Counters:
    """What a session has seen."""

    judged: int = 0
    looks: int = 0
    """How many lists were compared with the model."""
    histories: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    """How often a judged request met each condition as a MUST."""
    tolerated: Counter[str] = field(default_factory=Counter)
    """How often a judged request met each condition as a MAY."""
    seen: Counter[str] = field(default_factory=Counter)
    """How often each kind of event was seen: success, refusal, replay, dry run, deletion, look..."""
    ledger: Ledger = field(default_factory=Ledger)
    """What the endpoint decided where the documentation leaves it open."""

    def count(self, answer: Answer, allowed: Allowed, *, again: bool) -> None:
        """A creation was judged. `again`: one like it was deleted before."""
        self.judged += 1
        self.seen["judged"] += 1
        for broken in allowed.broken:
            (self.broken if broken.strength is MUST else self.tolerated)[broken.condition.id] += 1
        self.seen["success" if answer.status == 200 else "refusal"] += 1
        if allowed.token is not TokenUse.NEW:
            self.seen["replay" if allowed.token is TokenUse.REPLAY else "open token"] += 1
        if allowed.dry_run:
            self.seen["dry run"] += 1
        if again and allowed.success:
            self.seen["created again"] += 1
