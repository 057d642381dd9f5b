"""Other users of an account during a session: whether they have changed its gateways, and what is theirs.

Rules of this file
1. What somebody else has changed meanwhile is no deviation: the model follows it.
2. What a request of ours may have made is written down before it is taken for somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request

from .gateway_lists import GatewayLists

_LOOKS: Final = 3
"""Looks at each gateway for others, before a deviation that no replay has shown again is a failure."""
_BETWEEN_LOOKS: Final = 0.1
"""Seconds."""


class OtherUsers:
    """Whoever else may use the gateways that a session keeps up."""

    def __init__(self, lists: GatewayLists) -> None:
        self._lists, self._ownership = lists, lists.ownership
        self._client, self._clean_up = lists.client, lists.clean_up
        self._shown: dict[str, list[Entry]] = {}
        """What the lists of the gateways that the history named have shown."""

    def look_for_others(self) -> None:
        """Look at every gateway, some times, where nobody else is known to use an account over HTTP.

        Fewer times where no more requests may be sent.
        """
        for number in range(_LOOKS * len(self._lists.scratch)):
            if not self._ownership.is_alone or self._ownership.is_certain or self._client.requests >= self._client.most:
                return
            gateway = self._lists.scratch[number % len(self._lists.scratch)]
            if self._lists.is_away(gateway):
                continue
            try:
                if gateway in self._lists.met:
                    self._lists.take_foreign(gateway, self._clean_up.entries(gateway))
                else:
                    self._lists.meet([gateway])
            except Inconclusive as reason:
                if reason.ours:  # nobody answers
                    return
            self._client.endpoint.sleep(_BETWEEN_LOOKS)

    def where_they_are(self) -> str:
        """Say that the account is shared, and why it is taken to be."""
        declared = self._lists.partition.target.endpoint
        seen = "others were seen to use it" if declared.is_alone else "its target does not say `shared = false`"
        return f"on a shared account ({'its target says so' if declared.shared else seen})"

    def is_disturbed(self, *, published: bool) -> bool:
        """Whether somebody else has changed a gateway since the history began, as far as the lists show.

        `published`: whether it asked for a publication, which the gateways of the same VPC matter to. Where nobody else
        was seen yet, these are looked at all the same: others who change them use the account.
        """
        if self._ownership.is_certain:
            return False
        awaits = self._ownership.awaits(self._client.endpoint.now())
        may_be_wrong = awaits or not self._ownership.is_alone
        if may_be_wrong:
            self._client.endpoint.sleep(self._lists.lag)
        before = self._lists.model.next_number if awaits else self._lists.first_number
        for gateway in self._fellows() if published or self._ownership.is_alone else ():
            if any(self._clean_up.take_foreign(gateway, self._clean_up.entries(gateway))):
                self._lists.disturbed.add(gateway)
        for gateway in self._lists.at_hand if awaits else self._lists.touched:
            if awaits:
                self._clean_up.wait(gateway)
            self._shown[gateway] = self._clean_up.entries(gateway)
            self._lists.take_foreign(gateway, self._shown[gateway])
            if may_be_wrong and self._correct(gateway, before):
                self._lists.disturbed.add(gateway)
        return bool(self._lists.disturbed)

    def is_stuck(self, asked: Request) -> bool:
        """Whether a gateway stays at work for as long again as it may take, and nobody changes it meanwhile.

        Then it does not matter that somebody else has changed it before. `asked`: the newest question about its status.
        """
        gateway = asked.get("VpnGatewayId") or ""
        before = self._clean_up.entries(gateway)
        if self._client.settle(gateway) or before != self._clean_up.entries(gateway):
            return False
        self._lists.disturbed.discard(gateway)
        return not self._lists.disturbed

    def see_misplaced(self) -> bool:
        """Whether a list shows, also after the lag, what of ours is elsewhere or deleted: nobody else made that."""
        for gateway in [each for each, shown in self._shown.items() if self._clean_up.misplaced(each, shown)]:
            self._client.endpoint.sleep(self._lists.lag)
            if self._clean_up.misplaced(gateway, self._clean_up.entries(gateway)):
                return True
        return False

    def meets_others(self, refused: Request, explains: Callable[[Account], bool]) -> bool:
        """Whether the account, with what a list shows and no answer named, explains a refusal: then others use it.

        What an earlier request of ours may have made is no sign of others: a play with other values tells.
        """
        gateway = refused.get("VpnGatewayId") or ""
        if gateway not in self._lists.scratch or not self._ownership.is_alone or self._ownership.is_certain:
            return False
        for place in dict.fromkeys((gateway, *(each.id for each in self._lists.partition.gateways))):
            entries = self._clean_up.entries(place)
            unnamed = self._clean_up.unnamed(place, entries)
            unnamed = [entry for entry in unnamed if not self._ownership.is_suspect(entry, beside=refused)]
            if unnamed and explains(self._lists.model.account_with(place, unnamed)):
                self._ownership.is_alone = False
                self._lists.acquit(place, entries)
                self._lists.take_foreign(place, entries)
                return True
        return False

    def _fellows(self) -> list[str]:
        """The gateways of the partition, which share a VPC, that the history did not name."""
        others = [each.id for each in self._lists.partition.gateways if each.id not in self._lists.touched]
        return [gateway for gateway in others if not self._lists.is_away(gateway)]

    def follow_vpc(self) -> None:
        """Let the model take what others have published, before a history publishes: on an account that they use."""
        for gateway in () if self._ownership.is_alone else self._fellows():
            self._clean_up.take_foreign(gateway, self._clean_up.entries(gateway))

    def suspects(self) -> list[tuple[str, Entry]]:
        """What requests of ours may have made, although no answer said so, on the gateways that the history named."""
        may_have = [] if self._ownership.is_certain else self._lists.touched
        known = self._shown if self._ownership.is_alone else {}  # with others, what was read is followed already
        shown = {each: known[each] if each in known else self._clean_up.entries(each) for each in may_have}
        found = [(gateway, entry) for gateway in shown for entry in self._clean_up.suspects(gateway, shown[gateway])]
        for gateway, entry in found:
            self._clean_up.note(gateway, [entry])
        return found

    def convict(self, suspects: Sequence[tuple[str, Entry]]) -> None:
        """Delete what plays have shown to be the endpoint's fault."""
        self._ownership.is_followed = True
        self._ownership.convict([entry for _, entry in suspects])
        for gateway in dict.fromkeys(gateway for gateway, _ in suspects):
            self._clean_up.convicted(gateway)

    def synchronise(self, gateways: Iterable[str]) -> None:
        """Wait until gateways have settled and lists have caught up; delete what is ours, and follow the rest.

        What was deleted and is still there is not blamed again: the model keeps it.
        """
        known = [gateway for gateway in gateways if gateway in self._lists.scratch]
        for gateway in known:
            self._clean_up.wait(gateway)
        self._client.endpoint.sleep(self._lists.lag)
        for gateway in known:
            self._lists.meet([gateway])
            if self._correct(gateway, self._lists.model.next_number):
                self._client.endpoint.sleep(self._lists.lag)
            self._clean_up.keep_undeletable(gateway)

    def _correct(self, gateway: str, before: int) -> bool:
        return self._clean_up.correct(gateway, before=before, since=self._lists.began)
