"""Units: each result counts once it is kept; what does not fit, or cannot be kept, is one line and no result."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.execute.campaign import Campaign, CampaignEnded, WorkUnit
from pbr_conformance.conformance.execute.executor import executor_of
from pbr_conformance.conformance.execute.unit_files import DamagedUnits, LocalFolder, UnitFiles, folder_at

UNITS: Final = 400


def doubled(number: int) -> bytes:
    return b"%d" % (2 * number)


def by_chance(number: int) -> bytes:
    return os.urandom(8)


def who(number: int) -> bytes:
    return b"%d" % os.getpid()


def results(campaign: Campaign, work: object = doubled, units: int = UNITS) -> dict[str, bytes]:
    waiting = [WorkUnit(f"unit-{number}", work, (number,)) for number in range(units)]  # type: ignore[arg-type]
    return {unit.name: result for unit, result in campaign.results(lambda: waiting.pop() if waiting else None)}


@pytest.mark.parametrize("workers", [1, 2])
def test_each_unit_has_its_result_wherever_it_is_done(workers: int, tmp_path: Path) -> None:
    files = UnitFiles(LocalFolder(tmp_path / "units"), b"campaign")
    files.begin()
    with executor_of(workers) as executor:
        found = results(Campaign(executor, files))
    assert found == {f"unit-{number}": doubled(number) for number in range(UNITS)}
    assert UnitFiles(LocalFolder(tmp_path / "units"), b"campaign").kept() == found
    with pytest.raises(DamagedUnits, match="of another campaign"):
        UnitFiles(LocalFolder(tmp_path / "units"), b"another").kept()
    files.remove()
    assert not (tmp_path / "units").exists()


@pytest.mark.parametrize("work", [by_chance, who])
def test_a_unit_that_two_workers_do_not_do_alike_is_an_alarm(work: object, tmp_path: Path) -> None:
    files = UnitFiles(LocalFolder(tmp_path), b"campaign")
    with executor_of(2) as executor, pytest.raises(CampaignEnded, match="two workers found different results") as ended:
        results(Campaign(executor, files), work)
    assert ended.value.status == 3
    assert not {name for name in files.kept() if WorkUnit(name, doubled).is_done_twice}, "none of them counts"


def test_a_repeat_with_other_bytes_is_an_alarm(tmp_path: Path) -> None:
    files = UnitFiles(LocalFolder(tmp_path), b"campaign")
    with executor_of(1) as executor:
        results(Campaign(executor, files), units=3)
        again = UnitFiles(LocalFolder(tmp_path), b"campaign")
        before = again.kept()
        results(Campaign(executor, again), units=3)
        with pytest.raises(CampaignEnded, match="was done twice, with two results"):
            results(Campaign(executor, again), by_chance, units=3)
    assert again.kept() == before


def test_a_full_disk_ends_it_in_a_line_and_keeps_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, write = UnitFiles(LocalFolder(tmp_path), b"campaign"), Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if len(list(tmp_path.glob("*.unit"))) == 5:
            write(path, content[:20])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with executor_of(1) as executor, pytest.raises(CampaignEnded) as ended:
        results(Campaign(executor, files))
    assert str(ended.value) == f"what was done cannot be written to {tmp_path}: No space left on device"
    assert len(files.kept()) == 5
    assert len(list(tmp_path.iterdir())) == 5, "whole or not at all"


def test_units_can_be_anywhere_that_fsspec_reaches() -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed: pip install -e '.[cluster]'")
    files = UnitFiles(folder_at("memory://units"), b"campaign")
    files.begin()
    with executor_of(1) as executor:
        found = results(Campaign(executor, files), units=7)
    assert UnitFiles(folder_at("memory://units"), b"campaign").kept() == found
    files.remove()
    assert folder_at("memory://units").names() == []
    with pytest.raises(ValueError, match="nowhere://"):
        folder_at("nowhere://x")
