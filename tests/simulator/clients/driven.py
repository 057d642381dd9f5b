"""The official clients, each in a process of its own, and what they have in common for a test.

Rules of this file
1. A client is used as it comes: it makes, signs and sends the request, and reads the answer.
2. A process keeps what a client imports, and warns of, out of the tests. It is asked one call a line.
3. A client that is not installed is skipped, with what would install it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from select import select
from typing import Any, Final, NamedTuple

from pydantic import SecretStr

from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.model.target_file import reference

ROOT: Final = Path(__file__).parents[3]
NODE: Final = ROOT / "tests" / "node"
LONGEST: Final = 60
"""Seconds for a call, in which the first one of a process also imports the client."""

KEY: Final = Credential(access_key_id="LTAIowner", access_key_secret=SecretStr("owner's-secret&+/="))
TARGET: Final = reference().model_copy(update={"credentials": {"owner": KEY}})
"""The reference account, with one caller who signs."""
TOKEN: Final = "CAIS token/of+temporary=keys"
TEMPORARY: Final = TARGET.model_copy(
    update={"credentials": {"owner": KEY.model_copy(update={"security_token": SecretStr(TOKEN)})}}
)
"""The same, but the keys are temporary."""


class Raised(NamedTuple):
    """What a client raised: its exception's name and attributes."""

    type: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None


class XmlRefusal(Enum):
    """What a client makes of a refusal in XML, if it is made to ask for one."""

    READ = "raised like any other"
    TAKEN_FOR_JSON = "raised as JSON that cannot be read"
    RETURNED = "returned as text"


class Kind(NamedTuple):
    """One client, and what it makes of a refusal."""

    name: str
    command: tuple[str, ...]
    missing: Callable[[], str | None]
    """Why it cannot be run here; None where it can."""
    refused: str
    """The exception of a 4xx."""
    failed: str
    """The exception of a 5xx."""
    message: str
    """What its exceptions say, made of status, code, message and request_id."""
    xml_refusal: XmlRefusal
    knows_wrong_secret: bool = False
    """Whether it finds out by itself that the secret is wrong, from the string that the server signed."""

    def raised(self, status: int, code: str, message: str, request_id: str) -> Raised:
        """What it raises for a refusal."""
        said = self.message.format(status=status, code=code, message=message, request_id=request_id)
        return Raised(self.refused if status < 500 else self.failed, status, code, said, request_id)


class Client:
    """A client that runs."""

    def __init__(self, kind: Kind, process: subprocess.Popen[bytes]) -> None:
        self.kind = kind
        self._process = process

    def call(self, url: str, action: str, parameters: Mapping[str, object], **differently: str) -> Any:
        """What it returns for one call, or what it Raised. `differently` takes key, secret, token and how."""
        assert KEY.access_key_id
        assert KEY.access_key_secret
        asked = {
            "endpoint": url.removeprefix("http://"),
            "key": KEY.access_key_id,
            "secret": KEY.access_key_secret.get_secret_value(),
            "action": action,
            "parameters": dict(parameters),
            "how": "model",
            **differently,
        }
        told = self._ask(json.dumps(asked))
        return Raised(**told["raised"]) if "raised" in told else told["returned"]

    def _ask(self, line: str) -> dict[str, Any]:
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        readable, _, _ = select([process.stdout], [], [], LONGEST)
        answer = process.stdout.readline() if readable else b""
        if not answer:
            raise AssertionError(f"{self.kind.name} did not answer {line}")
        told = json.loads(answer)
        assert isinstance(told, dict)
        return told


@contextmanager
def running(kind: Kind) -> Iterator[Client]:
    """A client, for as long as the context lasts."""
    process = subprocess.Popen(kind.command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:  # at its end the input is closed, which ends the process
        yield Client(kind, process)


def _python(module: str) -> Callable[[], str | None]:
    return lambda: None if find_spec(module) else f"{module} is not installed: pip install -e '.[dev]'"


def _node() -> str | None:
    if shutil.which("node") is None:
        return "Node is not installed"
    if not (NODE / "node_modules" / "@alicloud" / "vpc20160428").is_dir():
        return "@alicloud/vpc20160428 is not installed: npm install --prefix tests/node"
    return None


def _module(name: str, *words: str) -> tuple[str, ...]:
    return sys.executable, "-W", "ignore", "-m", f"tests.simulator.clients.{name}", *words


_OPENAPI: Final = ("ClientException", "ServerException", "code: {status}, {message} request id: {request_id}")
_INSTALLED: Final = _python("alibabacloud_vpc20160428")

PYTHON_V3: Final = Kind(
    "python-v3", _module("drive_openapi", "ACS3-HMAC-SHA256"), _INSTALLED, *_OPENAPI, XmlRefusal.READ
)
PYTHON_V1: Final = Kind("python-v1", _module("drive_openapi", "v2"), _INSTALLED, *_OPENAPI, XmlRefusal.TAKEN_FOR_JSON)
CORE_V1: Final = Kind(
    "python-core-v1",
    _module("drive_core"),
    _python("aliyunsdkvpc"),
    "ServerException",
    "ServerException",
    "{message}",
    XmlRefusal.RETURNED,
    knows_wrong_secret=True,
)
NODE_V3: Final = Kind(
    "node-v3",
    ("node", str(NODE / "client.cjs")),
    _node,
    "ClientError",
    "ServerError",
    "{code}: code: {status}, {message} request id: {request_id}",
    XmlRefusal.READ,
)
KINDS: Final = (PYTHON_V3, PYTHON_V1, CORE_V1, NODE_V3)
