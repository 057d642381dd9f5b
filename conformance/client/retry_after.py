"""For how long an endpoint asks to be left alone, as the headers of an answer say it.

Rules of this file
1. A header that cannot be read says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


def retry_after(headers: Message | Mapping[str, str], now: float) -> float | None:
    """Seconds from now on; None where nothing is said. `now` is the endpoint's time, in seconds since the epoch.

    Retry-After has seconds or a date (RFC 9110, 10.2.3), x-acs-retry-after milliseconds, as the vendor's SDKs read it.
    """
    milliseconds, text = headers.get("x-acs-retry-after", "").strip(), headers.get("Retry-After", "").strip()
    if not milliseconds and not text:
        return None
    if _NUMBER.fullmatch(milliseconds):
        return int(milliseconds) / 1000
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, OSError):
        return None
