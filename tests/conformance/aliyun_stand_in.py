"""What stands in for the command line `aliyun`, which cannot be had in every place where these tests run.

It reads the flags as that command does (`--Name Value`, `--Name=Value`; a flag that begins with a hyphen is no value),
signs (V1) and sends what it was told, and prints an answer, or an error in the form of the SDK for Go.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Final

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Credential

ALONE: Final = ("force", "insecure", "secure")
KEYS: Final = ("access_key_id", "access_key_secret", "security_token")
OWN: Final = ("version", "region", "endpoint", *ALONE)


def flags(words: Sequence[str]) -> dict[str, str]:
    """The flags and their values, as the command's parser has them."""
    found: dict[str, str] = {}
    open_flag: str | None = None
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            found[name] = value
            open_flag = None if equals or name in ALONE else name
        elif open_flag is None or word.startswith("-"):
            raise SystemExit(f"ERROR: unknown word {word!r}")
        else:
            found[open_flag], open_flag = word, None
    return found


def main(words: Sequence[str]) -> int:
    """Send one request; 1 where it is refused."""
    product, action, *rest = words
    given = flags(rest)
    assert (product, given["version"], "force" in given) == ("vpc", "2016-04-28", True)
    scheme = "http" if "insecure" in given else "https"
    keys = {name: os.environ.get(f"ALIBABA_CLOUD_{name.upper()}") or None for name in KEYS}
    credential = Credential.model_validate(keys, strict=False)
    endpoint = HttpEndpoint(f"{scheme}://{given['endpoint']}", {"owner": credential}, "v1")
    parameters = {"RegionId": given["region"], **{name: text for name, text in given.items() if name not in OWN}}
    answer = endpoint.send(Request(action, parameters))
    endpoint.close()
    if isinstance(answer, Answer) and answer.status == 200:
        sys.stdout.write(json.dumps(answer.members) + "\n")
        return 0
    if not isinstance(answer, Answer) or answer.members is None:
        sys.stderr.write("ERROR: SDK.ServerError\nno answer\n")
        return 1
    lines = [f"{line}: {answer.members[name]}" for line, name in LINES if name in answer.members]
    sys.stderr.write("\n".join(["ERROR: SDK.ServerError", *lines]) + "\n")
    return 1


LINES: Final = (("ErrorCode", "Code"), ("Recommend", "Recommend"), ("RequestId", "RequestId"), ("Message", "Message"))

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
