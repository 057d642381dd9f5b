"""Options as data: what a verb takes, and the options that several verbs have in the same words.

Rules of this file
1. Nothing slow is imported here: `--version` and every `--help` need it.
2. A value is only parsed here. What it names is looked up in arguments.py.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple


def keep_hypothesis_out() -> None:
    """Have Hypothesis write to the user's cache, and not to ./.hypothesis; unless its variable says where."""
    from platformdirs import user_cache_dir

    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", user_cache_dir("pbr-conformance"))


class UsageError(Exception):
    """What is wrong with the command line or with a file that it names: one line for each problem."""

    status = 2
    """The exit status."""


class NotNow(UsageError):
    """Why nothing was done, although nothing is wrong with the command."""

    status = 3


class Option:
    """One argument of a verb, as `argparse.ArgumentParser.add_argument` takes it."""

    def __init__(self, *names: str, **settings: Any) -> None:
        self.names: Final = names
        self.settings: Final = settings

    def words(self, arguments: argparse.Namespace) -> list[str]:
        """The words of a command line that give this option the value that it has; none for the value it has anyway."""
        flag = self.names[0]
        value = getattr(arguments, flag.removeprefix("--").replace("-", "_"))
        if value in (None, self.settings.get("default"), False):
            return []
        if value is True:
            return [flag]
        values = value if isinstance(value, list) else [value]
        return [word for each in values for word in ((flag, str(each)) if flag.startswith("--") else (str(each),))]


class Verb(NamedTuple):
    """What a verb is for, what it takes, and what its `--help` adds. Its module has `run`, which carries it out."""

    purpose: str
    options: tuple[Option, ...] = ()
    epilog: str = ""
    parts: Mapping[str, Verb] = {}
    """Verbs after the verb, as in `spec list`."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add all of it to a parser."""
        parser.description = f"{self.purpose[0].upper()}{self.purpose[1:]}."
        parser.epilog, parser.formatter_class = self.epilog, argparse.RawDescriptionHelpFormatter
        for option in self.options:
            parser.add_argument(*option.names, **option.settings)
        if self.parts:
            add_verbs(parser, self.parts, "what")


def add_verbs(parser: argparse.ArgumentParser, verbs: Mapping[str, Verb], name: str) -> None:
    """Add verbs to a parser, one of which has to be given; `name` is that of the argument."""
    parsers = parser.add_subparsers(dest=name, metavar=name.upper(), required=True, parser_class=type(parser))
    for word, verb in verbs.items():
        verb.configure(parsers.add_parser(word, help=verb.purpose))


def switch(name: str, purpose: str) -> Option:
    """An option without a value."""
    return Option(name, action="store_true", help=purpose)


def repeatable(name: str, metavar: str, purpose: str) -> Option:
    """An option that may be given several times."""
    return Option(name, action="append", default=[], metavar=metavar, help=purpose)


def nearest(word: str, known: Collection[str]) -> str:
    """A hint at the nearest known word, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def whole(text: str) -> int:
    """A whole number. Raises argparse.ArgumentTypeError."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:60]!r}: expected a whole number") from None


def positive(text: str) -> int:
    """A whole number from 1. Raises argparse.ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def seconds_or_none(text: str) -> float:
    """A number of seconds, also 0."""
    return 0.0 if text.strip("0") in ("", ".") and text else seconds(text)


def seconds(text: str) -> float:
    """A time above 0. Raises argparse.ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def duration(text: str) -> float:
    """A time above 0 in seconds (60, 60s) or minutes (2m). Raises argparse.ArgumentTypeError."""
    return 60 * seconds(text[:-1]) if text.endswith("m") else seconds(text.removesuffix("s"))


def file_name(text: str) -> Path:
    """The path of a file. Raises argparse.ArgumentTypeError: Path takes no name at all for this directory."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; expected the name of a file")
    return Path(text)


_ACCOUNT: Final = {
    "type": Path,
    "metavar": "TARGET.toml",
    "help": "the account, or - for standard input (default: the reference account)",
}
TARGET_ARGUMENT: Final = Option("target", nargs="?", **_ACCOUNT)
TARGET_OPTION: Final = Option("--target", **_ACCOUNT)
URL_OPTION: Final = Option("--url", help="an endpoint over HTTP, instead of the target's own")
LIVE_OPTION: Final = switch("--live", "allow a target that says it bills")
TRUST_OPTION: Final = switch("--trust-target", "go on where the account is not what the target declares")
TIMEOUT_OPTION: Final = Option(
    "--timeout", type=seconds, default=10.0, metavar="S", help="seconds for one request (10)"
)
ENDPOINT_OPTIONS: Final = (TIMEOUT_OPTION, LIVE_OPTION, TRUST_OPTION)
SPEC_OPTION: Final = Option(
    "--spec", metavar="DATE", help="version of the documentation to judge by (default: 2026-02-11)"
)
MUTANT_OPTION: Final = Option("--mutant", metavar="NAME", help="judge a mutant: a simulator that is wrong in one thing")
JUDGED_BY_DIALECT: Final = Option(
    "--dialect",
    type=Path,
    metavar="FILE",
    help="what it is known to have decided: a departure is a FAIL (see learn)",
)
STRICT_MESSAGES: Final = switch("--strict-messages", "another wording of a message is a FAIL")
EVERY_FAILURE: Final = switch("--all", "print every failure in full, grouped by cause")
AS_JSON: Final = switch("--json", "as JSON")
AS_PAGE: Final = Option("--html", type=Path, metavar="FILE", help="write it as a page, one file that opens offline")
CLUSTER_OPTION: Final = Option(
    "--cluster", metavar="tcp://HOST:PORT|local", help="work on a dask cluster (needs the extra `cluster`)"
)
CHECKPOINTS_OPTION: Final = Option(
    "--checkpoints",
    metavar="DIR|URL",
    help="where each piece of work is kept until all is done (default: units in --report)",
)
