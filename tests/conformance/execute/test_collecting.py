"""How often a process looks for garbage."""

from __future__ import annotations

import gc
from pathlib import Path

from pbr_conformance.conformance.cli import main


def test_a_verb_leaves_its_callers_process_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold()
    assert main(["run", "--only", "format/region", "--examples", "1", "--report", str(tmp_path)]) == 0
    assert gc.get_threshold() == before
