"""report.html: well-formed, self-contained, complete, and safe to open."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote

import pytest

from pbr_conformance.reports.data.results import Report, ReportedInteraction, Verdict
from pbr_conformance.reports.views.html import to_html
from tests.reports.conftest import HOSTILE, with_scripts
from tests.reports.views.test_columns import joined

SAMPLES = ("clean", "one_failure", "thirty_failures", "hostile")
VOID: Final = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """The tags of a page: an AssertionError where they are not balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.inline: dict[str, str] = {}
        self.data: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"] and self.tags[-1][1].get("type"):
            self.data.append(data)
        elif self.open and self.open[-1] in ("style", "script"):
            self.inline[self.open[-1]] = data
        else:
            self.said.append(data)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(" ".join(self.said).split())

    @property
    def ids(self) -> list[str]:
        """Every id, in order."""
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]

    def attribute(self, name: str) -> list[str]:
        """Every value of an attribute, in order."""
        return [str(attributes[name]) for _, attributes in self.tags if name in attributes]


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Report:
    """Each sample in turn."""
    report: Report = request.getfixturevalue(request.param)
    return with_scripts(report, HOSTILE + "v" * 1_000_000) if request.param == "hostile" else with_scripts(report)


def test_it_is_well_formed_and_every_id_is_unique(sample: Report) -> None:
    page = Page(to_html(sample))
    assert len(page.ids) == len(set(page.ids))
    assert page.tags[0][0] == "html"
    for landmark in ("header", "nav", "main", "section", "footer", "caption"):
        assert landmark in {tag for tag, _ in page.tags}
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")


def test_every_check_and_clause_has_its_anchor(sample: Report) -> None:
    page = Page(to_html(sample))
    assert {check.address for check in sample.checks} <= set(page.ids)
    assert {clause.id for clause in sample.clauses} <= set(page.ids)


def test_a_clause_named_like_a_check_keeps_its_own_anchor(clean: Report) -> None:
    clause = replace(clean.clauses[0], id=clean.checks[0].address)
    page = Page(to_html(replace(clean, clauses=(clause,))))
    assert page.ids.count(clause.id) == page.ids.count(f"clause:{clause.id}") == 1


def test_it_loads_nothing_and_its_links_lead_somewhere(sample: Report) -> None:
    page = Page(to_html(sample))
    assert page.attribute("src") == []
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "embed", "base"} == set()
    for target in page.attribute("href"):
        if target.startswith("#"):
            assert unquote(target[1:]) in page.ids
        else:
            assert re.fullmatch(r"transcripts/[\w.-]+\.json|reproductions/[\w-]+/\w+\.(sh|py)", target)
    assert not re.search(r"url\(|@import", page.inline["style"])


def test_the_policy_allows_the_inlined_blocks_alone(sample: Report) -> None:
    page = Page(to_html(sample))
    policy = next(a["content"] or "" for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.inline[tag].encode()).digest()).decode()
        assert allowed[f"{tag}-src"] == f"'sha256-{digest}'"
    kinds = [attributes.get("type") for tag, attributes in page.tags if tag == "script"]
    assert [kind for kind in kinds if kind != "text/plain"] == [None]  # what has that type is data, and never run
    assert all(re.fullmatch(r"[A-Za-z0-9+/]+=*", data) for data in page.data)
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]


def test_what_an_endpoint_sent_is_shown_and_does_nothing(hostile: Report) -> None:
    html = to_html(hostile)
    page = Page(html)
    assert "<script>alert(1)</script>" in page.text
    assert "alert" not in page.inline["script"]
    for shown in (r"\x00", r"\x1b[31mred", r"\x9b2J", r"\u202eevil", r"\u2066", r"\u200b", r"\ufeff", r"\ud800"):
        assert shown in page.text
    assert [char for char in html if not char.isprintable() and char != "\n" and char != "\t"] == []
    assert "{{ 7*7 }}" in page.text
    assert "javascript:alert(1)" in page.text
    html.encode()


def test_a_megabyte_is_cut(hostile: Report) -> None:
    html = to_html(hostile)
    assert len(html) < 200_000
    assert "more characters)" in html


def test_a_failure_is_told_in_full(one_failure: Report) -> None:
    (failure,) = next(check.failures for check in one_failure.checks if check.failures)
    html = to_html(one_failure)
    text = Page(html).text
    for part in (failure.title, failure.rule, failure.observed, *failure.expected, "as sub_user", "HTTP 200"):
        assert part in text
    for exchange in failure.sequence:
        for part in (exchange.action, exchange.note, exchange.brief, *exchange.parameters, *exchange.broken):
            assert " ".join(part.split()) in text
    assert f'href="{failure.transcript}"' in html
    assert '"CreateTime": 1500000000000.0' in text  # as it was sent, not as Python would write it
    assert "Flaky. " not in text


def test_failures_come_before_the_tables_and_many_are_folded(thirty_failures: Report) -> None:
    page = Page(to_html(thirty_failures))
    assert page.ids.index("failures") < page.ids.index("clauses") < page.ids.index("checks")
    folds = [a for tag, a in page.tags if tag == "details" and str(a.get("id", "")).startswith("failure:")]
    assert len(folds) == 30
    assert sum("open" in attributes for attributes in folds) == 3
    assert "Flaky. " in page.text


def test_failures_of_one_cause_stand_together_the_most_frequent_first(one_failure: Report) -> None:
    (check,) = (check for check in one_failure.checks if check.failures)
    causes = ("once", "twice", "", "twice")
    failures = tuple(replace(check.failures[0], cause=cause, title=f"T{at}") for at, cause in enumerate(causes))
    page = Page(to_html(replace(one_failure, checks=(replace(check, failures=failures),))))
    section = page.text[page.text.index("Failures 4") :]
    assert [name for name in re.findall(r"(?:once|twice|T2) \(\d", section)[:3]] == ["twice (2", "once (1", "T2 (1"]
    assert [id for id in page.ids if id.startswith("failure:")] == [
        f"failure:{check.address}{number}" for number in (":2", ":4", "", ":3")
    ]


def test_a_failure_of_an_older_report_does_not_say_what_it_contradicts(one_failure: Report) -> None:
    (check,) = (check for check in one_failure.checks if check.failures)
    older = replace(check, failures=(replace(check.failures[0], contradicts="", rule="", cause="", picture=None),))
    text = Page(to_html(replace(one_failure, checks=(older,)))).text
    assert "Found by route/overlap" in text
    assert "Contradicts" not in text


def test_what_matters_is_told_from_the_rest_and_what_is_absent_is_said(one_failure: Report) -> None:
    assert (
        "RouteSource 192.168.0.0/16 RouteDest 10.0.0.0/24 Priority 10 DryRun absent RegionId"
        in Page(to_html(one_failure)).text
    )


def test_blanks_at_the_ends_of_a_value_are_seen(one_failure: Report) -> None:
    (check,) = (check for check in one_failure.checks if check.failures)
    failure = check.failures[0]
    sequence = tuple(replace(each, parameters={**each.parameters, "Priority": " 10"}) for each in failure.sequence)
    shown = replace(check, failures=(replace(failure, sequence=sequence),))
    assert "Priority ' 10' DryRun" in Page(to_html(replace(one_failure, checks=(shown,)))).text


def test_a_picture_says_in_words_what_it_shows(one_failure: Report) -> None:
    page = Page(to_html(one_failure))
    for words in ("Held by 1: 192.168.1.0/24 to 10.0.0.0/16", "Asked for by 3:", "Shared with 1: packets"):
        assert page.text.count(words) == 3  # described, pointed at, and in the legend


def test_what_was_not_exercised_says_why_and_what_it_takes(clean: Report) -> None:
    page = Page(to_html(clean))
    assert "the target declares no credentials.unauthorized Needed: in the target file" in page.text


def test_a_stance_is_said_for_each_may_also_for_one_that_was_never_met(clean: Report) -> None:
    checks = (replace(check, broken=0) if check.address == "format/region" else check for check in clean.checks)
    text = Page(to_html(replace(clean, checks=tuple(checks)))).text
    assert "cidr/loose accepts and refuses InvalidCidrBlock.Malformed \u00d7 12" in text
    assert "format/region never met" in text
    assert "next-hop/elsewhere never met" not in text


def test_the_traffic_is_told_in_figures_and_its_rows_are_packed(clean: Report) -> None:
    page = Page(to_html(clean))
    for words in (
        "30 1 without an answer",
        "1.2 ms 4.4 ms for 90 %, 40.5 ms for 99 %",
        "1 TaskConflict",
        "71 more were sent",
    ):
        assert words in page.text
    (packed,) = (json.loads(gzip.decompress(base64.b64decode(data))) for data in page.data)
    rows = [Page(f"<table>{row}</table>").text for row in joined(packed)]
    assert len(rows) == 30
    assert "400 TaskConflict" in rows[5]
    assert "attempt 2" in rows[6]
    assert "as sub_user" in rows[7]
    assert "none timeout" in rows[9]


def test_without_traffic_nothing_is_said_of_it(clean: Report) -> None:
    assert "traffic" not in Page(to_html(replace(clean, traffic=None))).ids


def test_many_rows_are_packed_as_they_would_be_written(clean: Report) -> None:
    checks = tuple(replace(clean.checks[at % 50], address=f"chapter-{at // 150}/{at}") for at in range(450))
    page = Page(to_html(replace(clean, checks=checks, clauses=(), traffic=None)))
    assert [id for id in page.ids if id.startswith("chapter-")] == [check.address for check in checks[:100]]
    (packed,) = (json.loads(gzip.decompress(base64.b64decode(data))) for data in page.data)
    assert [(number, count) for number, _, count in packed["groups"]] == [(0, 50), (1, 150), (2, 150)]
    assert "129 PASS" in packed["groups"][0][1]  # the head counts the whole group, not what is packed of it
    written = [Page(f"<table>{row}</table>") for row in joined(packed)]
    assert [page.ids for page in written] == [[check.address] for check in checks[100:]]


def test_a_clean_run_has_no_failures_and_says_so(clean: Report) -> None:
    page = Page(to_html(clean))
    assert "failures" not in page.ids
    assert "No contradiction" in page.text
    assert "49 of 51 documented clauses" in page.text
    assert "not met: a clock cannot be judged" in page.text


def test_an_empty_report_is_a_page_too(clean: Report) -> None:
    page = Page(
        to_html(replace(clean, checks=(), clauses=(), target=replace(clean.target, url=None), interrupted=True))
    )
    assert "Nothing was judged" in page.text
    assert "The run was interrupted" in page.text


def test_an_answer_that_never_came(one_failure: Report) -> None:
    check = next(check for check in one_failure.checks if check.verdict is Verdict.FAIL)
    failure = replace(
        check.failures[0],
        sequence=(
            ReportedInteraction(action="Create", caller="owner", parameters={}, status=None, answer="", at_fault=True),
        ),
    )
    page = Page(to_html(replace(one_failure, checks=(replace(check, failures=(failure,)),))))
    assert "no answer" in page.text
    assert failure.expected[0] in page.text  # no outcome is given for the request: the failure's own words stand


def test_the_same_report_is_the_same_page(one_failure: Report) -> None:
    assert to_html(one_failure) == to_html(replace(one_failure))
