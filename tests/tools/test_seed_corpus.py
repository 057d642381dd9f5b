"""Writing the seed corpus anew: what is there stays until there is another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.seed_corpus import __main__ as planning


class Interrupted:
    """A search that ends with Ctrl-C."""

    def __init__(self, *about: object) -> None:
        pass

    def portions(self) -> Iterator[None]:
        raise KeyboardInterrupt


def test_an_interrupted_search_leaves_the_seed_corpus_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "seed_corpus.json"
    kept.write_text("as it was", "utf-8")
    monkeypatch.setattr(planning, "PATH", kept)
    monkeypatch.setattr(planning, "Search", Interrupted)
    assert planning.main() == 130
    assert kept.read_text("utf-8") == "as it was"
    assert capsys.readouterr().err == "interrupted: seed_corpus.json is as it was\n"
