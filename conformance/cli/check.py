"""`check`: what a run would find out first, and nothing else."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Final

from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.declared_account import HeldTarget, hold_against_account
from pbr_conformance.conformance.engine.first_look import PreflightStep, first_look
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC

from .arguments import NO_SCRATCH, located, source_of, target_of, with_gateways
from .options import UsageError
from .terminal import show_json, write_lines

_LINE_WIDTH: Final = 400


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target = located(target_of(arguments), arguments)
    if target.endpoint.url is None:
        raise UsageError("check: the embedded simulator has what is declared; expected a target with a url, or --url")
    with_gateways(target, arguments)
    connection = EndpointFactory(target, DEFAULT_SPEC, arguments.timeout)
    findings = list(first_look(connection))
    reached = all(each.is_ok for each in findings if each.step in ("connection", "keys"))
    held = hold_against_account(connection) if reached else None
    if arguments.json:
        show_json(_document(findings, held))
    else:
        lines = [f"{'ok' if each.is_ok else 'NOT':<4}{each.step}: {each.says}" for each in findings]
        lines += [] if held is None else _target_lines(source_of(arguments), held)
        lines += [] if any(gateway.scratch for gateway in target.gateways) else [f"    {NO_SCRATCH}"]
        write_lines(*(on_a_line(line, _LINE_WIDTH) for line in lines))
    if held is not None and held.wrong:
        return 2
    return 0 if all(each.is_ok for each in findings) else 3


def _target_lines(source: str, held: HeldTarget) -> list[str]:
    """What differs, or that nothing does; then what the account has besides, and what it does not show."""
    lines = [f"NOT {source}: {each}" for each in held.wrong]
    lines = lines or [f"ok  target: {source} agrees with the account, as far as its endpoint shows it"]
    lines += [f"    {notice}" for notice in held.notices]
    return lines + [f"    not shown: {action}: {said}" for action, said in held.not_offered.items()]


def _document(findings: list[PreflightStep], held: HeldTarget | None) -> dict[str, object]:
    return {
        "findings": [{"step": each.step, "ok": each.is_ok, "says": each.says} for each in findings],
        "target": None
        if held is None
        else {
            "wrong": [asdict(each) for each in held.wrong],
            "besides": list(held.notices),
            "not_shown": dict(held.not_offered),
        },
    }
