"""What reproductions send: values as they are, signed as documented, with temporary keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.verification import verifier_of
from pbr_conformance.simulator.wire.signatures import v3_canonical, v3_signature
from tests.conformance.doubles import TARGET, creation
from tests.conformance.output.carried_out import (
    CONFORMS,
    carried_out,
    document_of,
    needs_sdk,
    needs_shell,
    texts,
)

Stepped = tuple[Account, Answer | NoAnswer]

SECRET: Final = "a 'secret'"
ALL: Final = ("curl", "aliyun CLI", "Python SDK", "pytest")
HOSTILE: Final = (
    "plain",
    'it\'s "quoted" `id` $(id) $HOME \\ % %41 & ; = # ! *',
    "two\nlines\tand a tab ",
    "-begins with a hyphen",
    "Grüße, 東京 \U0001f600 \u202e",
    " ",
    "",
)


@pytest.mark.slow
@needs_shell
@needs_sdk
def test_hostile_values_arrive_as_they_are(tmp_path: Path) -> None:
    for text in (*HOSTILE, "a\0b", "\ud800"):
        forms = texts(document_of(creation(Description=text, NextHop=text)))
        chosen = {HOSTILE[1]: ("curl", "aliyun CLI", "Python SDK"), HOSTILE[3]: ("curl", "aliyun CLI")}
        for form in chosen.get(text, ("curl",)):
            heard: list[Request] = []

            def hear(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
                heard.append(request)  # noqa: B023 - called within this round
                return step(account, request, now, dialect)

            with serving(TARGET, stepper=hear) as url:
                carried_out(forms[form], url, tmp_path)
            sent = next(request for request in heard if request.action == CREATE)
            wanted = text if "\ud800" not in text else "\ufffd" * 3
            assert (form, sent.get("Description"), sent.get("NextHop")) == (form, wanted, wanted)
            assert sent.parameters.keys() == creation(Description=text).parameters.keys()
    assert not (tmp_path / "x").exists()


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """An endpoint that keeps what it is sent, target and headers, and answers everything with an empty object."""
    heard: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, {name.lower(): text for name, text in self.headers.items()}))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


@needs_shell
@pytest.mark.parametrize("path", ["", "/", "/mock/vpc"])
def test_the_shell_script_signs_as_the_documentation_has_it(path: str, tmp_path: Path) -> None:
    form = texts(document_of(creation(Description=HOSTILE[1], ClientToken="one")))["curl"]
    with recording() as (url, heard):
        keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
        ended = carried_out(form, url + path, tmp_path, **keys)
    assert heard
    assert "secret" not in ended.stdout + ended.stderr
    for target, headers in heard:
        signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        canonical = v3_canonical("POST", target, headers, signed)
        assert headers["authorization"].endswith(f"Signature={v3_signature(canonical, SECRET)}")
        assert target.startswith((path or "/") + "?")


TEMPORARY: Final = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.an-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "of-the-id",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "a/token+of==",
}


@pytest.mark.slow
@needs_shell
@needs_sdk
@pytest.mark.parametrize("form", ALL)
def test_temporary_keys_are_taken_from_the_environment(form: str, tmp_path: Path) -> None:
    told = {name.removeprefix("ALIBABA_CLOUD_").lower(): text for name, text in TEMPORARY.items()}
    account = TARGET.model_copy(update={"credentials": {"owner": Credential.model_validate(told, strict=False)}})
    made = texts(document_of(creation()))[form]
    with serving(account, verifier=verifier_of(account)) as url:
        ended = carried_out(made, url, tmp_path, **TEMPORARY)
        assert ended.returncode == CONFORMS, ended
        without = carried_out(made, url, tmp_path, **{**TEMPORARY, "ALIBABA_CLOUD_SECURITY_TOKEN": ""})
        assert "MissingSecurityToken" in without.stdout + without.stderr, without
