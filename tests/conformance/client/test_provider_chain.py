"""The vendor's chain of providers, against local stand-ins of the metadata service and of files in a home."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme

from pbr_conformance.conformance.client.keys import CallerKeys, CredentialsError, keys_of_callers
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.wire.signatures import AccessKey
from tests.conformance.client.test_keys import AK, SECRET, write
from tests.conformance.ways import proxy_to, tls_in_front_of

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # the library's sessions are never closed
NO_METADATA = {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


@dataclass
class Metadata:
    """What stands in for the metadata service, STS, and any URI that has keys: each answer has a token of its own."""

    url: str
    life: float
    asked: list[str] = field(default_factory=list)
    is_broken: bool = False

    def answer(self, path: str) -> str | None:
        self.asked.append(path)
        if self.is_broken:
            return None
        if path.endswith("/latest/api/token"):
            return "a-metadata-token"
        if path.endswith("/security-credentials/"):
            return "a-role"
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.life))
        token = f"token-{len(self.asked)}"
        keys = {"AccessKeyId": "STS.role", "AccessKeySecret": SECRET, "SecurityToken": token, "Expiration": ends}
        return json.dumps({"Code": "Success", **keys, "Credentials": keys})


@contextmanager
def metadata(life: float = 3600) -> Iterator[Metadata]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = service.answer(self.path)
            body = (answer or SECRET).encode()
            self.send_response(200 if answer else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service = Metadata(f"http://127.0.0.1:{server.server_port}", life)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


def chain(environ: Mapping[str, str]) -> CallerKeys:
    return keys_of_callers({"owner": Credential(provider="default")}, environ)["owner"]


def test_the_keys_of_the_environment_come_first_and_need_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.client.provider_chain.find_spec", lambda name: None)
    write(tmp_path, AK)
    environ = {"HOME": str(tmp_path), "ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    assert chain(environ).current() == AccessKey("id", "secret")
    temporary = {**environ, "ALIBABA_CLOUD_SECURITY_TOKEN": "token"}
    assert chain(temporary).current() == AccessKey("id", "secret", "token")


def test_a_profile_is_found_and_read_again_once_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, AK)
    found = chain({"HOME": str(tmp_path), **NO_METADATA})
    assert found.current() == AccessKey("LTAI-ak", SECRET)
    write(tmp_path, {**AK, "access_key_id": "LTAI-new"})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 301)
    assert found.current() == AccessKey("LTAI-new", SECRET)


def test_the_variable_names_the_profile(tmp_path: Path) -> None:
    write(tmp_path, AK, {**AK, "name": "work", "access_key_id": "LTAI-work"})
    environ = {"HOME": str(tmp_path), "ALIBABA_CLOUD_PROFILE": "work", **NO_METADATA}
    assert chain(environ).current().id == "LTAI-work"


def test_the_other_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / ".alibabacloud" / "credentials.ini"
    path.parent.mkdir()
    path.write_text(f"[default]\ntype = access_key\naccess_key_id = LTAI-ini\naccess_key_secret = {SECRET}\n")
    assert chain({"HOME": str(tmp_path), **NO_METADATA}).current() == AccessKey("LTAI-ini", SECRET)


def of_uri(service: Metadata, home: Path) -> Callable[[], str]:
    """The token of the keys that a URI gives."""
    environ = {"HOME": str(home), **NO_METADATA, "ALIBABA_CLOUD_CREDENTIALS_URI": f"{service.url}/keys"}
    found = chain(environ)
    return lambda: found.current().token


def test_an_instance_has_the_keys_of_its_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with metadata() as service:
        monkeypatch.setenv("HTTP_PROXY", service.url)  # the library asks its proxy for 100.100.100.200, like all else
        found = chain({"HOME": str(tmp_path)})
        assert (found.current().id, found.current().secret) == ("STS.role", SECRET)
    assert service.asked[-1] == "http://100.100.100.200/latest/meta-data/ram/security-credentials/a-role"


def test_a_token_of_oidc_is_exchanged_for_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "ca.pem"))
    (tmp_path / "token").write_text("the-token-of-a-pod")
    environ = {
        "HOME": str(tmp_path),
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token"),
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/one",
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/one",
        "ALIBABA_CLOUD_STS_REGION": "cn-hangzhou",
    }
    with (
        metadata() as service,
        tls_in_front_of(service.url, authority, "sts.cn-hangzhou.aliyuncs.com") as url,
        proxy_to(url) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert chain(environ).current() == AccessKey("STS.role", SECRET, "token-1")
    assert "OIDCToken=the-token-of-a-pod" in service.asked[0]
    assert "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fone" in service.asked[0]


def test_keys_are_fetched_anew_before_they_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    with metadata(life=30) as service:
        token = of_uri(service, tmp_path)
        assert [token(), token()] == ["token-1", "token-1"]
        monkeypatch.setattr(time, "time", lambda: now + 20)
        assert [token(), token()] == ["token-2", "token-2"]


def test_the_keys_stay_while_their_place_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    with metadata(life=30) as service:
        token = of_uri(service, tmp_path)
        service.is_broken = True
        write(tmp_path, AK)
        monkeypatch.setattr(time, "time", lambda: now + 20)
        assert [token(), token()] == ["token-1", "token-1"], "a run does not change who it is"
        assert len(service.asked) == 2, "asked again, once"
        service.is_broken = False
        monkeypatch.setattr(time, "time", lambda: now + 28)
        assert token() == "token-3"


def test_no_keys_anywhere_are_one_line_that_repeats_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with metadata() as service:
        service.is_broken = True
        with pytest.raises(CredentialsError) as caught:
            of_uri(service, tmp_path)
    assert str(caught.value) == (
        f"credentials.owner.provider: no keys were found; asked were: environment, {tmp_path}/.aliyun/config.json, "
        f"{tmp_path}/.alibabacloud/credentials.ini, ALIBABA_CLOUD_CREDENTIALS_URI"
    )
    assert tuple(capfd.readouterr()) == ("", "")
    assert caplog.text == ""


def test_a_missing_library_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.client.provider_chain.find_spec", lambda name: None)
    with pytest.raises(CredentialsError) as caught:
        chain({"HOME": str(tmp_path)})
    assert str(caught.value) == (
        "credentials.owner.provider: the environment has no keys, and the vendor's library is missing; "
        "expected pip install 'pbr-conformance[live]'"
    )
