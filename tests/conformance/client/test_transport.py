"""TLS with an authority of one's own, proxies, and what the environment says of both."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import trustme

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.transport import TransportError, transport_of
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.model.messages import Answer, NoAnswer
from pbr_conformance.simulator.model.target import EndpointDeclaration
from tests.conformance.strangers import KEYS, REQUEST, answering, saying, stranger
from tests.conformance.ways import HOST, ProxySeen, proxy_to, tls_in_front_of

PASSWORD = "pass word:9/Ä"
QUOTED = "pass%20word%3A9%2F%C3%84"
BASIC = "Basic " + b64encode(f"jo:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, plain: str) -> Iterator[str]:
    with tls_in_front_of(plain, authority) as url:
        yield url


@pytest.fixture(scope="module")
def named(authority: trustme.CA, plain: str) -> Iterator[str]:
    """A server with the certificate of HOST, which only a proxy finds."""
    with tls_in_front_of(plain, authority, HOST) as url:
        yield url


def sent(url: str, environ: dict[str, str] | None = None, **declared: Any) -> Answer | NoAnswer:
    """What a request gets on the way that a declaration and an environment say."""
    endpoint = EndpointDeclaration.model_validate({"url": url, **declared}, strict=False)
    with closing(HttpEndpoint(url, KEYS, "v3", transport=transport_of(endpoint, environ or {}))) as one:
        received = one.send(REQUEST)
        assert one.send(REQUEST) == received or isinstance(received, Answer), "the second is as the first"
        return received


def ok(received: Answer | NoAnswer) -> bool:
    return isinstance(received, Answer) and received.status == 200


def reason(received: Answer | NoAnswer) -> str:
    assert isinstance(received, NoAnswer)
    return received.reason


# Authorities


def test_a_file_of_authorities_is_trusted(secure: str, ca_file: str) -> None:
    assert ok(sent(secure, ca_file=ca_file))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_environment_names_authorities(secure: str, ca_file: str, variable: str) -> None:
    assert ok(sent(secure, {variable: ca_file}))


def test_an_unknown_authority_is_named_as_such(secure: str, tmp_path: Path) -> None:
    said = reason(sent(secure))
    assert said.startswith("no connection: the certificate is not trusted: ")
    assert said.endswith("; expected its authority in ca_file or SSL_CERT_FILE")
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    assert reason(sent(secure, ca_file=str(other))) == said


def test_a_certificate_of_another_host_is_not_taken(named: str, ca_file: str) -> None:
    said = reason(sent(named, ca_file=ca_file))
    assert said.startswith("no connection: the certificate is not trusted: IP address mismatch")
    assert "expected" not in said


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_variable_that_names_no_certificates_is_not_dropped(tmp_path: Path, variable: str) -> None:
    endpoint = EndpointDeclaration(url="https://127.0.0.1:1")
    with pytest.raises(TransportError, match=f"{variable}: .*absent.pem: cannot be read .No such file"):
        transport_of(endpoint, {variable: str(tmp_path / "absent.pem")})
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(TransportError, match=f"{variable}: .*empty.pem: has no certificates; expected"):
        transport_of(endpoint, {variable: str(tmp_path / "empty.pem")})


def test_every_file_that_cannot_be_read_is_named() -> None:
    endpoint = EndpointDeclaration(url="https://127.0.0.1:1", ca_file="no-a")
    with pytest.raises(TransportError) as caught:
        transport_of(endpoint, {"SSL_CERT_FILE": "no-b", "REQUESTS_CA_BUNDLE": "no-c"})
    assert [line.split(":")[0] for line in caught.value.problems] == [
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "endpoint.ca_file",
    ]  # fmt: skip


# The wrong scheme


def test_http_that_meets_tls_is_named(secure: str) -> None:
    assert reason(sent(secure.replace("https", "http"))) == (
        "the port speaks TLS; expected https:// instead of http:// in the url"
    )


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n<title>400 The plain HTTP request was sent to HTTPS port</title>",
        b"\x15\x03\x01\x00\x02\x02\x46",
    ],
)
def test_the_answers_of_tls_servers_to_http_are_known(said: bytes) -> None:
    with stranger(saying(said)) as other:
        assert "the port speaks TLS" in reason(sent(other.url))


def test_https_that_meets_no_tls_is_named(plain: str) -> None:
    assert reason(sent(plain.replace("http", "https"))) == (
        "no connection: the port does not speak TLS; expected http:// instead of https:// in the url"
    )


# Proxies


def through(proxy: ProxySeen, user: str = "") -> dict[str, Any]:
    return {"proxy": proxy.with_user(user) if user else proxy.url}


@pytest.mark.parametrize("user", ["", f"jo:{QUOTED}"])
def test_https_goes_through_a_tunnel(named: str, ca_file: str, user: str) -> None:
    with proxy_to(named, BASIC if user else "") as proxy:
        assert ok(sent(f"https://{HOST}", ca_file=ca_file, **through(proxy, user)))
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT {HOST}:443 ")
    assert (f"Proxy-Authorization: {BASIC}\r\n" in head) == bool(user)
    assert "Signature" not in head


@pytest.mark.parametrize("user", ["", f"jo:{QUOTED}"])
def test_http_is_passed_on_with_its_whole_url(plain: str, user: str) -> None:
    with proxy_to(plain, BASIC if user else "") as proxy:
        assert ok(sent(f"http://{HOST}:8642", **through(proxy, user)))
    assert proxy.heads[0].startswith(f"POST http://{HOST}:8642/?")
    assert f"\r\nhost: {HOST}:8642\r\n" in proxy.heads[0].lower()


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_proxy_that_wants_other_credentials_is_named_without_them(plain: str, scheme: str) -> None:
    with proxy_to(plain, "Basic other") as proxy:
        said = reason(sent(f"{scheme}://{HOST}", **through(proxy, f"jo:{QUOTED}")))
    assert said == (
        f"no connection through the proxy 127.0.0.1:{proxy.address[1]}: it refuses with HTTP 407; "
        "expected http://user:password@ in `proxy`, with credentials that it knows"
    )


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (b"HTTP/1.1 403 s3cret\r\n\r\n", "it refuses with HTTP 403"),
        (b"s3cret\r\n\r\n", "what came is no answer of a proxy"),
    ],
)
def test_a_proxy_that_refuses_is_named(refusal: bytes, said: str) -> None:
    with proxy_to("", refusal=refusal) as proxy:
        assert reason(sent(f"https://{HOST}", **through(proxy))).endswith(said)


def test_a_proxy_that_is_down_is_named() -> None:
    with proxy_to("") as proxy:
        pass
    said = reason(sent(f"https://{HOST}", **through(proxy, "jo:hidden")))
    assert said == f"no connection through the proxy 127.0.0.1:{proxy.address[1]}: Connection refused"


@pytest.mark.parametrize("spelling", ["http_proxy", "HTTP_PROXY"])
def test_the_environments_proxy_is_asked(plain: str, spelling: str) -> None:
    with proxy_to(plain) as proxy:
        assert ok(sent(f"http://{HOST}", {spelling: f"127.0.0.1:{proxy.address[1]}"}))
        assert not ok(sent(f"http://{HOST}", {"HTTPS_PROXY": proxy.url}))
        assert not ok(sent(f"http://{HOST}", {spelling: proxy.url}, proxy=""))
        assert ok(sent(plain, {spelling: "http://127.0.0.1:1"})), "never for an endpoint on this machine"
    assert len(proxy.heads) == 1


def asks_proxy(url: str, environ: dict[str, str]) -> bool:
    return transport_of(EndpointDeclaration(url=url), {"http_proxy": "proxy:3128", **environ}).proxy is not None


@pytest.mark.parametrize(
    ("exempt", "asked"),
    [
        ("", True),
        ("*", False),
        ("vpc.example.test", False),
        ("VPC.Example.Test:8642", False),
        ("vpc.example.test:1", True),
        ("a, .example.test", False),
        ("a *.example.test", False),
        ("ample.test", True),
        ("10.0.0.0/8", True),
    ],
)
def test_no_proxy_exempts_hosts_domains_and_networks(exempt: str, asked: bool) -> None:
    assert asks_proxy(f"http://{HOST}:8642", {"NO_PROXY": exempt}) == asked


def test_no_proxy_exempts_networks() -> None:
    assert not asks_proxy("http://10.1.2.3", {"no_proxy": "10.0.0.0/8"})
    assert asks_proxy("http://11.1.2.3", {"no_proxy": "10.0.0.0/8"})


def test_in_a_cgi_program_a_header_is_no_proxy() -> None:
    endpoint = EndpointDeclaration(url=f"http://{HOST}")
    environ = {"HTTP_PROXY": "http://proxy:3128", "REQUEST_METHOD": "GET"}
    assert transport_of(endpoint, environ).proxy is None


@pytest.mark.parametrize("value", [f"socks5://jo:{QUOTED}@proxy", f"https://jo:{QUOTED}@proxy", f"jo:{QUOTED}@:99999"])
def test_a_proxy_that_is_none_is_refused_without_quoting_it(value: str) -> None:
    with pytest.raises(TransportError) as caught:
        transport_of(EndpointDeclaration(url=f"https://{HOST}"), {"HTTPS_PROXY": value})
    assert str(caught.value).startswith("connection: HTTPS_PROXY: ")
    assert "pass" not in str(caught.value)


def test_the_credentials_of_a_proxy_are_in_no_text(plain: str) -> None:
    declared = {"url": f"http://{HOST}", "proxy": f"http://jo:{QUOTED}@proxy:3128"}
    endpoint = EndpointDeclaration.model_validate(declared, strict=False)
    way = transport_of(endpoint, {})
    for text in (repr(endpoint), endpoint.model_dump_json(), repr(way), str(way.proxy)):
        assert "pass" not in text
        assert BASIC.split()[1] not in text


def test_an_answer_does_not_repeat_the_credentials_of_a_proxy() -> None:
    echo = json.dumps({"Said": [PASSWORD, QUOTED, BASIC]}, ensure_ascii=False).encode()
    with stranger(answering(echo)) as other:
        endpoint = EndpointDeclaration.model_validate(
            {"url": f"http://{HOST}", "proxy": other.url.replace("//", f"//jo:{QUOTED}@")}, strict=False
        )
        with closing(HttpEndpoint(f"http://{HOST}", KEYS, "v3", transport=transport_of(endpoint, {}))) as one:
            received = one.send(REQUEST)
    assert received == Answer(200, {"Said": ["(hidden)", "(hidden)", "Basic (hidden)"]})
