"""The exhaustive search: what it counts and merges, held against plain enumeration; how it goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.execute.unit_files import LocalFolder
from pbr_conformance.conformance.explore.certificate_document import exit_status, verdict
from pbr_conformance.conformance.explore.counterexamples import confirmed
from pbr_conformance.conformance.explore.exhaust import INTERRUPTED, Search, Searched, Watcher, search
from pbr_conformance.conformance.explore.resuming import NoCertificate, files_of, read
from pbr_conformance.conformance.explore.symmetry import group_of, key_of, state_of
from pbr_conformance.reports.data.results import CheckResult, Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import look
from pbr_conformance.strategies.small_scope import Scope, small_scopes
from tests.conformance.explore.searches import ALIKE, document, plan, scope_of

# Counting and merging, held against plain enumeration


class Plain:
    """A history on the simulator itself, without session, model or merging."""

    def __init__(self, target: Target) -> None:
        self.account, self.now = Account(target), 10**12

    def offers(self, request: Request) -> bool:
        """Whether it is a creation, or the deletion of a route with just these values (single-tunnel)."""
        get = request.parameters.get
        wanted = (get("RouteSource"), get("RouteDest"), get("NextHop"), get("Weight"), get("Priority", "10"))
        routes = self.account.table(get("VpnGatewayId", ""))
        there = [(*route[:3], str(route.weight), str(route.priority)) for route in routes]
        return request.action == CREATE or wanted in there

    def after(self, request: Request) -> Plain:
        other = Plain(self.account.target)
        other.now = self.now + 5_000
        other.account = step(self.account, request, other.now)[0]
        return other


def histories(at: Plain, scope: Scope, depth: int) -> Iterator[tuple[tuple[int, ...], Plain]]:
    """Every history of exactly so many operations, by brute force, and where it leads."""
    if not depth:
        yield (), at
        return
    for steps, before in histories(at, scope, depth - 1):
        for number, request in enumerate(scope.requests):
            if before.offers(request):
                yield (*steps, number), before.after(request)


def begun(scope: Scope, target: Target) -> Plain:
    at = Plain(target)
    for request in scope.before:
        at = at.after(request)
    return at


@pytest.mark.parametrize(
    ("name", "target"), [("tokens", ALIKE), ("neighbours", ALIKE), ("the last place,", reference())]
)
def test_histories_are_counted_as_enumeration_counts_them(name: str, target: Target) -> None:
    scope = scope_of(name, target)
    result = search(plan(scope.name, target=target), Searched()).results[scope.name]
    counted = [sum(1 for _ in histories(begun(scope, target), scope, length)) for length in (1, 2)]
    assert list(result.histories) == counted


@pytest.mark.parametrize("name", ["tokens", "neighbours"])
def test_what_is_sent_is_one_of_each_orbit(name: str) -> None:
    scope = scope_of(name)
    group = group_of(scope)
    assert len(group) > 1
    every = [steps for length in (1, 2) for steps, _ in histories(begun(scope, ALIKE), scope, length)]
    orbits = {min(tuple(r.requests[number] for number in steps) for r in group) for steps in every}
    result = search(plan(scope.name, merges=False), Searched()).results[scope.name]
    assert result.judged == len(orbits) < len(every) == sum(result.histories)


def test_states_are_merged_if_and_only_if_their_accounts_differ_in_names_and_moments_alone() -> None:
    scope = scope_of("neighbours")
    group = group_of(scope)
    places = [place for length in (0, 1) for _, place in histories(begun(scope, ALIKE), scope, length)]
    known = {state_of(key_of([place.account], ""), group).id for place in places}
    result = search(plan(scope.name), Searched()).results[scope.name]
    assert len(result.frontier.states) == len(known)


def test_states_that_list_a_route_now_and_later_are_not_merged() -> None:
    request, now, at_once = scope_of("values").creations[0], 10**12, Dialect()
    assert at_once.lists_at_once
    later = replace(at_once, lists_at_once=False)
    shown, hidden = (step(Account(ALIKE), request, now, dialect)[0] for dialect in (at_once, later))
    look_at = look(ALIKE, request.parameters["VpnGatewayId"])
    lists = [(step(account, look_at, now, at_once)[1].members or {})["TotalCount"] for account in (shown, hidden)]
    assert lists == [1, 0], "they answer differently"
    assert key_of([shown], "") != key_of([hidden], "")
    assert key_of([hidden], "") == key_of([step(Account(ALIKE), request, now + 7_000, later)[0]], ""), "moments alone"


@pytest.mark.parametrize("name", ["tokens", "neighbours", "values"])
def test_a_renaming_changes_nothing_that_is_judged(name: str) -> None:
    scope = scope_of(name)
    for renaming in group_of(scope):
        pairs = zip(scope.requests, (scope.requests[number] for number in renaming.requests), strict=True)
        mapped = {request: other for request, other in pairs}
        for first in scope.creations:
            one, other = Plain(ALIKE).after(first), Plain(ALIKE).after(mapped[first])
            for request in scope.creations:
                before, after = allow(one.account, request), allow(other.account, mapped[request])
                assert before.outcomes() == after.outcomes()
                assert before.token is after.token


def test_the_group_of_a_scope_is_what_one_expects() -> None:
    assert len(group_of(scope_of("values"))) == 2, "two next hops"
    assert len(group_of(scope_of("tokens"))) == 2, "two tokens"
    assert len(group_of(scope_of("neighbours"))) == 2, "two gateways"
    assert len(group_of(scope_of("prefixes"))) == 1, "prefixes are not exchanged"
    different = small_scopes(reference(), DEFAULT_SPEC)
    assert len(group_of(next(s for s in different if s.name.startswith("neighbours")))) == 1, "two kinds of gateways"


@pytest.mark.parametrize("bits", [1 << 20, 0b1011 << 24])
def test_to_move_all_sources_changes_nothing_that_is_judged(bits: int) -> None:
    from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse

    def moved(request: Request) -> Request:
        prefix = parse(request.parameters["RouteSource"])
        assert prefix is not None
        other = Prefix((prefix.network ^ bits) & MASKS[prefix.length], prefix.length)
        return Request(request.action, {**request.parameters, "RouteSource": str(other)}, request.caller)

    creations = scope_of("prefixes").creations
    for first in creations[::5]:
        one, other = Plain(ALIKE).after(first), Plain(ALIKE).after(moved(first))
        for request in creations:
            assert allow(one.account, request).outcomes() == allow(other.account, moved(request)).outcomes()


# What it stands for

COUNTED: Final = ("hash", "verdict", "histories", "judged", "states", "outcomes", "conditions", "pairs", "missed")


@pytest.mark.slow
def test_the_hash_is_the_same_twice_with_two_processes_and_in_pieces() -> None:
    whole = plan("values*", "tokens*")
    once = document(whole, search(whole, Searched()))
    assert (once["verdict"], once["exit"], once["complete"]) == ("PASS", 0, True)
    twice = document(whole, search(replace(whole, workers=2), Searched()))
    so_far, pieces = Searched(), 0
    while not pieces or so_far.stopped:
        search(replace(whole, most_requests=700), so_far)
        pieces += 1
    assert pieces > 2
    assert once["hash"] == twice["hash"] == document(whole, so_far)["hash"]
    in_pieces = document(whole, so_far)
    assert all(once[name] == in_pieces[name] for name in COUNTED)


def kept(whole: Search, path: Path, so_far: Searched | None = None) -> Searched:
    """A search whose units are kept in a directory."""
    files = files_of(whole, LocalFolder(path))
    files.begin()
    return search(whole, so_far or Searched(), Watcher(files=files))


def resumed(whole: Search, path: Path) -> Searched:
    return read(path / "certificate.json", LocalFolder(path), whole)


@pytest.mark.parametrize("most", [1, 900, 2000])
def test_a_search_is_gone_on_with_from_its_units(most: int, tmp_path: Path) -> None:
    whole = plan("values*", "tokens*")
    broken_off = kept(replace(whole, most_requests=most), tmp_path)
    certificate = document(whole, broken_off)
    assert (certificate["verdict"], exit_status(broken_off)) == ("INCOMPLETE", 3)
    assert certificate["histories"] is None
    so_far = resumed(whole, tmp_path)
    assert document(whole, so_far)["judged"] == certificate["judged"] > 0
    done = document(whole, kept(whole, tmp_path, so_far))
    at_once = document(whole, search(whole, Searched()))
    assert all(done[name] == at_once[name] for name in COUNTED)
    assert document(whole, resumed(whole, tmp_path))["hash"] == done["hash"], "all of it was kept"
    with pytest.raises(NoCertificate, match="is of another search: depth is 2, not 3"):
        resumed(replace(whole, depth=3), tmp_path)
    with pytest.raises(NoCertificate, match="is of another search: universe"):
        resumed(replace(whole, only=("values*",)), tmp_path)


def test_a_resumed_search_shows_what_failed_before_it_was_broken_off(tmp_path: Path) -> None:
    whole = plan("tokens, single*", mutant="token-adds")
    broken_off = kept(replace(whole, most_requests=400), tmp_path)
    assert broken_off.stopped
    assert any(result.contradictions for result in broken_off.results.values())
    in_pieces, at_once = search(whole, resumed(whole, tmp_path)), search(whole, Searched())
    assert document(whole, in_pieces)["hash"] == document(whole, at_once)["hash"]
    (before,), (after,) = (list(each.results.values()) for each in (in_pieces, at_once))
    assert before.contradictions.keys() == after.contradictions.keys()
    for address, failed in before.contradictions.items():
        other = after.contradictions[address]
        assert (failed.steps, failed.deviation, len(failed.transcript)) == (
            other.steps,
            other.deviation,
            len(other.transcript),
        )
        assert [sent.request.action for sent in failed.transcript] == [sent.request.action for sent in other.transcript]


def test_a_search_that_is_killed_loses_no_more_than_the_units_under_way(tmp_path: Path) -> None:
    whole = plan("tokens*", "values*")
    at_once = document(whole, kept(whole, tmp_path))
    units = sorted(tmp_path.glob("*.unit"))
    assert len(units) == 4
    for lost in (units[-1:], units[len(units) // 2 :], [each for each in units if each.name.startswith("1-")]):
        contents = {each: each.read_bytes() for each in lost}
        for each in lost:
            each.unlink()
        done = document(whole, search(whole, resumed(whole, tmp_path)))
        assert all(done[name] == at_once[name] for name in COUNTED)
        for each, content in contents.items():
            each.write_bytes(content)


def test_units_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    whole = plan("tokens, single*")
    kept(whole, tmp_path)
    first, last = (next(tmp_path.glob(f"{level}-*.unit")) for level in (0, 1))
    content = first.read_bytes()
    first.unlink()
    with pytest.raises(NoCertificate, match="is damaged: a unit in it is about a state that is not known"):
        resumed(whole, tmp_path)
    first.write_bytes(content)
    for damaged in (content[:-1], content + b" ", content.replace(b"judged", b"JUDGED"), b""):
        first.write_bytes(damaged)
        with pytest.raises(NoCertificate, match="is damaged: it is not what was written"):
            resumed(whole, tmp_path)
    first.write_bytes(last.read_bytes())
    with pytest.raises(NoCertificate, match="is of another campaign, or has another name"):
        resumed(whole, tmp_path)


@pytest.mark.parametrize("after", [1, 2, 40, 41, 42, 43, 44, 45, 300])
def test_a_request_that_is_interrupted_is_not_counted(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, send, peek = plan("tokens, single*"), Embedded.send, Embedded.peek
    at_once = document(whole, search(whole, Searched()))
    sent = 0

    def interrupting(answer: Callable[..., Any]) -> Callable[..., Any]:
        def interrupted(endpoint: Embedded, request: Request) -> Any:
            nonlocal sent
            sent += 1
            if sent == after:
                signal.raise_signal(signal.SIGINT)
            return answer(endpoint, request)

        return interrupted

    monkeypatch.setattr(Embedded, "send", interrupting(send))
    monkeypatch.setattr(Embedded, "peek", interrupting(peek))
    so_far = search(whole, Searched())
    assert (so_far.interrupted, exit_status(so_far)) == (True, 130)
    done = document(whole, search(whole, so_far))
    assert all(done[name] == at_once[name] for name in COUNTED)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_between_two_pieces_of_work_waits_for_the_next(workers: int) -> None:
    whole = plan("tokens*", "values*", workers=workers)
    watcher = Watcher(ended=lambda result: signal.raise_signal(signal.SIGINT))
    so_far = search(whole, Searched(), watcher)
    assert so_far.stopped == INTERRUPTED
    assert sorted(result.done for result in so_far.results.values()) == [False, True]


def test_what_is_no_failure_after_all_is_not_judged() -> None:
    whole = plan("tokens, single*", mutant="token-adds")
    searched = search(whole, Searched())
    assert verdict(searched) == "FAIL"
    ours = CheckResult(
        address="token/replay",
        title="",
        strength="MUST",
        clauses=(),
        verdict=Verdict.ERROR,
        reason="a defect of the suite: the simulator fails too",
    )
    certificate = document(whole, searched, [Examined(ours)])
    assert (certificate["verdict"], certificate["exit"], certificate["failures"]) == ("INCOMPLETE", 3, [])
    assert certificate["unjudged"] == {"token/replay: a defect of the suite: the simulator fails too": 1}


def test_what_nobody_could_prove_any_more_is_shown_as_it_was_seen() -> None:
    whole = plan("tokens, single*", mutant="token-adds")
    searched = search(whole, Searched())
    searched.interrupted = True
    (seen,) = confirmed(whole, searched)
    (failure,) = seen.result.failures
    assert failure.proof.startswith("not yet: it was seen once, and the search was interrupted; missing are ")
    assert [exchange.status for exchange in failure.sequence] == [200, 200, 200], "two creations, and the list"


@pytest.mark.parametrize("spec", SPECS)
def test_the_universe_has_what_a_version_documents(spec: str) -> None:
    sent = {name for scope in small_scopes(ALIKE, spec) for r in scope.requests for name in r.parameters}
    assert ("DryRun" in sent) == (spec >= "2026"), "it came in 2026"
    assert ("Priority" in sent) == (spec >= "2024"), "it came in 2024"
    assert document(plan("tokens*", spec=spec), search(plan("tokens*", spec=spec), Searched()))["verdict"] == "PASS"
