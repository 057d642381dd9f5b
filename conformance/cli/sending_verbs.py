"""The verbs that send requests, and the one that answers them, with their options and what `--help` adds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .options import (
    AS_JSON,
    CHECKPOINTS_OPTION,
    CLUSTER_OPTION,
    ENDPOINT_OPTIONS,
    EVERY_FAILURE,
    JUDGED_BY_DIALECT,
    LIVE_OPTION,
    MUTANT_OPTION,
    SPEC_OPTION,
    STRICT_MESSAGES,
    TARGET_ARGUMENT,
    TIMEOUT_OPTION,
    URL_OPTION,
    Option,
    Verb,
    duration,
    file_name,
    positive,
    repeatable,
    seconds_or_none,
    switch,
    whole,
)

_WAIT_LOCK: Final = Option(
    "--wait-lock",
    type=seconds_or_none,
    default=0.0,
    metavar="S",
    help="wait up to S seconds for another run on the same gateways (0)",
)
_DEPTH: Final = Option("--depth", type=positive, default=2, metavar="D", help="operations of the longest history (2)")

RUN_VERB: Final = Verb(
    "judge an endpoint, and write a report",
    (
        TARGET_ARGUMENT,
        URL_OPTION,
        repeatable("--only", "ADDRESS", "checks to run; * and ? allowed"),
        Option(
            "--examples",
            type=positive,
            metavar="N",
            help="random histories a check (100 in process, 30 over HTTP), or, at a slow pace, a partition (5)",
        ),
        Option(
            "--strength",
            type=whole,
            choices=(2, 3),
            help="conditions combined with one another: pairs (2, the default) or triples; at a slow pace none are",
        ),
        Option(
            "--pace",
            choices=("usual", "slow"),
            help="slow: each directed history once, for all checks, few random ones, and 40 minutes if no budget is "
            "given (the default where live = true)",
        ),
        Option(
            "--budget",
            metavar="N|30s|10m",
            help="requests (60; up to 30 more where something failed), or a time (30s, 10m)",
        ),
        switch("--plan", "print what it would send and how long that would take, and stop: nothing is created"),
        Option("--seed", type=whole, metavar="N", help="the same seed sends the same requests (default: drawn)"),
        Option("--workers", type=positive, default=1, metavar="N", help="processes (1)"),
        Option("--report", type=Path, default=Path("build/report"), metavar="DIR", help="where it is written"),
        switch("--resume", "go on where the run with this --report ended that was interrupted or lost its endpoint"),
        *ENDPOINT_OPTIONS,
        _WAIT_LOCK,
        Option("--wait", type=duration, metavar="60s|2m", help="wait so long at most until the endpoint answers"),
        Option(
            "--patience",
            type=duration,
            default=120.0,
            metavar="30s|2m",
            help="wait so long at most for an endpoint that no longer answers (2m)",
        ),
        Option(
            "--baseline",
            type=Path,
            metavar="FILE",
            help="known failures, with their reasons (see pbr-conformance baseline): only others fail the run",
        ),
        STRICT_MESSAGES,
        switch(
            "--keep-transcript",
            "keep all that is sent and what comes in transcript.jsonl.gz beside the report (see rejudge)",
        ),
        switch("--json", "print report.json, and nothing else, on standard output"),
        Option("--quiet", "-q", action="store_true", help="print the verdict alone, in one line"),
        EVERY_FAILURE,
        switch("--github", "print annotations for GitHub, and add to the job summary ($GITHUB_STEP_SUMMARY)"),
        SPEC_OPTION,
        JUDGED_BY_DIALECT,
        MUTANT_OPTION,
    ),
    """examples:
  pbr-conformance run                               the embedded simulator, every check
  pbr-conformance run account.toml --only 'route/*' your endpoint, one chapter
  pbr-conformance run --url http://127.0.0.1:8642   an endpoint that has the reference account

exit status:
  0  every check that ran is PASS or OBSERVED     2  wrong usage or target file
  1  at least one FAIL                            3  no FAIL, but something could not be judged
  130  interrupted (the report is written, and what was created is deleted)
With --baseline a FAIL for known failures alone does not count, and an entry that no longer fails counts as 1.""",
)

CLEANUP_VERB: Final = Verb(
    "delete the routes that killed runs left behind",
    (
        TARGET_ARGUMENT,
        URL_OPTION,
        switch("--list", "only list it"),
        _WAIT_LOCK,
        TIMEOUT_OPTION,
        LIVE_OPTION,
        AS_JSON,
    ),
    """What a run creates is written down in the user's state directory, whatever its --report, until it is gone. Only
what is provably ours is deleted: a route with the values and the creation time that the endpoint answered, or one
whose creation is answered again by its token. The rest is left, and listed with the reason.

examples:
  pbr-conformance cleanup account.toml --list
  pbr-conformance cleanup account.toml --live

exit status: 0 nothing is left, or --list; 2 wrong usage, target file or journal; 3 something is left, or a run is
at work""",
)

CHECK_VERB: Final = Verb(
    "say what a run would find out first: connection, clock, keys, rights, and the target file against the account",
    (TARGET_ARGUMENT, URL_OPTION, TIMEOUT_OPTION, AS_JSON),
    """Nothing is created: rights are asked for by a dry run, and by deleting a route that does not exist.

examples:
  pbr-conformance check account.toml
  pbr-conformance check --url http://127.0.0.1:8642

exit status: 0 all is in order; 2 wrong usage, or the target file differs from the account; 3 something else is not
in order""",
)

DISCOVER_VERB: Final = Verb(
    "read an account, and write it as a target file",
    (
        Option("--url", help="the endpoint"),
        Option("--region", metavar="REGION", help="the region; without --url, the vendor's endpoint there"),
        Option("--output", type=file_name, metavar="FILE", help="write it there (default: standard output)"),
        TIMEOUT_OPTION,
    ),
    """Nothing is created or changed, and `scratch` is false for each gateway: set it to true where new routes harm
nobody. Each key has a comment that says which operation shows it; what none shows is left out, which means unknown.
Requests are signed if ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are set, with
ALIBABA_CLOUD_SECURITY_TOKEN for temporary keys.

examples:
  pbr-conformance discover --region cn-hangzhou --output account.toml
  pbr-conformance discover --url http://127.0.0.1:8642 | pbr-conformance check -

exit status: 0 it is written; 2 wrong usage; 3 the endpoint does not describe gateways""",
)

USUAL_PORT: Final = 8642
SERVE_VERB: Final = Verb(
    "serve an account over HTTP",
    (
        TARGET_ARGUMENT,
        Option(
            "--host",
            default="127.0.0.1",
            help="address to bind; where others reach it, signatures are verified (127.0.0.1)",
        ),
        Option("--port", type=whole, default=USUAL_PORT, metavar="N", help="port to bind, 0 for any (8642)"),
        Option(
            "--async-ms",
            type=whole,
            metavar="N",
            help="how long a gateway stays updating (0, or what the dialect has)",
        ),
        repeatable(
            "--fault",
            "KIND=RATE",
            "let a share of the requests meet a fault, as busy=0.1; repeatable (see docs/serve.md)",
        ),
        Option("--fault-seed", type=whole, metavar="N", help="which requests meet a fault (0)"),
        Option("--slow-ms", type=whole, metavar="N", help="how late an answer is that the fault slow meets (50)"),
        Option("--state", type=file_name, metavar="FILE", help="keep routes and tokens in a file"),
        switch("--control", "turn on /_control/, for tests (see docs/serve.md)"),
        repeatable("--allow-host", "NAME", "show the page, and with --control /_control/, under this name too"),
        switch("--verify-signatures", "refuse what no caller of the account has signed"),
        switch("--openapi", "print an OpenAPI 3.1 document of what is answered, and serve nothing"),
        SPEC_OPTION,
        Option(
            "--dialect",
            type=Path,
            metavar="FILE",
            help="answer as the endpoint does that it was learned from (see learn)",
        ),
        MUTANT_OPTION,
    ),
    """example:
  pbr-conformance serve --port 0 --async-ms 300

The first line on standard output is the URL, once it accepts connections. Where signatures are verified and no
caller of the account has keys, the next lines are keys for its owner, made for this time. GET /_health and HEAD /
answer 200. Ctrl-C ends it.""",
)

EXHAUST_VERB: Final = Verb(
    "try every history of a few operations over a small universe",
    (
        TARGET_ARGUMENT,
        URL_OPTION,
        _DEPTH,
        repeatable("--only", "SCOPE", "scopes to try; * and ? allowed"),
        Option("--budget", metavar="N|Ns", help="requests (60) or seconds (30s), after which it stops"),
        switch("--resume", "continue where the certificate in --report stopped"),
        switch("--first", "stop at the first contradiction"),
        switch("--every-history", "send every history, also where another leads to the same state"),
        Option("--workers", type=positive, default=1, metavar="N", help="processes, where there is no URL (1)"),
        CLUSTER_OPTION,
        CHECKPOINTS_OPTION,
        Option(
            "--report",
            type=Path,
            default=Path("build/exhaust"),
            metavar="DIR",
            help="where the certificate is written",
        ),
        *ENDPOINT_OPTIONS,
        STRICT_MESSAGES,
        switch("--json", "print the certificate, and nothing else, on standard output"),
        SPEC_OPTION,
        JUDGED_BY_DIALECT,
        MUTANT_OPTION,
    ),
    """Every history of at most D operations: creations, dry runs, retries with the same token and deletions, on
each kind of gateway that the target has; after each operation every list is read back. Of the histories that lead to
one state one is continued, and states that differ in the names of next hops or tokens alone count as one.

examples:
  pbr-conformance exhaust                                      the embedded simulator, at most 2 operations
  pbr-conformance exhaust --depth 3 --workers 2
  pbr-conformance exhaust --url http://127.0.0.1:8642 --depth 1 --budget 60s
  pbr-conformance exhaust --url http://127.0.0.1:8642 --depth 1 --budget 60s --resume

exit status:
  0  everything was tried, and nothing contradicts the documentation
  1  something does                     2  wrong usage, target file or certificate
  3  nothing does as far as was tried: the budget was used up, or something could not be judged
  130  interrupted (the certificate is written, and what was created is deleted)""",
)

VECTORS_VERB: Final = Verb(
    "write what is expected as test vectors, or run those of a file",
    (
        TARGET_ARGUMENT,
        _DEPTH,
        Option(
            "--output", type=file_name, default=Path("vectors.json"), metavar="FILE", help="the file (vectors.json)"
        ),
        switch("--no-score", "write the file without its mutation score, which takes most of the time"),
        Option("--workers", type=positive, default=1, metavar="N", help="processes for the mutation score (1)"),
        Option(
            "--check",
            nargs="?",
            const="",
            metavar="URL",
            help="run the vectors at this URL; without one at the target's own, or in process",
        ),
        Option("--file", type=file_name, metavar="FILE", help="the vectors that --check runs (default: all of them)"),
        TIMEOUT_OPTION,
        LIVE_OPTION,
        _WAIT_LOCK,
        switch("--json", "print the vectors, or the verdicts of --check, on standard output"),
        SPEC_OPTION,
        MUTANT_OPTION,
    ),
    """A vector is one expectation: the requests that lead to a state, a request, the outcomes that are allowed and
why, and what the lists show after it. docs/vectors.md says how to run them in any language.

examples:
  pbr-conformance vectors --workers 2                       write vectors.json for the reference account
  pbr-conformance vectors account.toml --depth 1 --output account.vectors.json
  pbr-conformance vectors --check http://127.0.0.1:8642 --file vectors.json
  pbr-conformance vectors account.toml --check --file account.vectors.json

exit status of --check:
  0  every vector passed            2  wrong usage, target file or vectors
  1  at least one failed, twice     3  none failed, but some could not be judged, or something may be left
  130  interrupted (what was created is deleted)""",
)

REPLAY_VERB: Final = Verb(
    "send a recorded transcript again, and judge it again",
    (
        Option("file", type=Path, metavar="TRANSCRIPT.json", help="a transcript of a run, or the report's directory"),
        Option("--target", type=Path, metavar="TARGET.toml", help="the account, with the credentials that sign"),
        Option("--url", help="another endpoint with the same account (default: where it was found)"),
        *ENDPOINT_OPTIONS,
        MUTANT_OPTION,
    ),
    """examples:
  pbr-conformance replay build/report/transcripts/route-overlap.json
  pbr-conformance replay build/report                       every failure of the report
  pbr-conformance replay transcript.json --url http://127.0.0.1:8642

exit status: 0 nothing deviates, 1 something does, 2 no such transcript, 3 it could not be judged""",
)

LEARN_VERB: Final = Verb(
    "find out what an endpoint decided for itself, or which stored dialect it speaks",
    (
        TARGET_ARGUMENT,
        URL_OPTION,
        Option("--budget", type=positive, metavar="N", help="send at most N requests"),
        Option(
            "--output",
            type=Path,
            default=Path("build/dialect.toml"),
            metavar="FILE",
            help="the dialect (build/dialect.toml)",
        ),
        Option("--html", type=Path, metavar="FILE", help="the page (default: next to the dialect)"),
        switch("--resume", "go on where an interrupted run with this output ended"),
        Option("--match", type=Path, metavar="DIR", help="say which of the dialects in DIR is spoken, and stop"),
        *ENDPOINT_OPTIONS,
        switch("--json", "print what was learned as JSON, and nothing else"),
        SPEC_OPTION,
    ),
    """examples:
  pbr-conformance learn                                    the embedded simulator
  pbr-conformance learn --url http://127.0.0.1:8642 --output mock.toml
  pbr-conformance learn account.toml --budget 300 --output mine.toml; then the rest: the same with --resume
  pbr-conformance learn --url http://127.0.0.1:8642 --match dialects/

exit status:
  0  all of it was learned, or one dialect (or several that nobody could tell apart) is spoken
  1  --match: none of the dialects is spoken      2  wrong usage or target file
  3  something was not learned: the budget was used up, or the endpoint did not let it
  130  interrupted (what was learned is written, what was created is deleted; --resume goes on)""",
)
