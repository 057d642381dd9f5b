"""The last clean-up of a session that ends otherwise than it should."""

from __future__ import annotations

from contextlib import suppress

from .session import Session


def clean_up_best_effort(session: Session | None) -> None:
    """Delete what is left, as far as the endpoint lets us; what stays is in the journal."""
    if session is not None and not session.is_clean:
        with suppress(Exception):  # why it ended is known already
            session.clean_up()
