"""What all the siblings ask of a request, before each is carried out: a right, what is required; and a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pbr_conformance.simulator.documentation.actions import GATEWAYS
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.documentation.sibling_operations import DEFAULT_PAGE, LARGEST_PAGE, sibling_operation
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.answers import refusal
from pbr_conformance.simulator.rules.creation import integer
from pbr_conformance.simulator.rules.dialect import Dialect

Stepped = tuple[Account, Answer]
SiblingStep = Callable[[Account, Request, int, Dialect], Stepped]


def refused(request: Request, identity: str) -> Answer | None:
    """What any of these operations refuses: a caller without the right, and a parameter that is missing."""
    if request.caller == "unauthorized":
        return refusal(error("Forbidden"), identity)
    if request.caller == "sub_user":
        own = request.action == GATEWAYS
        return refusal(sibling_error("Forbidden.SubUser", GATEWAYS) if own else error("Forbbiden.SubUser"), identity)
    for name in ("RegionId", *sibling_operation(request.action).required):
        if not request.get(name):
            return refusal(sibling_error("Missing<Param>"), identity, name)
    return None


class ListPage(NamedTuple):
    """A page of a list: its number from 1, its size, and the length of the whole list."""

    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The index of its first entry."""
        return (self.number - 1) * self.size

    @property
    def after(self) -> int:
        """The index after its last entry."""
        return self.number * self.size

    def answer(self, identity: str, members: dict[str, object]) -> Answer:
        """The answer that shows it."""
        place = {"PageNumber": self.number, "PageSize": self.size, "TotalCount": self.total}
        return Answer(200, {"RequestId": identity, **place, **members})


def page_of(request: Request, total: int, identity: str) -> ListPage | Answer:
    """The page that a request asks for, 10 entries or as many as it says, 50 at most; or why there is none."""
    number = integer(request.get("PageNumber") or "1")
    if number is None or number < 1:
        return refusal(sibling_error("Invalid<Param>"), identity, "PageNumber")
    size = integer(request.get("PageSize") or str(DEFAULT_PAGE))
    if size is None or not 1 <= size <= LARGEST_PAGE:
        return refusal(sibling_error("Invalid<Param>"), identity, "PageSize")
    return ListPage(number, size, total)
