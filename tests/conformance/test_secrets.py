"""What must not be anywhere: an access key's secret, a signature, a security token.

The endpoint of these tests repeats all that it is sent, and every verb that takes a target is carried out. What they
wrote, to files and to the terminal, is searched; also within what is compressed, or embedded in a page.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from urllib3 import request as fetch

from pbr_conformance.conformance.client.redaction import INSTEAD, hide
from tests.conformance.commands import Here, started, target_file
from tests.conformance.degenerate_endpoints import AcceptsEverything

SECRET: Final = "S3cr3tS3cr3tS3cr3tS3cr3t/1234+"
TOKEN: Final = "T0k3nT0k3nT0k3nT0k3n/5678+"
SEEDED: Final = {"SEEDED_SECRET": SECRET, "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN}
KEYS: Final = '\n[credentials.owner]\naccess_key_id = "LTAI-owner"\naccess_key_secret = "$SEEDED_SECRET"\n'
PACKED: Final = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
WBITS: Final = (zlib.MAX_WBITS, -zlib.MAX_WBITS, zlib.MAX_WBITS | 16)


def layers(content: bytes) -> Iterator[bytes]:
    """A content, and what is packed into it: compressed, or base64 of it."""
    yield content
    for bits in WBITS:
        with suppress(zlib.error):
            yield zlib.decompress(content, bits)
    for packed in PACKED.findall(content):
        with suppress(ValueError):
            unpacked = base64.b64decode(packed)
            yield unpacked
            for bits in WBITS:
                with suppress(zlib.error):
                    yield zlib.decompress(unpacked, bits)


def spellings(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), secret.replace("/", r"\/"), json.dumps(secret)[1:-1]}


def told(contents: dict[str, bytes], secrets: set[str]) -> list[str]:
    """Where a secret stands, in any spelling."""
    wanted = [spelling.encode() for secret in secrets for spelling in spellings(secret)]
    return [name for name, each in contents.items() if any(word in layer for layer in layers(each) for word in wanted)]


class Echo:
    """An endpoint that accepts everything, and whose every answer repeats what it was sent."""

    def __init__(self, target: Path) -> None:
        self.signatures: set[str] = set()
        self.url = ""
        self._endpoint = AcceptsEverything(target)

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        params = dict(parse_qsl(urlsplit(path).query, True))
        signature = headers.get("Authorization", "Signature=" + params.get("Signature", "")).rpartition("Signature=")[2]
        self.signatures.add(signature)
        with suppress(KeyError):
            params.setdefault("Action", headers["x-acs-action"])
        status, body = self._endpoint.answer(params)
        heard: dict[str, Any] = {"path": path, "headers": headers}
        if "Message" in body:
            body = {**body, "Message": f"{body['Message']} (signature {signature})"}
        return status, json.dumps({**body, "Heard": heard}).encode()


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Echo]:
    endpoint = Echo(target_file(tmp_path))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            status, content = endpoint.answer(self.path, dict(self.headers.items()))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        endpoint.url = f"http://127.0.0.1:{server.server_port}"
        yield endpoint
        server.shutdown()


@pytest.fixture
def seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets in the environment, and a summary that pipelines show."""
    for name, value in SEEDED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))


def written(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.usefixtures("seeded")
def test_no_verb_tells_a_secret(here: Here, tmp_path: Path, echo: Echo) -> None:
    terminal = {}

    def carry_out(*words: str, status: int = 0) -> None:
        ended = here(*words)
        assert ended.status == status, ended.error
        terminal[" ".join(words)] = (ended.out + ended.error).encode()

    for signature in ("v1", "v3"):
        target = tmp_path / f"{signature}.toml"
        lines = target_file(tmp_path, f'url = "{echo.url}"', f'signature = "{signature}"').read_text("utf-8")
        target.write_text(lines + KEYS, encoding="utf-8")
        run = ("run", target.name, "--only", "weight/value", "--budget", "40", "--seed", "1", "--report", signature)
        carry_out(*run, "--github", status=1)
        kept = ("--examples", "1", "--keep-transcript", "--report", f"kept-{signature}", "--seed", "1")
        carry_out("run", target.name, "--only", "weight/value", *kept, status=1)
        carry_out("rejudge", f"kept-{signature}/transcript.jsonl.gz", "--json", status=1)
        carry_out("replay", f"{signature}/transcripts/weight-value.json", "--target", target.name, status=1)
    carry_out("report", "v1")
    carry_out("report", "v1", "--json")
    carry_out("baseline", "v1", "--reason", "known")
    carry_out("compare", "v1", "v3", "--html", "compare.html")
    carry_out("explain", "--target", "v1.toml")
    carry_out("learn", "v1.toml", "--budget", "20", "--output", "learned.toml", status=3)
    contents = {**written(tmp_path), **terminal}
    assert len(echo.signatures) > 50
    assert any(INSTEAD.encode() in content for content in contents.values())  # it was repeated to us
    assert told(contents, {SECRET, TOKEN, *echo.signatures}) == []


@pytest.mark.usefixtures("seeded")
def test_serve_tells_no_secret(tmp_path: Path) -> None:
    target = tmp_path / "signing.toml"
    target.write_text(target_file(tmp_path).read_text("utf-8") + KEYS, encoding="utf-8")
    signature = "c2lnbmF0dXJlc2lnbmF0dXJl+/A="
    asked = urlencode({
        "Action": "CreateVpnPbrRouteEntry", "Version": "2016-04-28", "AccessKeyId": "LTAI-owner",
        "Signature": signature, "SecurityToken": TOKEN, "SignatureNonce": "1", "VpnGatewayId": "vpn-one",
    })  # fmt: skip
    answers = {}
    flags = ("--port", "0", "--state", "state.json", "--control")
    for verify in ((), ("--verify-signatures",)):
        with started("serve", target, *flags, *verify, directory=tmp_path) as process:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            for path in (f"/?{asked}", "/", "/_control/requests", "/_control/snapshot"):
                answers[path + str(verify)] = fetch("GET", url + path, timeout=5.0).data
            process.terminate()
            out, error = process.communicate(timeout=20)
            answers[f"terminal{verify}"] = (out + error).encode()
    assert told({**written(tmp_path), **answers}, {SECRET, TOKEN, signature}) == []


@pytest.mark.parametrize("verb", [("run",), ("serve", "--port", "0"), ("explain", "--target")])
def test_a_secret_that_is_wrong_is_not_repeated(here: Here, tmp_path: Path, verb: tuple[str, ...]) -> None:
    target = tmp_path / "wrong.toml"
    keys = KEYS.replace("$SEEDED_SECRET", f"{SECRET} {SECRET}")
    target.write_text(target_file(tmp_path).read_text("utf-8") + keys, encoding="utf-8")
    ended = here(*verb, str(target))
    assert ended.status == 2
    assert "access_key_secret" in ended.error
    assert told({"terminal": (ended.out + ended.error).encode()}, {SECRET}) == []


@pytest.mark.parametrize(
    "content",
    [
        SECRET.encode(),
        json.dumps({"a": SECRET}).encode(),
        quote(SECRET, safe="").encode(),
        gzip.compress(SECRET.encode(), mtime=0),
        b"<script>" + base64.b64encode(gzip.compress(SECRET.encode() * 9, mtime=0)) + b"</script>",
        b'"' + base64.b64encode(zlib.compress(SECRET.encode() * 9)) + b'"',
    ],
)
def test_the_search_finds_what_is_there(content: bytes) -> None:
    assert told({"file": content}, {SECRET}) == ["file"]


def test_what_is_hidden_leaves_the_rest_and_short_words_alone() -> None:
    text = f"signature {SECRET} and {quote(SECRET, safe='')}, key abc"
    assert hide(text, (SECRET, "abc", "")) == f"signature {INSTEAD} and {INSTEAD}, key abc"
