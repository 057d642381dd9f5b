"""Sizes are AST statements and lines, by room, of one checkout or of two."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools.house.trees import product
from tools.house.__main__ import main
from tools.house.size import Size, moves_since, size_table, sizes

THREE = '"""A docstring."""\n\nif True:\n    x = 1\n'


def test_a_room_is_a_folder_of_a_folder_or_a_loose_module(tmp_path: Path) -> None:
    files = {"conformance/judge/answer.py": THREE, "conformance/checks.py": THREE, "strategies/forms.py": THREE}
    found = sizes(product(tmp_path, files))
    assert found["conformance/judge"] == Size(files=2, statements=3, lines=4)
    assert found["conformance"] == Size(files=2, statements=3, lines=4)
    assert found["strategies"] == Size(files=2, statements=3, lines=4)


def test_a_file_that_moved_counts_before_in_the_room_where_it_is_now(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    old = product(before, {"conformance/running/answer.py": THREE * 9, "conformance/running/gone.py": "x = 1\n"})
    _commit(before)
    subprocess.run(["git", "clone", "-q", str(before), str(now)], check=True)
    (now / "conformance/judge").mkdir()
    (now / "conformance/running/answer.py").rename(now / "conformance/judge/answer.py")
    (now / "conformance/running/gone.py").unlink()
    _commit(now)
    found = sizes(old, moves_since(before, now))
    assert found["conformance/judge"] == Size(files=1, statements=27, lines=36)
    assert found["(no file now)"].statements == 1


def _commit(checkout: Path) -> None:
    settings = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], [*settings, "commit", "-q", "-m", "Move"]):
        subprocess.run(["git", "-C", str(checkout), *command], check=True)


def test_two_checkouts_without_git_are_compared_by_folder(tmp_path: Path) -> None:
    assert moves_since(tmp_path, tmp_path) is None


def test_the_table_ends_with_the_share_that_went() -> None:
    before, now = {"reports": Size(2, 100, 200)}, {"reports": Size(1, 80, 150)}
    *_, total, change = size_table(now, before)
    assert total.split() == ["all", "2", "100", "200", "1", "80", "150"]
    assert change == "statements: -20.0%"


def test_the_command_prints_counts_and_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    product(tmp_path, {"simulator/a.py": "class State: pass", "reports/b.py": "class State: pass"})
    (tmp_path / "pyproject.toml").write_text("[tool.importlinter]\ncontracts = []\n", encoding="utf-8")
    main([str(tmp_path)])
    printed = capsys.readouterr().out
    assert "     1 names with two meanings\n         State: simulator.a, reports.b\n" in printed
    assert "     0 cycles\n" in printed
