"""How often a process looks for garbage."""

from __future__ import annotations

import gc
from pathlib import Path

from pbr_conformance.conformance.cli import main
from pbr_conformance.conformance.execute.collecting import leaving_out


def test_a_verb_leaves_its_callers_process_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold()
    assert main(["run", "--only", "format/region", "--examples", "1", "--report", str(tmp_path)]) == 0
    assert gc.get_threshold() == before


def test_what_is_left_out_of_collections_comes_back() -> None:
    with leaving_out() as leave_out:
        leave_out()
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
