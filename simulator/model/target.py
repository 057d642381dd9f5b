"""What an account declares: the target file as frozen values.

Rule 1. Every key of the file, its type, its range and its default stand here, and nowhere else.
Rule 2. A value is judged alone; what it takes two values to see (a duplicate id) is judged in `target_checks`.
Rule 3. No file, environment, socket, clock or dice.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from .prefixes import parse

FAULT = "target_fault"
"""The error type of this module's own rules; its context holds `expected`, and `wrong` to say instead of the value."""

ROLES = ("owner", "sub_user", "unauthorized")

Signature = Literal["none", "v1", "v3"]
_T = TypeVar("_T", str, SecretStr)


def _expects(expected: str, holds: Callable[[str], object]) -> Callable[[_T], _T]:
    def check(value: _T) -> _T:
        if not holds(value.get_secret_value() if isinstance(value, SecretStr) else value):
            raise PydanticCustomError(FAULT, "expected {expected}", {"expected": expected})
        return value

    return check


def _url(text: str) -> str:
    wrong = _url_fault(text)
    if wrong:
        expected = "http:// or https://, a host, and no credentials, query or fragment"
        raise PydanticCustomError(FAULT, "{wrong}; expected {expected}", {"wrong": wrong, "expected": expected})
    return text


def _url_fault(text: str) -> str | None:
    return _first_fault(
        text,
        lambda parts: (
            (not _is_word(text), "is empty, or has a blank, a control or a non-ASCII character"),
            (parts.scheme not in ("http", "https"), "is neither http:// nor https://"),
            ("@" in parts.netloc, "has credentials in it"),
            (not parts.hostname, "has no host"),
            ("?" in text or "#" in text, "has a query or a fragment"),
            (parts.port == 0, "has port 0"),
        ),
    )


def _first_fault(text: str, faults: Callable[[SplitResult], Iterable[tuple[bool, str]]]) -> str | None:
    """The first fault that a URL has; None where it has none of them."""
    try:
        return next((wrong for holds, wrong in faults(urlsplit(text)) if holds), None)
    except ValueError:  # of a host, or a port
        return "is not a URL"


def _proxy(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    wrong = proxy_fault(text) if text else None
    if wrong:
        expected = 'http://, a host and a port, with user:password@ if need be; or "" for none'
        raise PydanticCustomError(FAULT, "{wrong}; expected {expected}", {"wrong": wrong, "expected": expected})
    return secret


def proxy_fault(text: str) -> str | None:
    """What is wrong with the URL of a proxy, without a word of it; None for a good one."""
    return _first_fault(
        text,
        lambda parts: (
            (not _is_word(text), "has a blank, a control or a non-ASCII character"),
            (parts.scheme != "http", "is not http://, the only kind of proxy that is supported"),
            (not parts.hostname, "has no host"),
            (parts.path not in ("", "/") or "?" in text or "#" in text, "has a path, a query or a fragment"),
            (parts.port == 0, "has port 0"),
        ),
    )


def _is_word(text: str) -> bool:
    return re.fullmatch("[!-~]+", text) is not None


_A_WORD = "printable ASCII without blanks, at least one character"
Word = Annotated[str, AfterValidator(_expects(_A_WORD, _is_word))]
Secret = Annotated[SecretStr, AfterValidator(_expects(_A_WORD, _is_word))]
Url = Annotated[str, AfterValidator(_url)]
ProxyUrl = Annotated[SecretStr, AfterValidator(_proxy)]
ProfileName = Annotated[str, AfterValidator(_expects("a name", str.strip))]
FilePath = Annotated[str, AfterValidator(_expects("a path", lambda text: text and "\0" not in text))]
Cidr = Annotated[str, AfterValidator(_expects("an IPv4 prefix without host bits, as 10.0.0.0/8", parse))]
NextHop = Annotated[
    str,
    AfterValidator(_expects("a lower-case word, as vpn_gateway", re.compile("[a-z][a-z0-9_]*").fullmatch)),
]
CallerRole = Annotated[str, AfterValidator(_expects("one of " + ", ".join(ROLES), ROLES.__contains__))]
Quota = Annotated[int, Field(ge=0)]


class _Declaration(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


class EndpointDeclaration(_Declaration):
    """Where requests go, and how; without `url` to the simulator in this process. Rates are requests a second.

    An empty `proxy` is none; without the key the environment says which.
    """

    url: Url | None = None
    ca_file: FilePath | None = None
    proxy: ProxyUrl | None = None
    region: Word = "cn-hangzhou"
    signature: Signature = "none"
    settle_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    lag_seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    shared: bool | None = None
    requests_per_second: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    live: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine; so is the simulator in this process."""
        host = "localhost" if self.url is None else urlsplit(self.url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def is_alone(self) -> bool:
        """Whether nobody else is taken to use the account: what `shared` says, else by the address."""
        return self.is_loopback if self.shared is None else not self.shared

    @property
    def settles(self) -> float:
        """Seconds for which a gateway may stay `updating`: as declared, else 10 on this machine and 600 elsewhere."""
        return self.settle_seconds or (10.0 if self.is_loopback else 600.0)

    @property
    def lag(self) -> float:
        """Seconds that lists may lag: as declared, else 2 on this machine and 10 elsewhere."""
        return (2.0 if self.is_loopback else 10.0) if self.lag_seconds is None else self.lag_seconds


class Credential(_Declaration):
    """One caller's keys; both or none, and for temporary ones (STS) their token. `repr` and `str` show no secret.

    A `profile` or a `provider` says instead where the keys are.
    """

    access_key_id: Word | None = None
    access_key_secret: Secret | None = None
    security_token: Secret | None = None
    profile: ProfileName | None = None
    provider: Literal["default"] | None = None

    @property
    def signs(self) -> bool:
        """Whether there are keys, or there is a place where they are."""
        return any(each is not None for each in (self.access_key_id, self.profile, self.provider))


class Gateway(_Declaration):
    """One VPN gateway. `quota` counts policy-based routes."""

    id: Word
    tunnels: Literal["single", "dual"] = "single"
    pbr: bool = True
    priority: bool = True
    status: Literal["active", "updating"] = "active"
    business: Literal["normal", "financial_locked"] = "normal"
    quota: Quota = 20
    vpc: Word | None = None
    connections: tuple[Word, ...] = ()
    ssl_client_cidrs: tuple[Cidr, ...] = ()
    scratch: bool = False

    @property
    def dual(self) -> bool:
        """Whether this is a dual-tunnel gateway."""
        return self.tunnels == "dual"


class VpcRoute(_Declaration):
    """One declared row of a VPC's system route table. Two `destination` are the same prefix if the texts are equal."""

    destination: Cidr
    next_hop: NextHop
    id: Word


class Vpc(_Declaration):
    """One VPC. `vpn_route_quota` counts table rows to one VPN gateway; None is no limit."""

    id: Word
    vpn_route_quota: Quota | None = None
    routes: tuple[VpcRoute, ...] = ()


class Target(_Declaration):
    """A whole target file; `target_file` reads one, and sees to it that ids are unique and VPCs exist."""

    name: str
    endpoint: EndpointDeclaration = EndpointDeclaration()
    credentials: Mapping[CallerRole, Credential] = Field(default_factory=dict)
    gateways: tuple[Gateway, ...] = ()
    vpcs: tuple[Vpc, ...] = ()

    def gateway(self, id: str) -> Gateway | None:
        """The gateway with this id, or None."""
        return next((gateway for gateway in self.gateways if gateway.id == id), None)

    def vpc_of(self, gateway: Gateway) -> Vpc:
        """The VPC of a gateway; where none was named one of its own, empty and without quota.

        Raises KeyError for a gateway that names a VPC this target does not have.
        """
        if gateway.vpc is None:
            return Vpc(id=f"vpc-of-{gateway.id}")
        return {vpc.id: vpc for vpc in self.vpcs}[gateway.vpc]

    @property
    def in_full(self) -> Self:
        """The same, with the defaults of what it leaves out declared: so nothing is unknown, whatever its URL."""
        gateways = (each.model_copy(update={"quota": each.quota, "pbr": each.pbr}) for each in self.gateways)
        vpcs = (each.model_copy(update={"vpn_route_quota": each.vpn_route_quota}) for each in self.vpcs)
        return self.model_copy(update={"gateways": tuple(gateways), "vpcs": tuple(vpcs)})

    @property
    def connection_home(self) -> Mapping[str, str]:
        """Connection id -> id of the gateway it is on. Built anew at each call."""
        return MappingProxyType({name: gateway.id for gateway in self.gateways for name in gateway.connections})
