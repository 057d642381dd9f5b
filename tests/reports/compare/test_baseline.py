"""Known failures: what they are found by, what they count for, and what is stale."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbr_conformance.reports.compare.baseline import entry, held_against, of_report, parse, to_toml, unknown
from pbr_conformance.reports.data.baseline import Known, Standing
from pbr_conformance.reports.data.provenance import ReportedTarget, Tool
from pbr_conformance.reports.data.results import CheckResult, Report, Verdict
from pbr_conformance.reports.data.serialize import from_json, to_json
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.sentences import sentence
from pbr_conformance.reports.views.text import summary
from tests.reports.conftest import a_failure, failing
from tests.reports.views.test_html import Page

ADDRESS = "route/overlap"
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)


def overlap(report: Report) -> CheckResult:
    return next(check for check in report.checks if check.address == ADDRESS)


def replaced(report: Report, *checks: CheckResult) -> Report:
    """The report, with these checks in the place of their namesakes."""
    by_address = {check.address: check for check in checks}
    return replace(report, checks=tuple(by_address.get(check.address, check) for check in report.checks))


@pytest.fixture
def failed(clean: Report) -> Report:
    """A run in which one check fails, and nothing else is wrong."""
    return replaced(clean, failing(overlap(clean), a_failure(1, ADDRESS)))


@pytest.fixture
def known(failed: Report) -> Known:
    check = overlap(failed)
    return entry(check, check.failures[0], "ticket 7")


def test_a_known_failure_stays_a_fail_and_does_not_fail_the_run(failed: Report, known: Known) -> None:
    held = held_against(failed, "b.toml", [known])
    assert (failed.exit_status, held.exit_status) == (1, 0)
    assert held.verdict is overlap(held).verdict is Verdict.FAIL
    assert (held.failed, held.judged) == (failed.failed, failed.judged)
    assert [each.known for each in overlap(held).failures] == ["ticket 7"]
    assert held.baseline is not None
    assert [each.standing for each in held.baseline.entries] == [Standing.SEEN]
    assert "All of it is known to the baseline." in sentence(held)
    assert any(line.startswith(f"KNOWN  {ADDRESS}: ") and "ticket 7" in line for line in summary(held, None))


def test_another_failure_of_the_same_check_fails_the_run(failed: Report, known: Known) -> None:
    check = overlap(failed)
    other = replace(check.failures[0], title="Refused with Something")
    held = held_against(replaced(failed, failing(check, *check.failures, other)), "b.toml", [known])
    assert held.exit_status == 1
    assert [each.known for each in overlap(held).failures] == ["ticket 7", ""]
    assert not overlap(held).known
    alone = held_against(replaced(failed, failing(check, other)), "b.toml", [known])
    assert alone.exit_status == 1
    assert alone.stale == ()
    elsewhere = replace(check.failures[0], contradicts="answer/never")
    assert held_against(replaced(failed, failing(check, elsewhere)), "b.toml", [known]).exit_status == 1


def test_an_entry_that_no_longer_fails_is_stale_and_fails_the_run(clean: Report, known: Known) -> None:
    held = held_against(clean, "b.toml", [known])
    assert clean.exit_status == 0
    assert held.exit_status == 1
    assert [each.standing for each in held.stale] == [Standing.STALE]
    assert held.verdict is clean.verdict
    assert "1 entry of the baseline no longer fails." in sentence(held)
    assert any(line.startswith(f"STALE  {ADDRESS}: ") and "ticket 7" in line for line in summary(held, None))


@pytest.mark.parametrize("verdict", [Verdict.SKIPPED, Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_an_entry_whose_check_was_not_judged_is_not_stale(clean: Report, known: Known, verdict: Verdict) -> None:
    held = held_against(replaced(clean, replace(overlap(clean), verdict=verdict)), "b.toml", [known])
    assert held.stale == ()
    without = replace(clean, checks=tuple(check for check in clean.checks if check.address != ADDRESS))
    assert held_against(without, "b.toml", [known]).exit_status == 0


def test_what_does_not_always_fail_is_never_stale(clean: Report, failed: Report, known: Known) -> None:
    flaky = replace(known, flaky=True)
    assert held_against(clean, "b.toml", [flaky]).exit_status == 0
    assert held_against(failed, "b.toml", [flaky]).exit_status == 0


def test_what_was_not_judged_is_still_3_and_an_interruption_130(failed: Report, known: Known) -> None:
    blocked = replaced(failed, replace(failed.checks[0], verdict=Verdict.INCONCLUSIVE))
    assert held_against(blocked, "b.toml", [known]).exit_status == 3
    assert held_against(replace(failed, interrupted=True), "b.toml", [known]).exit_status == 130
    nothing = replace(failed, checks=(replace(failed.checks[0], verdict=Verdict.SKIPPED),))
    assert held_against(nothing, "b.toml", []).exit_status == 3
    assert held_against(replace(failed, checks=(overlap(failed),)), "b.toml", [known]).exit_status == 0


def test_the_page_says_what_is_known_and_what_is_stale(failed: Report, clean: Report, known: Known) -> None:
    page = Page(to_html(held_against(failed, "b.toml", [known])))
    assert "Known. ticket 7" in page.text
    assert "No longer fails" not in page.text
    assert "Stale: no longer fails. route/overlap" in Page(to_html(held_against(clean, "b.toml", [known]))).text


def test_json_has_it_and_gives_it_back(failed: Report, known: Known) -> None:
    held = held_against(failed, "b.toml", [known])
    document = json.loads(json.dumps(to_json(held)))
    assert (document["verdict"], document["exit"]) == ("FAIL", 0)
    assert document["baseline"]["file"] == "b.toml"
    assert [each["standing"] for each in document["baseline"]["entries"]] == ["seen"]
    assert from_json(document) == held


def test_a_file_gives_back_what_was_written(failed: Report, known: Known) -> None:
    entries = (known, replace(known, contradicts="answer/never", flaky=True, reason='two\nlines, "quoted" \\'))
    text = to_toml(entries)
    assert [each.reason for each in parse(tomllib.loads(text))] == ["ticket 7", 'two\\x0alines, "quoted" \\']
    assert to_toml(parse(tomllib.loads(text))) == text
    assert parse(tomllib.loads(to_toml([]))) == ()
    assert held_against(failed, "b.toml", parse(tomllib.loads(text))).exit_status == 0


@given(ANYTHING, ANYTHING)
@example("::", "")
@example("##[x", "")
def test_whatever_an_endpoint_sent_can_be_written_down(title: str, reason: str) -> None:
    check = CheckResult(address="a/b", title="", strength="MUST", clauses=(), verdict=Verdict.FAIL, reason="")
    failure = replace(a_failure(1, "a/b"), title=title)
    text = to_toml([entry(check, failure, f"because {reason}")])
    assert text.replace("\n", "").isprintable()
    (read,) = parse(tomllib.loads(text))
    marked = held_against(replace_checks(failing(check, failure)), "b.toml", [read])
    assert marked.checks[0].known


def replace_checks(check: CheckResult) -> Report:
    return Report(
        format=1,
        tool=Tool(version="1"),
        target=ReportedTarget(None, "t"),
        spec="",
        seed=1,
        started="",
        seconds=0,
        requests=0,
        examples=0,
        reproduce="",
        interrupted=False,
        checks=(check,),
        clauses=(),
    )


def test_the_report_of_a_run_with_a_baseline_is_one(failed: Report, clean: Report, known: Known) -> None:
    other = replace(known, check="weight/value", reason="ticket 8")
    held = held_against(failed, "b.toml", [known, other])
    assert {each.reason for each in of_report(held)} == {"ticket 7"}  # the other is stale
    without = replace(failed, checks=(overlap(failed),))
    assert {each.reason for each in of_report(held_against(without, "b.toml", [known, other]))} == {
        "ticket 7",
        "ticket 8",
    }
    assert of_report(clean) == ()
    by_hand = replaced(clean, failing(overlap(clean), replace(a_failure(2, ADDRESS), known="by hand")))
    assert held_against(failed, "b.json", of_report(by_hand)).exit_status == 1
    assert [each.reason for each in of_report(by_hand)] == ["by hand"]
    assert [each.flaky for each in of_report(by_hand)] == [True]


def test_a_report_without_reasons_is_no_baseline(failed: Report) -> None:
    assert len(unknown(failed)) == 1
    with pytest.raises(ValueError, match=r"\A1 failure without a reason, the first route/overlap: A route that"):
        of_report(failed)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[[known]]\nfailure = "x"\nreason = "y"', "known[0].check: nothing, expected a value"),
        ('[[known]]\ncheck = "a/b"', "known[0].reason: nothing, expected a value"),
        (
            '[[known]]\ncheck = "a/b"\nreason = " "',
            "known[0].reason: ' ', expected why this failure is known, in words",
        ),
        ('[[known]]\ncheck = "a/b"\nreson = "x"', "known[0]: no such key 'reson'; did you mean reason?"),
        ('[[knows]]\ncheck = "a/b"', "report: no such key 'knows'; did you mean known?"),
        ('known = "x"', "known: 'x', expected a list"),
        ('[[known]]\ncheck = "a/b"\nreason = "x"\nflaky = 1', "known[0].flaky: 1, expected true or false"),
    ],
)
def test_a_malformed_file_is_one_clear_line(text: str, line: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]{1,200}\Z") as caught:
        parse(tomllib.loads(text))
    assert str(caught.value) == line
    tomllib.loads(text)
