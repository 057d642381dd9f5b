"""`discover`: read an account, and write it as a target file. Nothing is created."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from typing import Final

from pbr_conformance.conformance.account.found import FoundAccount
from pbr_conformance.conformance.account.target_text import target_text
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.declared_account import read_account
from pbr_conformance.simulator.documentation.actions import GATEWAYS
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import TargetError, parse_target

from .arguments import reachable
from .files import write_text
from .options import NotNow, UsageError
from .terminal import say, write_lines

_PREFIX: Final = "ALIBABA_CLOUD"
_ENDPOINT: Final = "https://vpc.{region}.aliyuncs.com"
_DEFAULT_REGION: Final = "cn-hangzhou"
_BEGINNING: Final = '[endpoint]\nurl = "$PBR_URL"\nregion = "$PBR_REGION"\n'
_LONGEST_UPDATE: Final = {True: 2.0, False: 30.0}
"""Seconds after which a gateway that is `updating` is taken to stay so, on this machine and elsewhere."""
_OWNER: Final = """\
[credentials.owner]
access_key_id = "$ALIBABA_CLOUD_ACCESS_KEY_ID"
access_key_secret = "$ALIBABA_CLOUD_ACCESS_KEY_SECRET"
"""
_TOKEN: Final = 'security_token = "$ALIBABA_CLOUD_SECURITY_TOKEN"\n'


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target = reachable(_target(arguments, os.environ))
    found = read_account(EndpointFactory(target, DEFAULT_SPEC, arguments.timeout))
    if found.gateways is None:
        raise NotNow(
            f"{GATEWAYS}: {found.not_offered[GATEWAYS]}; nothing can be read without it: "
            "write the target file by hand (docs/target-file.md)"
        )
    text = _text(found, target)
    if arguments.output is None:
        write_lines(*text.splitlines())
    else:
        write_text(arguments.output, text, f"--output {arguments.output}")
    say(f"pbr-conformance: {len(found.gateways)} gateways in {target.endpoint.region}; scratch is false for each")
    for action, said in found.not_offered.items():
        say(f"pbr-conformance: {action}: {said}; what it would show is left out")
    return 0


def _target(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Target:
    """The endpoint with no gateways, and the keys of the environment. Raises UsageError."""
    if arguments.url is None and arguments.region is None:
        raise UsageError("discover: no endpoint; expected --url URL, or --region REGION for the vendor's own")
    region = arguments.region or _DEFAULT_REGION
    if not re.fullmatch("[a-z0-9-]+", region):
        raise UsageError(f"--region {region}: expected the id of a region, as {_DEFAULT_REGION}")
    url = _ENDPOINT.format(region=region) if arguments.url is None else arguments.url
    text = _BEGINNING + (_OWNER if _signs(environ) else "") + (_TOKEN if _has_token(environ) else "")
    flag = "--region" if arguments.url is None else "--url"
    given = {**environ, "PBR_URL": url, "PBR_REGION": region}
    try:
        target = parse_target(text, flag, given)
    except TargetError as error:
        raise UsageError(str(error)) from None
    patience = {"settle_seconds": _LONGEST_UPDATE[target.endpoint.is_loopback]}
    return target.model_copy(update={"endpoint": target.endpoint.model_copy(update=patience)})


def _signs(environ: Mapping[str, str]) -> bool:
    return bool(environ.get(f"{_PREFIX}_ACCESS_KEY_ID"))


def _has_token(environ: Mapping[str, str]) -> bool:
    return _signs(environ) and bool(environ.get(f"{_PREFIX}_SECURITY_TOKEN"))


def _text(found: FoundAccount, target: Target) -> str:
    settings = target.endpoint
    assert settings.url is not None, "it was read over HTTP"
    owner = (_OWNER if _signs(os.environ) else "") + (_TOKEN if _has_token(os.environ) else "")
    return target_text(found, settings.url, settings.region, owner=owner, live=not settings.is_loopback)
