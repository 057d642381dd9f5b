"""A session with endpoints that are slow, forgetful, lossy or gone: what it makes of them, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.checks import CHECKS
from conformance.directed import directed
from conformance.endpoints import Received
from conformance.examine import Effort, examine
from conformance.journal import NO_JOURNAL, Journal
from conformance.line import Unjudged
from reports.results import Verdict
from simulator.dialect import DEFAULT
from simulator.documentation import DEFAULT_SPEC, TRANSIENTS
from simulator.messages import CREATE, DELETE, GATEWAY, LIST, Answer, NoAnswer, Request
from simulator.target_file import parse_target
from strategies.requests import create, delete, fillers, lanes, look, ordinary, together, wait
from tests.conformance.endpoints import (
    CLOSED,
    GONE,
    LANE,
    PAGE,
    REFERENCE,
    ROUTE,
    SILENT,
    TARGET,
    TERMS,
    UNAVAILABLE,
    Meddle,
    Send,
    Unreliable,
    always,
    creation,
    each,
    examined,
    first,
    honest,
    refused,
    session_on,
)
