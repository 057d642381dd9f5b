"""The vendor's chain of places where keys may be, `provider = "default"`, through the vendor's own library.

Rules of this file
1. The order is the vendor's. The place that had keys is asked again, and no other: a run does not change who it is.
2. The environment is read when a place is asked. The library reads it once, when it is imported, so it is told.
3. Temporary keys are fetched anew halfway to their end, or 15 minutes before it, each time by a new provider: one
   that is kept asks again at every call in those last 15 minutes, so for every request where keys live for less.
4. Nothing that the library says is repeated: it quotes what it was answered, secrets included.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, Final
from warnings import catch_warnings, simplefilter

from pbr_conformance.simulator.wire.signatures import AccessKey

from .keys import CredentialsError, home, state_of

_LIBRARY: Final = "alibabacloud_credentials"
_LOGGER: Final = "credentials"
_INSTALL: Final = "the environment has no keys, and the vendor's library is missing; expected pip install '{}'"
_EXTRA: Final = "pbr-conformance[live]"
_MARGIN: Final = 900.0
"""Seconds before they expire at which keys are fetched anew; half of their life, where that is shorter."""
_ASKED_AGAIN: Final = 300.0
"""Seconds after which a place is asked again that does not say when its keys expire."""
_RETRIED: Final = 5.0
"""Seconds after which a place is asked again that had no keys this time."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """A place where keys may be: `ask` gives the library's credentials, or raises whatever the library does."""

    name: str
    ask: Callable[[], Any]


class ProviderChain:
    """The keys of the first place that has some."""

    def __init__(self, role: str, environ: Mapping[str, str]) -> None:
        self._source = f"credentials.{role}.provider"
        self._environ = environ
        self._places: list[KeyPlace] = []
        self._due = 0.0

    def is_due(self) -> bool:
        """Whether the keys are about to expire, or may have changed."""
        return time.time() >= self._due

    def fetch(self) -> AccessKey:
        """The keys as they are now. Raises CredentialsError."""
        self._due = time.time() + _RETRIED
        key = _of_environment(self._environ)
        if key is not None:
            self._due = inf
            return key
        if find_spec(_LIBRARY) is None:
            raise CredentialsError(self._source, (_INSTALL.format(_EXTRA),))
        places = self._places or list(_places(self._environ))
        for place in places:
            try:
                with _unlogged():
                    found = place.ask()
            except Exception:  # the library raises what requests, json and time do, too
                continue
            self._places = [place]
            self._due = _due(found.get_expiration())
            return AccessKey(found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or "")
        names = ", ".join(["environment", *(place.name for place in places)])
        raise CredentialsError(self._source, (f"no keys were found; asked were: {names}",))


@contextmanager
def _unlogged() -> Iterator[None]:
    """Have the library say nothing: its logger prints tracebacks and what it was answered.

    Nor is it warned of, which would be an error where warnings are errors: it uses what Python gives up.
    """
    logger = logging.getLogger(_LOGGER)
    was, logger.disabled = logger.disabled, True
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    finally:
        logger.disabled = was


def _of_environment(environ: Mapping[str, str]) -> AccessKey | None:
    id, secret = environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID"), environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    return AccessKey(id, secret, environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", "")) if id and secret else None


def _due(expiration: int | None) -> float:
    now = time.time()
    if expiration is None:
        return now + _ASKED_AGAIN
    return expiration - min(_MARGIN, max(expiration - now, 0) / 2)


def _places(environ: Mapping[str, str]) -> Iterator[KeyPlace]:
    """The places that there are, in the vendor's order, after the environment's own keys."""
    from alibabacloud_credentials import provider as library

    given = {name.removeprefix("ALIBABA_CLOUD_"): value for name, value in environ.items() if value}
    if {"OIDC_TOKEN_FILE", "ROLE_ARN", "OIDC_PROVIDER_ARN"} <= given.keys():
        yield KeyPlace("OIDC", lambda: library.OIDCRoleArnCredentialsProvider(**_oidc(given)).get_credentials())
    if not _is_on("CLI_PROFILE_DISABLED", given):
        path = home(environ) / ".aliyun" / "config.json"
        name = given.get("PROFILE")
        yield KeyPlace(
            str(path),
            _of_file(path, lambda: library.CLIProfileCredentialsProvider(profile_name=name, profile_file=str(path))),
        )
    yield _ini(library, home(environ), given)
    if not _is_on("ECS_METADATA_DISABLED", given):
        told = {"role_name": given.get("ECS_METADATA"), "disable_imds_v1": _is_on("IMDSV1_DISABLED", given)}
        yield KeyPlace(
            "RAM role of the ECS instance",
            lambda: library.EcsRamRoleCredentialsProvider(**told, async_update_enabled=False).get_credentials(),
        )
    if "CREDENTIALS_URI" in given:
        uri = given["CREDENTIALS_URI"]
        yield KeyPlace(
            "ALIBABA_CLOUD_CREDENTIALS_URI", lambda: library.URLCredentialsProvider(uri=uri).get_credentials()
        )


def _ini(library: Any, folder: Path, given: Mapping[str, str]) -> KeyPlace:
    path = Path(given.get("CREDENTIALS_FILE") or folder / ".alibabacloud" / "credentials.ini")
    name = given.get("PROFILE", "default")
    return KeyPlace(
        str(path),
        _of_file(path, lambda: library.ProfileCredentialsProvider(profile_name=name, profile_file=str(path))),
    )


def _oidc(given: Mapping[str, str]) -> dict[str, object]:
    return {
        "role_arn": given["ROLE_ARN"],
        "oidc_provider_arn": given["OIDC_PROVIDER_ARN"],
        "oidc_token_file_path": given["OIDC_TOKEN_FILE"],
        "role_session_name": given.get("ROLE_SESSION_NAME"),
        "sts_region_id": given.get("STS_REGION"),
        "enable_vpc": _is_on("VPC_ENDPOINT_ENABLED", given),
    }


def _is_on(name: str, given: Mapping[str, str]) -> bool:
    return given.get(name, "").lower() == "true"


def _of_file(path: Path, provider: Callable[[], Any]) -> Callable[[], Any]:
    """Ask a provider that reads a file: the same one as long as the file does, as it may keep keys that it fetched."""
    kept: dict[object, Any] = {}

    def ask() -> Any:
        state = state_of(path)
        if state is None:
            raise FileNotFoundError(path)
        if state not in kept:
            kept.clear()
            kept[state] = provider()
        return kept[state].get_credentials()

    return ask
