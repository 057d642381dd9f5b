"""The verb `campaign`, with its kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .options import (
    CHECKPOINTS_OPTION,
    CLUSTER_OPTION,
    ENDPOINT_OPTIONS,
    SPEC_OPTION,
    TARGET_OPTION,
    Option,
    Verb,
    positive,
    repeatable,
    switch,
    whole,
)

_CAMPAIGN_OPTIONS: Final = (
    Option("--workers", type=positive, default=1, metavar="N", help="processes (1)"),
    CLUSTER_OPTION,
    CHECKPOINTS_OPTION,
    switch("--resume", "continue where the campaign in --report stopped"),
    Option("--report", type=Path, default=Path("build/campaign"), metavar="DIR", help="where the report is written"),
    switch("--json", "print report.json, and nothing else, on standard output"),
)

CAMPAIGN_VERB: Final = Verb(
    "much work of one kind, in pieces that are kept, with one report",
    epilog="""example:
  pbr-conformance campaign false-alarms --dialects 100 --steps 500 --workers 2""",
    parts={
        "false-alarms": Verb(
            "play random histories on simulators that keep to the documentation, each in its own way",
            (
                TARGET_OPTION,
                Option("--dialects", type=positive, default=1000, metavar="N", help="simulators (1000)"),
                Option("--steps", type=positive, default=1000, metavar="M", help="requests for each (1000)"),
                Option("--seed", type=whole, default=0, metavar="N", help="which dialects and histories (0)"),
                *_CAMPAIGN_OPTIONS,
                SPEC_OPTION,
            ),
            """Nobody may be accused: a FAIL is a defect of the suite. The report is that of a run.

example:
  pbr-conformance campaign false-alarms --dialects 100 --steps 500 --workers 2

exit status: 0 nobody is accused; 1 somebody is; 2 wrong usage; 3 it is not done, or something could not be judged;
130 interrupted (--resume continues)""",
        ),
        "learn": Verb(
            "find out what many endpoints decided for themselves",
            (
                Option("targets", nargs="*", type=Path, metavar="TARGET.toml", help="accounts, each with its endpoint"),
                TARGET_OPTION,
                Option(
                    "--dialects",
                    type=positive,
                    metavar="N",
                    help="simulators with random dialects (100 where no account is named, else none)",
                ),
                Option("--seed", type=whole, default=0, metavar="N", help="which dialects (0)"),
                *_CAMPAIGN_OPTIONS,
                SPEC_OPTION,
                *ENDPOINT_OPTIONS,
            ),
            """The dialect of each is written to `dialects` in --report. The report is that of a run, in which endpoints
are counted: how many decided what, and which of two conditions they answer. `report` and `compare` read it.

examples:
  pbr-conformance campaign learn --dialects 20 --workers 2
  pbr-conformance campaign learn first.toml second.toml

exit status: 0 all is learned; 2 wrong usage; 3 something is not; 130 interrupted (--resume continues)""",
        ),
        "mutants": Verb(
            "find out which mutants a run with a budget kills, on many accounts",
            (
                Option("targets", nargs="*", type=Path, metavar="TARGET.toml", help="accounts (the reference account)"),
                repeatable("--only", "NAME", "names or addresses; * and ? allowed"),
                switch("--generated", "also those that the mutation operators generate: thousands"),
                Option("--sample", type=positive, metavar="N", help="draw so many of them (all)"),
                Option("--budget", type=positive, default=300, metavar="N", help="requests for each (300)"),
                Option("--seed", type=whole, default=0, metavar="N", help="which are drawn (0)"),
                *_CAMPAIGN_OPTIONS,
            ),
            """Each mutant is tried in process on each account. The report is that of a run: each check has its mutants,
and how many of them were killed; those that survive are named.

examples:
  pbr-conformance campaign mutants --workers 2
  pbr-conformance campaign mutants first.toml second.toml --generated --sample 500 --cluster tcp://10.0.0.1:8786

exit status: 0 all are tried; 2 wrong usage; 3 it is not done; 130 interrupted (--resume continues)""",
        ),
    },
)
