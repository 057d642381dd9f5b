"""Who may use what is meant for people at this machine: the control interface, and a page. Pure.

Rules of this file
1. A browser says where a request comes from. What another site makes it send is refused, also where that site's name
   was made to lead here (DNS rebinding): Host has to name this machine, or what `serve --allow-host` names.
2. Programs say nothing of the kind, and are let in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

LOOPBACK: Final = re.compile(r"localhost|::1|127(\.[0-9]{1,3}){3}")
_HOST: Final = re.compile(r"\[([0-9a-fA-F:.]+)\](?::[0-9]+)?|([^:\[\]]+)(?::[0-9]+)?")
_FROM_HERE: Final = ("same-origin", "none")  # none: the user typed the address


def refused(headers: Mapping[str, str], address: str, allowed: Collection[str] = ()) -> str | None:
    """Why a request may come from another site; None where it can't. Names of headers are in lower case.

    `address` is where the connection arrived; `allowed` are further names of this machine, in lower case.
    """
    host = headers.get("host", "")
    found = _HOST.fullmatch(host)
    name = (found[1] or found[2]).lower() if found else ""
    if not LOOPBACK.fullmatch(name) and name != address and name not in allowed:
        return "Host names another machine"
    if headers.get("sec-fetch-site", "none") not in _FROM_HERE:
        return "the request comes from another site"
    here = f"http://{host}".lower()
    if headers.get("origin", here).lower() not in (here, f"https://{host}".lower()):  # a proxy may speak TLS for us
        return "the request comes from another origin"
    return None
