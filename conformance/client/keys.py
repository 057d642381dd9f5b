"""The keys that requests are signed with: those of a target, a profile's, or those that a chain of providers gives.

Rules of this file
1. What can't be used is found out before anything is sent, in one line that names the caller and shows no secret.
2. Keys are read again when they are due: a profile when its file has changed, temporary keys before they expire.
3. Where that fails in a run, the keys that there are stay: the endpoint says whether they are still good.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Final, NoReturn, Protocol

from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.model.unusable import Unusable
from pbr_conformance.simulator.wire.signatures import AccessKey, key_of

PROFILE_MODES: Final[Mapping[str, tuple[str, ...]]] = {
    "AK": ("access_key_id", "access_key_secret"),
    "StsToken": ("access_key_id", "access_key_secret", "sts_token"),
}
"""The kinds of profile that are read, and what each has to have."""


class CredentialsError(Unusable):
    """Credentials that a target names, and that are not there or can't be used."""


class KeySource(Protocol):
    """Where keys come from."""

    def fetch(self) -> AccessKey:
        """The keys as they are now. Raises CredentialsError."""

    def is_due(self) -> bool:
        """Whether they may have changed since they were fetched, or are about to expire."""


class CallerKeys:
    """The keys of one caller, read again whenever they are due. Any number of threads may ask."""

    def __init__(self, source: KeySource) -> None:
        """Raises CredentialsError."""
        self._source = source
        self._key = source.fetch()
        self._lock = Lock()

    def current(self) -> AccessKey:
        """The keys to sign with now."""
        if self._source.is_due():
            with self._lock:
                if self._source.is_due():
                    self._fetch()
        return self._key

    def _fetch(self) -> None:
        try:
            self._key = self._source.fetch()
        except CredentialsError:
            return


class _Declared:
    """Keys that a target has itself."""

    def __init__(self, key: AccessKey) -> None:
        self._key = key

    def fetch(self) -> AccessKey:
        return self._key

    def is_due(self) -> bool:
        return False


class _Profile:
    """A profile of the vendor's command line tool."""

    def __init__(self, role: str, name: str, path: Path) -> None:
        self._role, self._name, self._path = role, name, path
        self._seen = state_of(path)

    def is_due(self) -> bool:
        return state_of(self._path) not in (self._seen, None)

    def fetch(self) -> AccessKey:
        seen = state_of(self._path)
        profiles = {str(each.get("name")): each for each in self._profiles() if isinstance(each, dict)}
        if self._name not in profiles:
            self._refuse(f"has no profile {self._name!r}; expected {_any_of(profiles)}")
        profile = profiles[self._name]
        mode = str(profile.get("mode"))
        if mode not in PROFILE_MODES:
            self._refuse(f"profile {self._name!r} has mode {mode!r}; supported are {' and '.join(PROFILE_MODES)}")
        values = [str(profile.get(name) or "") for name in PROFILE_MODES[mode]]
        for name, value in zip(PROFILE_MODES[mode], values, strict=True):
            if not re.fullmatch("[!-~]+", value):
                self._refuse(f"profile {self._name!r} has no usable {name}; expected printable ASCII without blanks")
        self._seen = seen
        return AccessKey(*values)

    def _profiles(self) -> list[object]:
        try:
            document = json.loads(self._path.read_bytes())
        except OSError as error:
            self._refuse(f"cannot be read ({error.strerror}); expected the profiles of the aliyun command line tool")
        except (ValueError, RecursionError):
            document = None
        profiles = document.get("profiles") if isinstance(document, dict) else None
        if not isinstance(profiles, list):
            self._refuse("is no such file; expected the profiles of the aliyun command line tool, in JSON")
        return list(profiles)

    def _refuse(self, problem: str) -> NoReturn:
        raise CredentialsError(f"credentials.{self._role}.profile: {self._path}", (problem,)) from None


def keys_of_callers(
    credentials: Mapping[str, Credential], environ: Mapping[str, str] = os.environ
) -> dict[str, CallerKeys]:
    """The keys of each caller that has some. Raises CredentialsError."""
    sources = {role: _source(role, credential, environ) for role, credential in credentials.items()}
    return {role: CallerKeys(source) for role, source in sources.items() if source is not None}


def _source(role: str, credential: Credential, environ: Mapping[str, str]) -> KeySource | None:
    if credential.profile is not None:
        return _Profile(role, credential.profile, home(environ) / ".aliyun" / "config.json")
    if credential.provider is not None:
        from .provider_chain import ProviderChain  # here, because it needs what is here, and few targets need it

        return ProviderChain(role, environ)
    key = key_of(credential)
    return None if key is None else _Declared(key)


def _any_of(names: Iterable[str]) -> str:
    return f"one of {', '.join(names)}" if names else "one, but there is none: see aliyun configure"


def home(environ: Mapping[str, str]) -> Path:
    """The user's directory."""
    return Path(environ.get("HOME") or Path.home())


def state_of(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written anew; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size
