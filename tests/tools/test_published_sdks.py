"""Published packages held against the documentation, with a stand-in for npm that has two of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pbr_conformance.simulator.documentation.create import SPECS
from tests.conformance.specs.drift.said import said
from tests.conformance.specs.drift.source_writers import npm
from tools.published_sdks import main

NPM = """#!/bin/sh
cp "{folder}/${{3##*@}}/package-1.0.0.tgz" . 2>/dev/null
"""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    newest = said(SPECS[-1])
    for version, document in (("1.0.0", newest), ("2.0.0", newest.without("parameter/DryRun"))):
        (tmp_path / version).mkdir()
        npm(document, tmp_path / version)
    (tmp_path / "3.0.0").mkdir()
    (tmp_path / "3.0.0/package-1.0.0.tgz").write_bytes(b"no archive")
    stand_in = tmp_path / "bin/npm"
    stand_in.parent.mkdir()
    stand_in.write_text(NPM.format(folder=tmp_path))
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_each_package_has_a_line_and_each_finding_one(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--npm", "1.0.0", "2.0.0", "9.9.9"]) == 0
    first, second, missing, finding = capsys.readouterr().out.splitlines()
    assert first.startswith(f"@alicloud/vpc20160428 1.0.0: {SPECS[-1]}, ")
    assert json.loads(first.partition(", ")[2])["findings"] == 0
    assert json.loads(second.partition(", ")[2])["findings"] == 1
    assert missing.startswith("@alicloud/vpc20160428 9.9.9: there is no such package")
    assert "parameter gone parameter/DryRun: boolean, optional -> nothing" in finding


def test_a_package_that_cannot_be_read_is_exit_status_1(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--npm", "3.0.0"]) == 1
    assert "it is no tar archive in gzip" in capsys.readouterr().out
