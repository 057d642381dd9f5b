"""Identifiers that docs/vocabulary gave up, with the names that replace them.

Rules of this file
1. A row is an old name and the new one. A name whose presence could be right, because it is ordinary English (a `row`
   of a table, a `place`), is not here.
2. `CLASSES` are whole identifiers, as they are spelled; `WORDS` are words of an identifier, in either number;
   `MODULES` are files. A leading underscore makes no difference.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .product import Module, Product

CLASSES: Final[Mapping[str, str]] = {
    "Timed": "Interaction",
    "Sent": "Interaction",
    "Exchange": "Interaction",
    "Taken": "Interaction",
    "Handled": "Interaction",
    "Said": "Interaction",
    "Story": "Transcript",
    "Shown": "Counterexample",
    "Proof": "Confirmation",
    "Moment": "JudgedState",
    "Paced": "RateLimited",
    "Settling": "SettleWaiter",
    "Cast": "GatewayRoles",
    "players": "gateway_roles",
    "Ruling": "ConditionRule",
    "rulings": "condition_rules",
    "Fitting": "BudgetGuard",
    "Heard": "RecordingEndpoint",
    "customs": "response_behaviour",
    "Customs": "ResponseBehaviour",
    "stand_ins": "surrogates",
    "patient": "waits_until_settled",
    "Ways": "Variants",
    "open_ways": "open_variants",
    "goes_on": "may_continue",
    "Remaining": "LeftoverQueries",
    "Findings": "Export",
    "Opinions": "ImplementationDefined",
    "Told": "ParsedRow",
    "Turn": "ChangeKind",
    "About": "Aspect",
    "Looked": "PageSource",
    "Past": "HistorySummary",
    "Scene": "JudgeContext",
    "Bound": "TokenRecord",
    "Terms": "Judgement",
    "BLOCKED": "INCONCLUSIVE",
    "is_nearly": "is_near_miss",
}
WORDS: Final[Mapping[str, str]] = {
    "tape": "transcript",
    "prove": "confirm",
    "unjudged": "inconclusive",
    "settling": "settle_waiter",
    "lane": "partition",
    "witness": "coverage_collector",
    "tally": "counters",
    "deed": "history_facts",
    "stray": "violations_elsewhere",
    "tidied": "is_clean",
    "thrifty": "lazy",
    "agenda": "seed_corpus",
    "rehearsed": "dry_play",
    "allowance": "budget_share",
    "desk": "query_runner",
    "meeting": "met_together",
    "fringe": "independent_parameters",
    "knowledge": "constraints",
    "pinned": "learned_dialect",
    "sameness": "symmetry",
    "misdeed": "stateful",
    "misreading": "parsing",
    "misremembered": "memory",
    "canary": "self_check",
    "manner": "server_config",
    "cohort": "batch",
    "keeper": "state_store",
    "visitor": "origin_check",
    "geometry": "prefix_diagram",
    "story": "transcript",
}
MODULES: Final[Mapping[str, str]] = {
    "sweep": "prioritised_run",
    "assembly": "report_builder",
    "catch": "kill",
    "certified": "certificate",
    "certifying": "certificate",
    "choosing": "query_selection",
    "claim": "certificate",
    "connecting": "connect",
    "depth": "state_coverage",
    "described": "descriptions",
    "evidence": "relevant_parameters",
    "expanding": "explorer",
    "hooks": "operators",
    "meanings": "subject_classifier",
    "missed": "uncovered",
    "nearly": "near_misses",
    "opinions": "implementation_defined",
    "parts": "gateway_roles",
    "pin": "shrink",
    "placing": "partitioning",
    "proof": "confirm",
    "recorded": "recording_endpoint",
    "remaining": "leftover_queries",
    "sequence": "transcript",
    "shown": "discriminates",
    "stage": "",
    "stand_ins": "surrogates",
    "terms": "judgement",
    "ways": "variants",
}


@dataclass(frozen=True, order=True)
class OldName:
    """One old identifier in one module, the name that replaces it, and how often it stands there."""

    module: str
    identifier: str
    new: str
    count: int

    def __str__(self) -> str:
        return f"{self.module}: {self.identifier} x{self.count} (now {self.new or 'gone'})"


def old_identifiers(product: Product) -> list[OldName]:
    """List the old identifiers in the product: one entry for each module and identifier."""
    found: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for module in product.values():
        for identifier in _identifiers(module):
            if (new := replacement(identifier)) is not None:
                found[module.name, identifier, new] += 1
    stems = ((module.name, module.name.rpartition(".")[2]) for module in product.values())
    named = [OldName(name, f"{stem}.py", MODULES[stem], 1) for name, stem in stems if stem in MODULES]
    return sorted([*named, *(OldName(*key, count) for key, count in found.items())])


def replacement(identifier: str) -> str | None:
    """The new name of an old identifier; nothing for one that is not old."""
    whole = identifier.lstrip("_")
    if whole in CLASSES:
        return CLASSES[whole]
    return next((WORDS[word] for word in map(_singular, _words(whole)) if word in WORDS), None)


def _words(identifier: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and word[:-1] in WORDS else word


def _identifiers(module: Module) -> Iterator[str]:
    """Yield every identifier of a module, as often as it stands there: names, attributes, keywords and imports."""
    yield module.name.rpartition(".")[2]
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant):
            for field, value in ast.iter_fields(node):
                if field != "type_comment":
                    yield from _spelled(value)


def _spelled(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split(".")
    elif isinstance(value, list):
        yield from (part for part in value if isinstance(part, str))
