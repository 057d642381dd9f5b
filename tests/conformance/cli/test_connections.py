"""Endpoints behind a company's authority and proxy, on the command line: what works, and what one line says if not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trustme

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.server.verification import verifier_of
from tests.conformance.commands import Here, report_in, target_file
from tests.conformance.strangers import saying, stranger
from tests.conformance.ways import HOST, late, proxy_to, tls_in_front_of

PASSWORD = "Hidden-Password-7"


@pytest.fixture
def ca_file(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return authority


def nothing_shown(directory: Path, *words: str) -> bool:
    """Whether no file below a directory has one of the words, except the target file."""
    files = [path for path in directory.rglob("*") if path.is_file() and path.name not in ("account.toml", "ca.pem")]
    return bool(files) and not any(word.encode() in path.read_bytes() for path in files for word in words)


@pytest.mark.slow
def test_a_run_goes_through_a_proxy_that_wants_a_password(here: Here, tmp_path: Path, ca_file: trustme.CA) -> None:
    with (
        serving(target_file(tmp_path, "")) as plain,
        tls_in_front_of(plain, ca_file, HOST) as url,
        proxy_to(url, "Basic am86SGlkZGVuLVBhc3N3b3JkLTc=") as proxy,
    ):
        declared = f'proxy = "{proxy.with_user(f"jo:{PASSWORD}")}"'
        target = target_file(tmp_path, f'url = "https://{HOST}"', 'ca_file = "ca.pem"', declared, "shared = false")
        ended = here("run", target, "--only", "gateway/unknown", "--examples", "1", "--keep-transcript")
    assert ended.status == 0, ended
    assert PASSWORD not in ended.out + ended.error
    assert nothing_shown(tmp_path, PASSWORD, "am86SGlkZGVuLVBhc3N3b3JkLTc")


@pytest.mark.parametrize("verb", ["run", "check", "cleanup", "learn", "discover"])
def test_authorities_that_cannot_be_read_are_one_line(
    verb: str, here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_file(tmp_path, 'url = "https://127.0.0.1:1"', 'ca_file = "no.pem"')
    words: tuple[str | Path, ...] = (verb, target)
    where = f"endpoint.ca_file: {tmp_path / 'no.pem'}"
    if verb == "discover":
        monkeypatch.setenv("SSL_CERT_FILE", "no.pem")
        where, words = "SSL_CERT_FILE: no.pem", (verb, "--url=https://127.0.0.1:1")
    ended = here(*words)
    problem = "cannot be read (No such file or directory); expected certificates in PEM"
    assert (ended.status, ended.out) == (2, "")
    assert ended.error == f"pbr-conformance: connection: {where}: {problem}\n"
    assert not (tmp_path / "build").exists()


def test_a_proxy_that_refuses_is_one_line_of_check(here: Here, tmp_path: Path) -> None:
    with proxy_to("", "Basic other") as proxy:
        declared = f'proxy = "{proxy.with_user(f"jo:{PASSWORD}")}"'
        ended = here("check", target_file(tmp_path, f'url = "https://{HOST}"', declared))
    assert ended.status == 3
    assert ended.out == (
        f"NOT connection: no connection through the proxy 127.0.0.1:{proxy.address[1]}: it refuses with HTTP 407; "
        "expected http://user:password@ in `proxy`, with credentials that it knows\n"
    )


def test_a_proxy_of_the_environment_that_is_none_is_one_line(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://jo:{PASSWORD}@proxy")
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    ended = here("run", target_file(tmp_path, f'url = "https://{HOST}"'))
    assert ended.status == 2
    (line,) = ended.lines
    assert line.startswith("pbr-conformance: connection: HTTPS_PROXY: is not http://")
    assert PASSWORD not in line


@pytest.mark.parametrize(
    ("scheme", "says"),
    [("https", "the port does not speak TLS; expected http://"), ("http", "the port speaks TLS; expected https://")],
)
def test_the_wrong_scheme_is_named(scheme: str, says: str, here: Here, tmp_path: Path, ca_file: trustme.CA) -> None:
    with serving() as plain, tls_in_front_of(plain, ca_file) as secure:
        url = (plain if scheme == "https" else secure).rpartition("//")[2]
        ended = here("check", target_file(tmp_path, f'url = "{scheme}://{url}"'))
    assert ended.status == 3
    assert says in ended.out
    assert len(ended.out.splitlines()) == 1


@pytest.mark.slow
def test_a_run_waits_until_the_endpoint_answers(here: Here, tmp_path: Path) -> None:
    with serving(target_file(tmp_path)) as url, late(url, failures=3) as slow:
        ended = here("run", target_file(tmp_path, f'url = "{slow}"'), "--wait", "1m", "--only", "gateway/unknown")
    assert ended.status == 0, ended
    assert sum("; waiting" in line for line in ended.lines) == 1
    assert "--wait" not in json.dumps(report_in(tmp_path / "build" / "report"))


def test_a_run_that_waited_in_vain_says_so_in_a_line(here: Here, tmp_path: Path) -> None:
    with stranger(saying(b"")) as gone:
        url = gone.url
    ended = here("run", target_file(tmp_path, f'url = "{url}"'), "--wait", "0.1", "--quiet")
    assert ended.status == 3
    assert ended.lines == [f"pbr-conformance: --wait 0.1s: {url} does not answer: no connection: Connection refused"]


@pytest.mark.parametrize("text", ["", "s", "m", "-1s", "0", "1h", "nan"])
def test_a_wait_that_is_no_time_is_refused(text: str, here: Here) -> None:
    ended = here("run", f"--wait={text}")
    assert ended.status == 2
    assert "--wait" in ended.error


def with_profile(directory: Path, url: str) -> Path:
    """A target whose owner has a profile, in a home below the directory."""
    target = target_file(directory, f'url = "{url}"')
    target.write_text(target.read_text() + '[credentials.owner]\nprofile = "work"\n')
    return target


def test_a_run_signs_with_a_profile(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"access_key_id": "STS.work", "access_key_secret": PASSWORD, "security_token": f"{PASSWORD}-token"}
    mock = target_file(tmp_path)
    mock.write_text(mock.read_text() + "[credentials.owner]\n" + "".join(f'{k} = "{v}"\n' for k, v in keys.items()))
    profile = {"name": "work", "mode": "StsToken", **keys, "sts_token": keys["security_token"]}
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".aliyun").mkdir(parents=True)
    (tmp_path / "home" / ".aliyun" / "config.json").write_text(json.dumps({"profiles": [profile]}))
    account = load(mock)
    with serving(account, verifier=verifier_of(account)) as url:
        ended = here("run", with_profile(tmp_path, url), "--only", "gateway/unknown", "--examples", "1")
    assert ended.status == 0, ended
    (tmp_path / "home" / ".aliyun" / "config.json").unlink()
    assert PASSWORD not in ended.out + ended.error
    assert nothing_shown(tmp_path, PASSWORD)


@pytest.mark.parametrize("verb", ["run", "check", "cleanup", "learn"])
def test_a_home_without_profiles_is_one_line(
    verb: str, here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = here(verb, with_profile(tmp_path, "http://127.0.0.1:1"))
    assert ended.status == 2
    assert ended.error == (
        f"pbr-conformance: credentials.owner.profile: {tmp_path}/.aliyun/config.json: cannot be read "
        "(No such file or directory); expected the profiles of the aliyun command line tool\n"
    )
    assert not (tmp_path / "build").exists()
