"""What each check may use of a budget: an even share of what is left, and never so little that it sees nothing."""

from __future__ import annotations

from pbr_conformance.conformance.engine.budget import LEAST_REQUESTS, MOST_BEYOND, Budget, BudgetShare


def test_a_budget_is_shared_evenly() -> None:
    budget = Budget(1000, None, checks=4, workers=1)
    shares = []
    for _ in range(4):
        allowance = budget.share()
        shares.append(allowance.requests)
        budget.settle(allowance, 100)
    assert shares == [250, 300, 400, 700]
    assert not budget.used_up


def test_none_gets_too_little_to_see_anything_and_then_it_is_used_up() -> None:
    budget = Budget(60, None, checks=51, workers=1)
    begun = 0
    while not budget.used_up:
        budget.settle(budget.share(), LEAST_REQUESTS)
        begun += 1
    assert begun == 60 // LEAST_REQUESTS
    small = Budget(5, None, checks=51, workers=1)
    assert not small.used_up
    assert small.share().requests == 5
    assert small.used_up


def test_checks_side_by_side_do_not_spend_the_same_requests() -> None:
    budget = Budget(100, None, checks=2, workers=2)
    assert [budget.share().requests, budget.share().requests] == [50, 50]
    assert budget.used_up


def test_without_a_budget_there_is_no_end() -> None:
    budget = Budget(None, None, checks=1, workers=1)
    for _ in range(3):
        allowance = budget.share()
        assert not allowance(10**9)
        budget.settle(allowance, 10**9)
        assert not budget.used_up


def test_an_allowance_ends_with_its_requests_or_its_time() -> None:
    assert not BudgetShare(10, float("inf"))(9)
    assert BudgetShare(10, float("inf"))(10)
    assert BudgetShare(10, 0.0)(0)
    assert Budget(None, 0.0, checks=3, workers=1).used_up


def test_what_a_run_sends_beyond_its_budget_is_bounded() -> None:
    budget, sent = Budget(60, None, checks=1, workers=1), 70
    budget.settle(budget.whole(), sent)
    for number in (3, 2, 1):
        share = budget.to_confirm(number)
        assert share.requests == 0
        budget.settle(share, int(share.beyond))
        sent += int(share.beyond)
    assert sent == 60 + MOST_BEYOND
