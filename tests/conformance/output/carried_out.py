"""The scripts of a report, carried out as whoever has the report would."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.output.reproductions import reproductions
from pbr_conformance.conformance.transcripts.transcript_format import failure_transcript
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Request
from tests.conformance.doubles import TARGET

CONFORMS, DEVIATES, UNCLEAR = 0, 1, 3
LONGEST: Final = 100

needs_shell = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("sh", "curl", "openssl")), reason="sh, curl and openssl are needed"
)
needs_sdk = pytest.mark.skipif(
    importlib.util.find_spec("alibabacloud_vpc20160428") is None, reason="alibabacloud_vpc20160428 is not installed"
)


def texts(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The name and the text of each form."""
    return {form: (Path(each.path).name, each.text) for form, each in reproductions(document).items()}


def carried_out(form: tuple[str, str], url: str, directory: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A script carried out at a URL, to its end."""
    name, text = form
    path = directory / name
    path.write_text(text, encoding="utf-8")
    program = ["sh"] if path.suffix == ".sh" else [sys.executable]
    program += ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if name.startswith("test_") else []
    keys = {name: "" for name in os.environ if name.startswith(("ALIBABA_CLOUD_", "PBR_"))}
    tools = {"PATH": f"{_tools(directory)}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": os.getcwd()}
    return subprocess.run(
        [*program, str(path)],
        env={**os.environ, **keys, **tools, "PBR_ENDPOINT": url, **environ},
        cwd=directory,
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )


def _tools(directory: Path) -> Path:
    """A directory with a command `aliyun` in it."""
    tools = directory / "tools"
    tools.mkdir(exist_ok=True)
    command = tools / "aliyun"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.conformance.aliyun_stand_in "$@"\n', "utf-8")
    command.chmod(0o755)
    return tools


def document_of(request: Request) -> Mapping[str, Any]:
    """A transcript of one creation that was accepted and should not have been."""
    deviation = Deviation(("format/missing",), "Accepted\n$(touch x)", "a rule\n`id`", ("any 4xx",), "HTTP 200\n'\"")
    terms = Judgement(DEFAULT_SPEC)
    return failure_transcript("format/missing", deviation, [], history=[request], target=TARGET, terms=terms) | {
        "exchanges": [
            {"action": CREATE, "caller": "owner", "parameters": dict(request.parameters), "note": "", "status": 200}
        ]
    }
