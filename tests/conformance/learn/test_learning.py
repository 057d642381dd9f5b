"""`learn`: whatever an endpoint decided, it is found out, with few requests, and nothing is left behind."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from functools import cache
from math import log2
from pathlib import Path

import pytest

from pbr_conformance.conformance.cli import main
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.dialect_file import load
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.learning import Learned
from pbr_conformance.conformance.learn.matching import match
from pbr_conformance.conformance.learn.query_runner import AnswerLog
from pbr_conformance.conformance.learn.response_behaviour import ResponseBehaviour
from pbr_conformance.conformance.learn.words import summary
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import load as load_account
from pbr_conformance.simulator.rules.conditions import BUSY
from pbr_conformance.simulator.rules.dialect import DEFAULT, PRECEDENCE, Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import create, ordinary
from tests.conformance.commands import Ended, checked, listed, started, target_file
from tests.conformance.known_dialects import fully_known
from tests.conformance.learned import TARGET, Shared, asking, differing, learn, read_back, ways
from tests.simulator.histories import tolerant


@cache
def learned_of(seed: int) -> tuple[Dialect, Shared, Learned]:
    """An endpoint of its own mind, and what was learned of it: of 3 gateways are at work for a while, of 8 never."""
    spoken = replace(dialect(by_chance(seed)), settles_after=0)
    if seed == 3:
        order = [name for name in spoken.precedence if name != BUSY]
        spoken = replace(
            spoken,
            settles_after=8000,
            refuses=spoken.refuses | {BUSY},
            answers={**spoken.answers, BUSY: "VpnGateway.Configuring"},
            precedence=(*order[:20], BUSY, *order[20:]),
        )
    endpoint = Shared(TARGET, spoken)
    return spoken, endpoint, learn(endpoint)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 8])
def test_what_is_learned_answers_as_what_it_was_learned_from(seed: int) -> None:
    spoken, endpoint, learned = learned_of(seed)
    served = read_back(learned).served()
    assert next(differing(spoken, served, 5, seed), None) is None
    assert learned.complete
    assert learned.requests["order"] <= 1.5 * learned.conditions * log2(learned.conditions)
    assert learned.requests["order"] + learned.requests["at work"] <= 1.5 * learned.conditions * log2(
        learned.conditions
    )
    assert endpoint.routes == 0


@pytest.mark.slow
def test_what_a_gateway_at_work_refuses_first_is_learned_with_its_place() -> None:
    spoken, _, learned = learned_of(3)
    pins = read_back(learned)
    assert pins.rule("gateway/busy").code == ("VpnGateway.Configuring",)
    place, rank = spoken.precedence.index("gateway/busy"), spoken.precedence.index
    before = {name for name, after in pins.beats.items() if "gateway/busy" in after}
    apart = {name for each in pins.undecided for pair in each.pairs if "gateway/busy" in pair for name in pair}
    assert all(rank(name) < place for name in before)
    assert all(rank(name) > place for name in pins.beats["gateway/busy"])
    assert len(before) > 10
    assert before | pins.beats["gateway/busy"] | apart == set(PRECEDENCE)
    assert {"gateway/unknown", "gateway/locked", "gateway/configuring", "gateway/no-pbr"} <= apart
    assert any(each.at_work and each.before for each in pins.evidence.values())


@pytest.mark.slow
def test_an_endpoint_whose_gateways_are_at_rest_at_once_is_said_to_be_one() -> None:
    _, _, learned = learned_of(8)
    pins = read_back(learned)
    why = {each.why for each in pins.undecided if ("gateway/busy", "format/missing") in each.pairs}
    assert why == {"not determined: gateways are at rest as soon as they have answered, so that none was met at work"}


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "history"), [(12, 55), (59, 18), (81, 74)])
def test_what_comes_together_in_a_history_alone_is_learned_too(seed: int, history: int) -> None:
    """Three ways in which conditions met by chance, and which were not asked about once."""
    spoken = dialect(by_chance(seed))
    served = read_back(learn(Shared(TARGET, spoken))).served()
    assert next(differing(spoken, served, 1, 10_000 + seed + history), None) is None


@pytest.mark.slow
def test_every_step_of_the_order_has_the_answer_that_showed_it() -> None:
    learned = learn(Shared(TARGET))
    pins = read_back(learned)
    assert all(len(line) <= 120 for line in summary(pins, learned))
    ranks = {name: rank for rank, name in enumerate(PRECEDENCE)}
    assert len(pins.order) > 20
    for step in pins.order:
        assert all(ranks[step.first] < ranks[other] for other in step.then)
        answer = pins.evidence[step.evidence].answer
        codes = {code.partition("/")[0].replace("<Param>", "") for code in pins.rule(step.first).code}
        assert any(code in answer for code in codes), (step, answer)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    spoken, path = dialect(by_chance(2)), tmp_path / "answers.jsonl"
    whole = learn(Shared(TARGET, spoken))
    endpoint = Shared(TARGET, spoken)
    part = learn(endpoint, AnswerLog(path), budget=200)
    assert not part.complete
    assert endpoint.routes == 0
    rest = learn(Shared(TARGET, spoken), AnswerLog(path, resume=True))
    assert rest.complete
    assert sum(part.requests.values()) <= 200
    assert sum(rest.requests.values()) < sum(whole.requests.values())
    pinned, again = (replace(read_back(each).served(), settles_after=0) for each in (whole, rest))  # a measured time
    assert again == pinned


class Moody(Shared):
    """Answers first one condition, then the other."""

    def send(self, request):  # type: ignore[no-untyped-def]
        """The order depends on how many requests came before."""
        self.sent = getattr(self, "sent", 0) + 1
        first = ("next-hop/unknown", "weight/value") if self.sent % 2 else ("weight/value", "next-hop/unknown")
        rest = tuple(name for name in PRECEDENCE if name not in first)
        self._dialect = replace(DEFAULT, precedence=(*first, *rest))
        return super().send(request)


@pytest.mark.slow
def test_what_contradicts_itself_is_said_to_and_pins_nothing_false() -> None:
    pins = read_back(learn(Moody(TARGET)))
    assert pins.rule("next-hop/unknown").code == ("InvalidNextHop.NotFound",)
    order = pins.served().precedence
    assert set(order) == set(PRECEDENCE)


# Matching


def test_the_dialect_that_is_spoken_is_found_among_many() -> None:
    stored = [fully_known(replace(dialect(by_chance(seed)), name=f"d{seed}")) for seed in range(100)]
    for seed in (3, 50, 99):
        runner = asking(Shared(TARGET, dialect(by_chance(seed))))
        found = match(stored, runner, ways())
        runner.close()
        assert found.spoken == (f"d{seed}",)
        assert found.requests <= 40


def test_an_endpoint_that_speaks_none_of_them_contradicts_the_nearest() -> None:
    near = replace(DEFAULT, name="near", refuses=DEFAULT.refuses - {"overlay/value", "cidr/loose"})
    far = replace(DEFAULT, name="far", precedence=PRECEDENCE[::-1], refuses=frozenset())
    runner = asking(Shared(TARGET, DEFAULT))
    found = match([fully_known(near), fully_known(far)], runner, ways())
    runner.close()
    assert found.spoken == ()
    assert found.nearest == "near"
    assert found.contradictions


@pytest.mark.slow
def test_dialects_that_nothing_tells_apart_are_named_together() -> None:
    same: list[Dialect] = [replace(DEFAULT, name=name) for name in ("one", "two")]
    runner = asking(Shared(TARGET, DEFAULT))
    found = match([fully_known(each) for each in same] + [LearnedDialect("empty", "2026-01-01")], runner, ways())
    runner.close()
    assert set(found.spoken) == {"one", "two", "empty"}


def test_an_endpoint_that_goes_away_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, sent, send = Shared(TARGET, DEFAULT), 0, Embedded.send

    def goes_away(self: Embedded, request: Request) -> Answer | NoAnswer:
        nonlocal sent
        sent += 1
        return send(self, request) if sent < 100 else NoAnswer("refused", "no connection")

    monkeypatch.setattr(Embedded, "send", goes_away)
    with pytest.raises(
        Inconclusive, match=r"given up: 3 questions in a row came to nothing, the last: .*no connection"
    ):
        learn(endpoint)
    assert sent < 200


# The command


@pytest.mark.slow
def test_learn_over_http_and_match_what_was_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoken = tolerant(by_chance(7))
    with serving(dialect=spoken) as url:
        output = tmp_path / "dialects" / "mine.toml"
        assert main(["learn", "--url", url, "--output", str(output), "--json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert data["complete"]
        assert next(differing(spoken, load(output).served(), 2, 1), None) is None
        page = output.with_suffix(".html").read_text(encoding="utf-8")
        assert page.count("<rect ") > 20
        assert "<script" not in page
        assert "Content-Security-Policy" in page
        assert not list(tmp_path.glob("**/*.jsonl"))
        other = target_file(output.parent)
        (output.parent / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        capsys.readouterr()
        assert main(["learn", "--url", url, "--match", str(output.parent)]) == 0
        said = capsys.readouterr()
        assert said.out.startswith("mine (")
        assert said.err.splitlines() == [
            f"pbr-conformance: left out, a target file: {other}",
            f"pbr-conformance: left out, no dialect: {output.with_name('pyproject.toml')}",
        ]
        broken = output.with_name("broken.toml")
        broken.write_text("format = 1\n[conditions")
        assert main(["learn", "--url", url, "--match", str(output.parent)]) == 2
        assert f"pbr-conformance: {broken}: " in capsys.readouterr().err


def test_an_endpoint_without_the_account_is_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(load_account(target_file(tmp_path))) as url:
        (tmp_path / "account.toml").unlink()
        assert main(["learn", "--url", url, "--output", "mine.toml"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "pbr-conformance: nothing can be learned: the endpoint does not have the target's vpn-single: "
        "HTTP 404, InvalidVpnGatewayInstanceId.NotFound"
    ]
    assert list(tmp_path.iterdir()) == []


def test_routes_that_were_there_before_are_left_alone() -> None:
    endpoint = Shared(TARGET, DEFAULT)
    gateways = [gateway for partition in ways().partitions for gateway in partition.plain() if gateway.quota > 10]
    for gateway in gateways:
        endpoint.send(create(ordinary(TARGET, gateway, RouteSource="172.29.0.0/24", RouteDest="172.30.0.0/24")))
        endpoint.sleep(10)
    before = endpoint.routes
    runner = asking(endpoint)
    ResponseBehaviour().learn(runner, ways())
    runner.close()
    assert endpoint.routes == before > 2


@pytest.mark.slow
def test_learn_that_is_asked_to_terminate_ends_as_on_an_interrupt(tmp_path: Path) -> None:
    account, output = target_file(tmp_path), tmp_path / "mine.toml"
    words = ("learn", account, "--output", output)
    with serving(load_account(account), async_ms=20) as url:
        with started(*words, "--url", url, directory=tmp_path) as process:
            until = time.monotonic() + 20
            while not listed(url, load_account(account)) and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            out, error = process.communicate(timeout=20)
        assert listed(url, load_account(account)) == {}, (out, error)
    assert checked(Ended(process.returncode, out, error)).status == 130
    assert "--resume goes on" in out
    assert load(output).conditions["format/missing"].code
    assert (tmp_path / "mine.answers.jsonl").is_file()
    assert not list(tmp_path.glob("**/journal*"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--budget", "0"], "is no whole number from 1"),
        (["--match", "nowhere"], "--match nowhere: no dialect (*.toml) is in it"),
        (["--url", "ftp://x"], "--url: is neither http:// nor https://"),
        (["--output", "."], "--output .: cannot be written"),
    ],
)
def test_wrong_usage_of_learn_is_one_line(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = main(["learn", *words])
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1
