"""The clients that are measured: what is installed for each, and how it is driven."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_LONGEST: Final = 600
"""Seconds for an installation."""


@dataclass(frozen=True, slots=True)
class MeasuredClient:
    """A client by the name that the page has for it."""

    name: str
    packages: tuple[str, ...]
    kind: str
    """How its driver calls it."""

    @property
    def is_python(self) -> bool:
        """Whether it is a client for Python, else for Node."""
        return not self.packages[0].startswith("@")

    def home(self, folder: Path) -> Path:
        """Where it is installed below a folder."""
        return folder / "+".join(self.packages).replace("/", "_")

    def install(self, folder: Path) -> str:
        """Install it below a folder, unless it is there; what went wrong, or nothing."""
        home = self.home(folder)
        if home.exists():
            return ""
        if self.is_python:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=_LONGEST)
            command = [str(home / "bin" / "pip"), "install", "-q", *self.packages]
        else:
            home.mkdir(parents=True)
            command = ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--silent", *self.packages]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_LONGEST, check=False)
        if done.returncode:
            shutil.rmtree(home)
            return (done.stderr.strip().splitlines() or ["it cannot be installed"])[-1][:200]
        return ""

    def started(self, home: Path, key: str, secret: str) -> subprocess.Popen[str]:
        """Its driver, under way. The keys are in its environment too, for who looks for them there."""
        python = [str(home / "bin" / "python"), "-W", "ignore", str(_HERE / "python_driver.py"), self.kind]
        command = python if self.is_python else ["node", str(_HERE / "node_driver.cjs"), self.kind]
        environment = {
            **os.environ,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }
        return subprocess.Popen(
            command,
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )


_TODAY: Final = (
    "alibabacloud-vpc20160428==7.2.2",
    "alibabacloud-tea-openapi==0.4.6",
    "alibabacloud-credentials==1.0.12",
)
_CORE: Final = "aliyun-python-sdk-core==2.16.1"
CLIENTS: Final = (
    MeasuredClient("Python SDK 7.2.2, V3", _TODAY, "v3"),
    MeasuredClient("Python SDK 7.2.2, V1", _TODAY, "v1"),
    MeasuredClient("Python SDK 7.2.2, asynchronous", _TODAY, "async"),
    MeasuredClient("Python SDK 7.2.2, credentials 1.0.12", _TODAY, "credentials"),
    MeasuredClient("Python SDK 4.1.1", ("alibabacloud-vpc20160428==4.1.1",), "v3"),
    MeasuredClient("Python SDK 1.0.0", ("alibabacloud-vpc20160428==1.0.0",), "rpc"),
    MeasuredClient("older Python SDK 3.0.48", ("aliyun-python-sdk-vpc==3.0.48", _CORE), "core"),
    MeasuredClient("older Python SDK 3.0.14", ("aliyun-python-sdk-vpc==3.0.14", _CORE), "core"),
    MeasuredClient("older Python SDK 3.0.5", ("aliyun-python-sdk-vpc==3.0.5", _CORE), "core"),
    MeasuredClient("npm vpc20160428 7.3.2", ("@alicloud/vpc20160428@7.3.2",), "vpc"),
    MeasuredClient("npm openapi-client 0.4.15, V3", ("@alicloud/openapi-client@0.4.15",), "openapi-v3"),
    MeasuredClient("npm openapi-client 0.4.15, V1", ("@alicloud/openapi-client@0.4.15",), "openapi-v1"),
    MeasuredClient("npm rpc-client 1.3.2", ("@alicloud/rpc-client@1.3.2",), "rpc-client"),
    MeasuredClient("npm pop-core 1.8.0", ("@alicloud/pop-core@1.8.0",), "pop-core"),
)
