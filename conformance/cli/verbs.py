"""Every verb of the command line, with its options and what its `--help` adds.

Rules of this file
1. It is a table. A verb is carried out by `run` in the module of its name, which is imported when it is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .campaign_verb import CAMPAIGN_VERB
from .options import (
    AS_JSON,
    AS_PAGE,
    CLUSTER_OPTION,
    EVERY_FAILURE,
    JUDGED_BY_DIALECT,
    SPEC_OPTION,
    TARGET_OPTION,
    Option,
    Verb,
    positive,
    repeatable,
    switch,
    whole,
)
from .sending_verbs import (
    CHECK_VERB,
    CLEANUP_VERB,
    DISCOVER_VERB,
    EXHAUST_VERB,
    LEARN_VERB,
    REPLAY_VERB,
    RUN_VERB,
    SERVE_VERB,
    VECTORS_VERB,
)

_LIST: Final = Verb(
    "list every check, or every documented clause, or what a mock has to answer",
    (
        switch("--clauses", "the documented rows, and the checks that stand for each"),
        switch("--combinations", "pairs of what a request to the reference account can have and break"),
        switch("--operations", "for people who write a mock: what is sent, and what is read of each answer"),
        AS_JSON,
    ),
    """examples:
  pbr-conformance list
  pbr-conformance list --operations
  pbr-conformance list --clauses
  pbr-conformance list --combinations
  pbr-conformance list --json""",
)

_EXPLAIN: Final = Verb(
    "say what one request breaks, and which outcomes are allowed",
    (
        Option("parameters", nargs="*", metavar="Name=value", help="parameters of the creation"),
        TARGET_OPTION,
        repeatable("--without", "Name", "leave a parameter out"),
        Option("--by", default="owner", metavar="CALLER", help="owner, sub_user or unauthorized"),
        repeatable("--after", "'Name=value ...'", "a route that exists before; repeatable"),
        AS_JSON,
        SPEC_OPTION,
    ),
    """Parameters that are not given have ordinary values; Name= sends one empty, --without leaves one out.

examples:
  pbr-conformance explain Weight=50 Priority=500 Description=http://example.com
  pbr-conformance explain --after 'RouteSource=192.168.0.0/16' RouteSource=192.168.1.0/24
  pbr-conformance explain --target account.toml VpnGatewayId=vpn-dual DryRun=true --by sub_user""",
)

_REJUDGE: Final = Verb(
    "judge the transcripts of runs again under other terms, sending nothing",
    (
        Option(
            "files",
            type=Path,
            nargs="+",
            metavar="TRANSCRIPT",
            help="what run --keep-transcript has written, or its directory",
        ),
        Option("--spec", metavar="DATE", help="version of the documentation (default: that of the run)"),
        JUDGED_BY_DIALECT,
        switch("--json", "print all verdicts as JSON"),
    ),
    """examples:
  pbr-conformance rejudge build/report/transcript.jsonl.gz --spec 2026-09-21
  pbr-conformance rejudge transcript.jsonl.gz --dialect mock.toml
What it judges is kept by pbr-conformance run --keep-transcript.

exit status, by the new verdicts:
  0  every check that was judged is PASS or OBSERVED   2  no such transcript, or wrong usage
  1  at least one FAIL                                 3  no FAIL, but something could not be judged""",
)

_MUTANTS: Final = Verb(
    "show which mutants the suite kills, and with how many requests",
    (
        repeatable("--only", "NAME", "names or addresses; * and ? allowed"),
        Option("--workers", type=whole, default=1, metavar="N", help="processes (1)"),
        CLUSTER_OPTION,
        switch("--generated", "also those that the mutation operators generate: thousands, so name some with --only"),
        switch("--score", "the mutation score on generated mutants that planning does not see, by operator"),
        Option("--sample", type=positive, default=200, metavar="N", help="with --score: how many are drawn (200)"),
        Option("--budget", default="300", metavar="N", help="with --score: requests for each (300)"),
        Option("--seed", type=whole, default=1, metavar="N", help="with --score: which are drawn (1)"),
        TARGET_OPTION,
        AS_JSON,
    ),
    """examples:
  pbr-conformance mutants
  pbr-conformance mutants --only 'overlap-*' --only route/quota --workers 2
  pbr-conformance mutants --generated --only 'refuse-length: a source of length 1? is refused'
  pbr-conformance mutants --score --sample 50 --budget 100 --target account.toml

exit status: 0 every one is caught by the check of its address, or the score was printed; 1 some is not caught,
3 some could not be tried""",
)

_REPORT: Final = Verb(
    "render a report.json again",
    (
        Option("file", type=Path, metavar="report.json", help="the report to render, or its directory"),
        EVERY_FAILURE,
        switch("--json", "print it as JSON, and write nothing"),
    ),
    """examples:
  pbr-conformance report build/report/report.json
  pbr-conformance report build/report --all""",
)

_BASELINE: Final = Verb(
    "write down the failures of a report as known, with the reason",
    (
        Option("file", type=Path, metavar="report.json", help="the report of a run, or its directory"),
        Option("--reason", metavar="TEXT", help="why the failures that are not in FILE yet are known"),
        repeatable("--only", "ADDRESS", "failures of these checks; * and ? allowed"),
        Option(
            "--output", type=Path, default=Path("baseline.toml"), metavar="FILE", help="the baseline (baseline.toml)"
        ),
    ),
    """What is in FILE already keeps its reason; what was looked at and no longer fails is taken out.

examples:
  pbr-conformance baseline build/report --reason "JIRA-7: overlap is checked from version 2.4 on"
  pbr-conformance baseline build/report --only route/overlap --reason "JIRA-7" --output known.toml
  pbr-conformance run account.toml --baseline baseline.toml""",
)

_COMPARE: Final = Verb(
    "say what changed between runs, or how endpoints differ",
    (
        Option("files", nargs="+", type=Path, metavar="report.json", help="two or more reports, or their directories"),
        AS_PAGE,
        switch("--all", "print every line of each part"),
        switch("--json", "print it as JSON, and nothing else, on standard output"),
    ),
    """The first report is what the others are held against. A directory stands for the report.json in it.

examples:
  pbr-conformance compare yesterday/report.json build/report/report.json
  pbr-conformance compare build/report --html compare.html mock-a mock-b mock-c
  pbr-conformance compare may.toml november.toml            two dialects, of which `learn` wrote each

exit status:
  0  nothing is worse than in the first report
  1  something is: a failure that the first has not, or a check that it judged ended INCONCLUSIVE or ERROR;
     of dialects: they contradict each other
  2  wrong usage, or a file that is no report""",
)

_SPEC: Final = Verb(
    "show versions of the documentation, what changed, and where a document departs from them",
    epilog="""examples:
  pbr-conformance spec list
  pbr-conformance spec show 2024-06-24
  pbr-conformance spec diff 2024-06-24 2026-02-11
  pbr-conformance spec drift page.html --html drift.html
  pbr-conformance spec drift sdk:alibabacloud_vpc20160428 --spec 2026-09-21""",
    parts={
        "list": Verb("the versions of the documentation that are encoded here", (AS_JSON,)),
        "show": Verb("every row of one version", (AS_JSON, Option("version", metavar="V", help="as 2024-06-24"))),
        "diff": Verb(
            "what came, went or changed from one version to another, and what follows",
            (AS_JSON, Option("old", metavar="OLD"), Option("new", metavar="NEW")),
        ),
        "drift": Verb(
            "where a saved document or an SDK departs from what is encoded here",
            (AS_JSON, Option("source", metavar="SOURCE"), AS_PAGE, SPEC_OPTION),
            """SOURCE is the operation's page, saved as text, HTML or Markdown; API metadata as JSON, in either
published form; an SDK in Python, TypeScript, Go, Java or PHP: a folder, an archive (.whl, .tgz, .tar.gz, .jar) or
the file of a model; or sdk:NAME, a Python SDK that is installed. Nothing is fetched, and nothing of an SDK is run.

exit status:
  0  no drift
  1  drift
  2  wrong usage, or a source that cannot be read
  3  no drift in what could be read: what such a source should have was not found or not read, and is named""",
        ),
    },
)

VERBS: Final[Mapping[str, Verb]] = {
    "run": RUN_VERB,
    "check": CHECK_VERB,
    "cleanup": CLEANUP_VERB,
    "discover": DISCOVER_VERB,
    "serve": SERVE_VERB,
    "list": _LIST,
    "explain": _EXPLAIN,
    "exhaust": EXHAUST_VERB,
    "campaign": CAMPAIGN_VERB,
    "vectors": VECTORS_VERB,
    "replay": REPLAY_VERB,
    "rejudge": _REJUDGE,
    "learn": LEARN_VERB,
    "mutants": _MUTANTS,
    "report": _REPORT,
    "baseline": _BASELINE,
    "compare": _COMPARE,
    "spec": _SPEC,
}
