"""The vectors of small accounts and of the reference account: what they expect, and what they find."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.conformance.vectors.document import VectorSuite, from_text, to_text
from pbr_conformance.conformance.vectors.generate import generate
from pbr_conformance.conformance.vectors.loader import VectorLoader, scored
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.target_file import parse_target, reference
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from tests.conformance.commands import ONE_GATEWAY
from tools.vectors_schema import schema

SCHEMA_FILE: Final = Path(__file__).parents[3] / "docs" / "vectors.schema.json"
IDS: Final = "20a1eda9b9ba1bec25b501a520c43307ca366bd63bad0ec44a86d69a7b222e45"
"""SHA-256 of the ids of the reference account's vectors, in order: any other machine must give it too."""
SMALL: Final = parse_target(ONE_GATEWAY.format(endpoint=""), "small.toml", {})


@pytest.fixture(scope="module")
def suite() -> VectorSuite:
    return generate(reference(), DEFAULT_SPEC, 2)


def failures(suite: VectorSuite, dialect: Dialect, mutant: str = "") -> Iterator[tuple[str, str]]:
    target = suite.target
    stepper = {"stepper": by_name(mutant).stepper} if mutant else {}
    endpoint = Embedded(target, replace(dialect, spec=suite.spec, settles_after=0), **stepper)
    return ((vector.id, problem) for vector, problem in VectorLoader(suite, target, endpoint.send).failures())


# The file


@pytest.mark.slow
def test_a_file_is_what_was_written_and_fits_its_schema(suite: VectorSuite) -> None:
    text = to_text(suite)
    assert from_text(text) == suite
    Draft202012Validator(schema()).validate(json.loads(text))
    assert len(text) < 1_000_000


def test_the_schema_in_docs_is_that_of_the_types() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == schema()
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("spoilt", [{"format": 2}, {"vectors": [{}]}, {"depth": 0}, {"setups": None}])
def test_the_schema_refuses_what_is_none(spoilt: dict[str, Any]) -> None:
    document = json.loads(to_text(generate(SMALL, DEFAULT_SPEC, 1)))
    assert list(Draft202012Validator(schema()).iter_errors({**document, **spoilt}))
    with pytest.raises(ValueError, match=next(iter(spoilt))):
        from_text(json.dumps({**document, **spoilt}))


def test_ids_are_those_of_the_content_alone(suite: VectorSuite) -> None:
    assert len({vector.id for vector in suite.vectors}) == len(suite.vectors)
    alone = generate(SMALL, DEFAULT_SPEC, 1).vectors
    renamed = parse_target(ONE_GATEWAY.format(endpoint="settle_seconds = 3.0"), "other.toml", {})
    assert [vector.id for vector in generate(renamed, DEFAULT_SPEC, 1).vectors] == [vector.id for vector in alone]
    assert {vector.id for vector in alone} <= {vector.id for vector in generate(SMALL, DEFAULT_SPEC, 2).vectors}


def test_every_machine_gives_the_same_ids(suite: VectorSuite) -> None:
    ids = "\n".join(vector.id for vector in suite.vectors)
    assert sha256(ids.encode()).hexdigest() == IDS, "another digest means that something else is expected: say what"


def test_the_vector_in_docs_is_one_of_them(suite: VectorSuite) -> None:
    (block,) = re.findall(
        "```json\n(.*?)```", (SCHEMA_FILE.parent / "vectors.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert json.loads(block) in [vector.model_dump(mode="json", exclude_defaults=True) for vector in suite.vectors]


# What is expected


def test_every_documented_condition_is_a_reason(suite: VectorSuite) -> None:
    reasons = {(reason.condition, reason.strength) for reason in suite.reasons.values()}
    known = {condition.id for condition in CONDITIONS}
    assert known - {condition for condition, _ in reasons} == {"gateway/busy"}, "which passes with time"
    assert {"dry-run/passes", "token/replay", "token/open", "state/deleted"} <= {condition for condition, _ in reasons}
    assert all(reason.clauses for reason in suite.reasons.values())


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_an_endpoint_passes_whatever_it_decides(suite: VectorSuite, part: int) -> None:
    for number in range(part, 16, 4):
        decided = dialect(by_chance(number))
        assert list(failures(suite, decided)) == [], (number, decided)


@pytest.mark.parametrize("spec", SPECS)
def test_other_versions_of_the_documentation_have_vectors_too(spec: str) -> None:
    of_spec = generate(SMALL, spec, 1)
    assert list(failures(of_spec, DEFAULT)) == []
    names = {name for vector in of_spec.vectors for name in vector.parameters}
    assert ("DryRun" in names) is (spec >= "2025"), "a vector sends what the version has"


@pytest.mark.parametrize(
    ("mutant", "said"),
    [
        ("overlap-equal", "HTTP 200, success; allowed: "),
        ("token-adds", "must not be there"),
        ("token-new-time", "CreateTime of a repeated request"),
        ("request-id-constant", "RequestId of a success"),
        ("deletion-tombstone", "its set-up must succeed: "),
        ("conflict-500", "a refusal is HTTP 400 to 499"),
    ],
)
def test_a_wrong_simulator_fails_with_what_it_contradicts(suite: VectorSuite, mutant: str, said: str) -> None:
    assert said in next(failures(suite, DEFAULT, mutant))[1]


def test_the_score_names_the_mutants_that_survive() -> None:
    mutants = [by_name(name) for name in ("overlap-equal", "race-lost", "token-ten-seconds", "message-full-stop")]
    score = scored(generate(SMALL, DEFAULT_SPEC, 2), SMALL, mutants).mutation_score
    assert score is not None
    assert (score.mutants, score.killed) == (4, 1)
    assert score.survived == ("race-lost", "token-ten-seconds", "message-full-stop")
