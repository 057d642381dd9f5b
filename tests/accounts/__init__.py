"""The accounts on which the suite's power is tested and measured: a user's account is always a stranger.

`reference` is the one that the simulator has; the others are target files in this folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import load, reference

_FOLDER: Final = Path(__file__).parent

TARGET_FILES: Final = {name: _FOLDER / f"{name}.toml" for name in ("one-single", "two-dual", "thirty", "few-scratch")}
ACCOUNTS: Final[dict[str, Target]] = {
    "reference": reference(),
    **{name: load(path) for name, path in TARGET_FILES.items()},
}
