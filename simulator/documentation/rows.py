"""What a row of the documentation is, and the versions of the documentation it can hold in.

Rules of this file
1. A row is a frozen value: what is said, where it is said, and from which version to which it holds.
2. `id` is the row's address everywhere (command line, report, generated Markdown): made of names, never of positions.
3. The tables and the lookups are in `documentation.py`; what a request meets of them is judged in `conditions.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

Type = Literal["string", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the documentation: its date, what was read, in which language, and what is odd about it."""

    date: str
    what: str
    language: str
    remark: str


VERSIONS: Final[tuple[Version, ...]] = (
    Version("2020-11-20", "API page", "en", "the first one; complete"),
    Version("2024-06-24", "API metadata", "zh", "complete; what is in English only is of the SDKs of that year"),
    Version("2026-02-11", "API page", "en", "complete, with many descriptions on rows that are not theirs"),
    Version(
        "2026-09-21",
        "SDK 7.1.4 of 2026-07-28, npm 7.3.2",
        "en",
        "the texts of the SDK, and the limits on destinations that npm 7.3.2 narrowed; no error codes: those of "
        "2026-02-11 are taken to hold on",
    ),
)
"""The oldest first. The date is how a version is named."""
SPECS: Final[tuple[str, ...]] = tuple(version.date for version in VERSIONS)
DEFAULT_SPEC: Final = "2026-02-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedRow(ABC):
    """A clause: something the documentation says. `until` is the last version it holds in; None is still."""

    chapter: ClassVar[str]
    text: str
    source: str
    since: str = SPECS[0]
    until: str | None = None
    language: str = ""
    """The only language whose documents say so; empty where all do."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The address, unique among all clauses."""

    def holds_in(self, spec: str) -> bool:
        """Whether this version of the documentation says so. KeyError where `spec` is none of SPECS."""
        if spec not in SPECS:
            raise KeyError(spec)
        return self.since <= spec and (self.until is None or spec <= self.until)


@dataclass(frozen=True, slots=True)
class Member(DocumentedRow):
    """What parameters and response fields share."""

    name: str
    type: Type
    required: bool
    example: str


@dataclass(frozen=True, slots=True)
class Parameter(Member):
    """A request parameter. `required`: a request without it is refused."""

    chapter: ClassVar[str] = "Request parameters"

    @property
    def id(self) -> str:
        return f"parameter/{self.name}"


@dataclass(frozen=True, slots=True)
class Limit(DocumentedRow):
    """What the value of one parameter may be: from `low` to `high`, both included, or one of `values`.

    `parameter` is the one it limits; of limit/quota it is the one that names what has the quota. Lengths count
    characters, `.ascii` bounds each character's code point, and the values of `.scheme` are the forbidden beginnings.
    `default` is what holds where nothing was sent, or configured.
    """

    chapter: ClassVar[str] = "Limits"
    name: str
    parameter: str
    low: int | None = None
    high: int | None = None
    values: tuple[int | str, ...] = ()
    default: int | None = None

    @property
    def id(self) -> str:
        return f"limit/{self.name}"


@dataclass(frozen=True, slots=True)
class Field(Member):
    """A member of a successful answer. `required`: each such answer has it."""

    chapter: ClassVar[str] = "Response fields"

    @property
    def id(self) -> str:
        return f"response/{self.name}"


@dataclass(frozen=True, slots=True)
class Error(DocumentedRow):
    """A refusal: `status`, `code` and `message` are the vendor's, to the letter.

    `row` is the position in the table of 2026-02-11, from 1; `suffix` tells two rows of one code apart in their ids.
    """

    chapter: ClassVar[str] = "Error codes"
    row: int
    status: int
    code: str
    message: str
    suffix: str = ""

    @property
    def id(self) -> str:
        return f"error/{self.code}/{self.suffix}" if self.suffix else f"error/{self.code}"


@dataclass(frozen=True, slots=True)
class Guide(DocumentedRow):
    """A rule told elsewhere: in the operation's introduction, the user guide, a sibling operation, or by a client."""

    chapter: ClassVar[str] = "Guide"
    name: str

    @property
    def id(self) -> str:
        return f"guide/{self.name}"


@dataclass(frozen=True, slots=True)
class Transient:
    """A code that passes with time and is retried. An empty `message`: none is published.

    A `family` stands for every code that begins with its own: Throttling for Throttling.User too.
    """

    code: str
    statuses: tuple[int, ...]
    message: str
    source: str
    family: bool = False

    def covers(self, code: str) -> bool:
        """Whether `code` is this one, or one of its family."""
        return code.startswith(self.code) if self.family else code == self.code


@dataclass(frozen=True, slots=True)
class SiblingError:
    """A refusal that is not in the operation's own table. An empty `operation`: any operation can give it.

    `<Param>` in the code and the message stands for a parameter's name.
    """

    operation: str
    status: int
    code: str
    message: str
    source: str

    def about(self, parameter: str) -> SiblingError:
        """The same refusal with the parameter's name filled in."""
        code, message = (text.replace("<Param>", parameter) for text in (self.code, self.message))
        return replace(self, code=code, message=message)
