"""`vectors`, by its exit status, what it writes and prints, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator.documentation.actions import DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import LONGEST, PROGRAM, Here, environment, listed, target_file

WRITE: Final = ("vectors", "account.toml", "--depth", "1", "--no-score")
REFUSES_DELETIONS: Final = "VpnGateway.FinancialLocked"


@pytest.fixture
def account(tmp_path: Path, here: Here) -> Target:
    """A target file and the vectors of its account, in the directory of the test."""
    path = target_file(tmp_path)
    assert here(*WRITE).status == 0
    return load(path)


def document(directory: Path) -> dict[str, Any]:
    found = json.loads((directory / "vectors.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


# Writing


@pytest.mark.slow
def test_the_same_account_has_the_same_file(here: Here, tmp_path: Path) -> None:
    target_file(tmp_path)
    texts = []
    for seed in ("1", "2"):
        ended = subprocess.run(
            [*PROGRAM, *WRITE, "--json"],
            cwd=tmp_path,
            env={**environment(), "PYTHONHASHSEED": seed},
            capture_output=True,
            timeout=LONGEST,
            check=True,
        )
        texts.append(ended.stdout)
    written = here(*WRITE)
    assert (written.status, written.out.splitlines()[-1]) == (0, "Vectors:   vectors.json")
    assert [*texts, (tmp_path / "vectors.json").read_bytes()] == [texts[0]] * 3


def test_an_account_without_scratch_gateways_has_none(here: Here, tmp_path: Path) -> None:
    (tmp_path / "account.toml").write_text('[[gateways]]\nid = "vpn-1"\n')
    ended = here(*WRITE)
    assert (ended.status, ended.lines) == (
        2,
        ["pbr-conformance: account: has no scratch gateway to write vectors for"],
    )


# Running


def test_a_conforming_endpoint_is_0_and_nothing_is_left(here: Here, account: Target) -> None:
    with serving(account) as url:
        ended = here("vectors", "account.toml", "--check", url, "--file", "vectors.json")
        assert (ended.status, listed(url, account)) == (0, {})
    assert " passed, 0 failed; " in ended.out


@pytest.mark.slow
def test_lost_answers_and_busy_gateways_are_no_failures(here: Here, account: Target, tmp_path: Path) -> None:
    found = document(tmp_path)
    (tmp_path / "vectors.json").write_text(json.dumps({**found, "vectors": found["vectors"][::30]}))
    with serving(account, faults={"reset": 0.03, "busy": 0.03, "truncated": 0.03}, async_ms=5) as url:
        ended = here("vectors", "account.toml", "--check", url, "--file", "vectors.json")
        assert listed(url, account) == {}
    assert (ended.status, ended.out.count("\n")) == (0, 1), ended.out


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["weight-50", "priority-0"])
def test_a_wrong_one_is_1_with_each_vector_that_failed(
    here: Here, account: Target, tmp_path: Path, mutant: str
) -> None:
    with serving(account, stepper=by_name(mutant).stepper) as url:
        ended = here("vectors", "--check", url, "--file", "vectors.json", "--json")
        assert listed(url, account) == {}
    found = json.loads(ended.out)
    assert (ended.status, found["exit"], found["stopped"], found["left"]) == (1, 1, "", [])
    assert found["failed"]
    known = {vector["id"] for vector in document(tmp_path)["vectors"]}
    assert {each["id"] for each in found["failed"]} < known
    assert found["passed"] + len(found["failed"]) + len(found["inconclusive"]) == found["vectors"] == len(known)


def test_the_file_decides_and_not_what_this_version_expects(here: Here, account: Target, tmp_path: Path) -> None:
    found = document(tmp_path)
    ordinary = next(vector for vector in found["vectors"] if not vector["because"])
    refused = next(vector for vector in found["vectors"] if vector["because"] == ["priority/range (MUST)"])
    found["vectors"] = [{**ordinary, "success": False, "effect": "none"}, {**refused, "success": True}]
    (tmp_path / "vectors.json").write_text(json.dumps(found))
    with serving(account) as url:
        ended = here("vectors", "--check", url, "--file", "vectors.json", "--json")
    assert ended.status == 1
    (failed,) = json.loads(ended.out)["failed"]
    assert (failed["id"], failed["observed"]) == (ordinary["id"], "HTTP 200, success")


def test_without_a_file_the_vectors_of_the_target_are_run(here: Here, account: Target) -> None:
    words = ("vectors", "account.toml", "--check", "--depth", "1")
    assert here(*words).status == 0
    assert here(*words, "--mutant", "weight-50").status == 1


def test_an_endpoint_that_is_not_there_is_3(here: Here, account: Target) -> None:
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "vectors.json")
    assert (ended.status, len(ended.lines)) == (3, 1)


def test_an_endpoint_that_goes_away_is_3(here: Here, account: Target) -> None:
    class Broken:
        count = 0

        def step(self, account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, object]:
            Broken.count += 1
            if Broken.count > 50:
                return account, Answer(200, {"RequestId": "R"})
            return step(account, request, now, dialect)

    with serving(account, stepper=Broken().step) as url:
        ended = here("vectors", "account.toml", "--check", url, "--file", "vectors.json")
    assert ended.status in (1, 3)
    assert "Stopped after" in ended.out


def test_what_cannot_be_deleted_is_named_and_3(here: Here, account: Target) -> None:
    def keeps(before: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, object]:
        if request.action == DELETE:
            return before.answered(), Answer(400, {"Code": REFUSES_DELETIONS, "Message": "m", "RequestId": "R"})
        return step(before, request, now, dialect)

    with serving(account, stepper=keeps) as url:
        ended = here("vectors", "account.toml", "--check", url, "--file", "vectors.json")
        assert listed(url, account)
    assert ended.status in (1, 3)
    assert "Left behind: " in ended.out


# Bad input

Spoil = Callable[[dict[str, Any]], object]
BAD: Final[dict[str, tuple[Spoil, str]]] = {
    "a later format": (lambda found: {**found, "format": 2}, "format: 2, expected 1, the only one this version reads"),
    "a format in words": (lambda found: {**found, "format": "1"}, 'format: "1", expected 1'),
    "no format": (lambda found: {**found, "format": None}, "format: null, expected 1"),
    "no kind": (lambda found: {**found, "kind": "else"}, 'kind: expected "vectors"'),
    "another type": (lambda found: [found], 'kind: expected "vectors"'),
    "a wrong member": (lambda found: {**found, "depth": "1"}, "depth: Input should be a valid integer"),
    "no account": (lambda found: {**found, "account": {"gateways": 1}}, "account: gateways: "),
    "another spec": (lambda found: {**found, "spec": "1999-01-01"}, "spec: expected one of 2020-"),
    "no such set-up": (
        lambda found: {**found, "setups": {}},
        "vectors[0].setup: expected the name of a set-up of this file",
    ),
    "no such reason": (lambda found: {**found, "reasons": {}}, "because: expected names of `reasons`"),
    "no such gateway": (lambda found: {**found, "ordinary": {}}, "gateway: expected a gateway of `ordinary`"),
}


@pytest.mark.parametrize(("spoil", "said"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_line_and_2(here: Here, account: Target, tmp_path: Path, spoil: Spoil, said: str) -> None:
    (tmp_path / "vectors.json").write_text(json.dumps(spoil(document(tmp_path))))
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "vectors.json")
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
    assert ended.lines[0].startswith("pbr-conformance: vectors.json: no vectors: ")
    assert said in ended.lines[0]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_one_line_and_2(here: Here, account: Target, tmp_path: Path, share: float) -> None:
    whole = (tmp_path / "vectors.json").read_bytes()
    (tmp_path / "vectors.json").write_bytes(whole[: int(len(whole) * share)])
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "vectors.json")
    assert (ended.status, ended.lines) == (2, ["pbr-conformance: vectors.json: no vectors: expected JSON"])


def test_a_file_of_brackets_is_one_line_and_2(here: Here, tmp_path: Path) -> None:
    (tmp_path / "vectors.json").write_text('{"kind": "vectors", "format": ' + "[" * 100_000)
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "vectors.json")
    assert (ended.status, ended.lines) == (
        2, ["pbr-conformance: vectors.json: no vectors: expected JSON, nested less deeply"]
    )  # fmt: skip


def test_a_huge_file_is_not_read(here: Here, tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(1 << 33)
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "huge.json")
    assert (ended.status, ended.lines) == (2, ["pbr-conformance: huge.json: no vectors: is larger than 16 MiB"])


def test_a_file_nested_too_deeply_is_one_line_and_2(here: Here, tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 200_000 + "]" * 200_000)
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "deep.json")
    assert (ended.status, len(ended.lines)) == (2, 1)


def test_a_file_of_another_kind_is_called_what_it_is(here: Here, account: Target) -> None:
    ended = here("vectors", "--check", "http://127.0.0.1:9", "--file", "account.toml")
    assert (ended.status, ended.lines) == (
        2,
        ["pbr-conformance: account.toml: is a target file; expected a file of test vectors, such as vectors.json"],
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--file", "vectors.json"), "--file: names the vectors that --check runs; expected --check URL too"),
        (("--check", "http://127.0.0.1:9", "--file", "no.json"), "no.json: cannot be read: No such file or directory"),
        (("--check", "ftp://x", "--file", "vectors.json"), "--check: is "),
        (("--check", "http://127.0.0.1:9", "--file", "vectors.json", "--spec", "2026-02-11"), "--spec: "),
        (("--depth", "0"), "argument --depth: "),
    ],
)
def test_wrong_usage_is_2(here: Here, account: Target, words: tuple[str, ...], said: str) -> None:
    ended = here("vectors", *words)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.error


def test_vectors_of_another_account_are_refused(
    here: Here, account: Target, tmp_path: Path, state_directory: Path
) -> None:
    other = (tmp_path / "account.toml").read_text().replace("vco-one-b", "vco-one-c")
    (tmp_path / "other.toml").write_text(other)
    ended = here("vectors", "other.toml", "--check", "http://127.0.0.1:9", "--file", "vectors.json")
    assert ended.lines == ["pbr-conformance: other.toml: is another account than that of the vectors: vpn-one differs"]
    assert os.listdir(state_directory / "pbr-conformance") == ["plans"]
