"""What is said on standard error: in lines of a terminal's width, whole elsewhere."""

from __future__ import annotations

import sys

import pytest

from pbr_conformance.conformance.cli.terminal import say

PATH = f"/somewhere/{'deep/' * 20}account.toml"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_line_breaks_between_words_on_a_terminal_alone_and_a_path_stays_whole(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    text = f'pbr-conformance: {PATH}: gateways[6].status: is "active"; found "updating", by what the endpoint answers'
    say(text)
    lines = capsys.readouterr().err.splitlines()
    assert " ".join(line.strip() for line in lines) == text
    assert any(f"{PATH}:" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if PATH not in line)
    assert (len(lines) > 1) == is_terminal
