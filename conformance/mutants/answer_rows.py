"""Wrong answers to requests that are rightly judged: statuses, members of successes and refusals, and lists."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Final

from pbr_conformance.simulator.documentation.actions import LIST
from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.operations.answers import created

from .operators import LEFT_OUT, ListEntry, StepEvent, entries
from .parsing import with_mask
from .row import Row
from .steppers import Answering

_MEMBERS: Final = tuple(row.name for row in FIELDS)
_LISTED: Final = (
    "RouteSource",
    "RouteDest",
    "NextHop",
    "Weight",
    "Priority",
    "State",
    "CreateTime",
    "VpnInstanceId",
)
_Forms = Mapping[str, Callable[[Any], object]]
_FORMS: Final[_Forms] = {
    "as a text": str,
    "as a list": lambda v: [v],
    "as null": lambda v: None,
    "left out": lambda v: LEFT_OUT,
    "as true": lambda v: True,
    "in lower case": lambda v: v.lower() if isinstance(v, str) else v,
    "in upper case": lambda v: v.upper() if isinstance(v, str) else v,
    "empty": lambda v: "" if isinstance(v, str) else 0,
    "with a blank": lambda v: f"{v} " if isinstance(v, str) else v,
    "as a fraction": lambda v: v + 0.5 if isinstance(v, int) else v,
    "plus one": lambda v: v + 1 if isinstance(v, int) else v,
    "times 1000": lambda v: v * 1000 if isinstance(v, int) else v,
    "in thousands": lambda v: v // 1000 if isinstance(v, int) else v,
    "cut": lambda v: v[:-1] if isinstance(v, str) else v,
    "with a mask": lambda v: with_mask(v) if isinstance(v, str) else v,
    "without its length": lambda v: v.partition("/")[0] if isinstance(v, str) else v,
}
_STATUSES: Final = (200, 201, 204, 400, 401, 402, 403, 404, 405, 409, 412, 422, 423, 500, 501)
_WhenEvent = Callable[[StepEvent], object]
_OF_EVENTS: Final[Mapping[str, _WhenEvent]] = {
    "": lambda event: True,
    "of published routes": lambda event: (event.request.get("PublishVpc") or "").lower() == "true",
    "of standbys": lambda event: event.request.get("Weight") == "0",
    "with a token": lambda event: event.request.get("ClientToken"),
    "with a description": lambda event: event.request.get("Description"),
    "with a priority": lambda event: event.request.get("Priority"),
    "on a gateway that has a route": lambda event: len(event.before.table(event.gateway)) > 0,
}


def _changed(answer: Answer, **members: object) -> Answer:
    shown = {**(answer.members or {}), **members}
    return Answer(answer.status, {name: value for name, value in shown.items() if value is not LEFT_OUT})


def _on_success(change: Callable[[StepEvent], Answer], when: _WhenEvent) -> Answering:
    return Answering(lambda event: change(event) if event.done() and when(event) else event.answer)


def _on_refusal(change: Callable[[Answer], Answer], code: str) -> Answering:
    return Answering(
        lambda event: change(event.answer) if event.refused and event.answer.code == code else event.answer
    )


def shows_forms() -> Iterator[Row]:
    """A member of a success has another form."""
    for member, (how, form) in product(_MEMBERS, _FORMS.items()):
        change = lambda event, m=member, f=form: _changed(event.answer, **{m: f((event.answer.members or {}).get(m))})  # noqa: E731
        yield Row(f"{member} of a success is shown {how}", _on_success(change, lambda _: True), "answer/success")


def shows_forms_in_scope() -> Iterator[Row]:
    """A member of a success is wrong in some successes only."""
    chosen = {how: _FORMS[how] for how in ("as a text", "left out", "plus one", "empty", "cut")}
    scoped = dict(list(_OF_EVENTS.items())[1:])
    for member, (how, form), (scope, when) in product(_MEMBERS, chosen.items(), scoped.items()):
        change = lambda event, m=member, f=form: _changed(event.answer, **{m: f((event.answer.members or {}).get(m))})  # noqa: E731
        yield Row(f"{member} is shown {how} in successes {scope}", _on_success(change, when), "answer/success")


def shows_other_members() -> Iterator[Row]:
    """A member of a success has the value of another, or that of another route."""
    for member, other in product(_MEMBERS, _MEMBERS):
        if member != other:
            change = lambda event, m=member, o=other: _changed(event.answer, **{m: (event.answer.members or {}).get(o)})  # noqa: E731
            yield Row(
                f"{member} of a success has the value of {other}", _on_success(change, lambda _: True), "answer/success"
            )


def shows_other_routes() -> Iterator[Row]:
    """A member of a success has the value that another route of the gateway has."""
    which: dict[str, Callable[[list[Any]], Any]] = {"the oldest": lambda r: r[0], "the newest": lambda r: r[-1]}
    for member, (words, chosen) in product(_MEMBERS, which.items()):

        def change(event: StepEvent, member=member, chosen=chosen) -> Answer:
            place, routes = event.before.place(event.gateway), list(event.before.table(event.gateway))
            if not routes or place is None:
                return event.answer
            shown = created(chosen(routes), place, event.dialect, "5BE01CD7-5A50-472D-AC14-CA181C5C03BE").members or {}
            return _changed(event.answer, **{member: shown.get(member, LEFT_OUT)})

        yield Row(
            f"{member} of a success is that of {words} route", _on_success(change, lambda _: True), "answer/success"
        )


def succeeds_with_status() -> Iterator[Row]:
    """A success has another status, or is no JSON object."""
    for status, (scope, when) in product(_STATUSES, _OF_EVENTS.items()):
        if status != 200 and status < 500:  # after those it is read back whether they took effect
            change = lambda event, s=status: replace(event.answer, status=s)  # noqa: E731
            words = f"a success {scope} has status {status}".replace("  ", " ")
            yield Row(words, _on_success(change, when), "answer/success")


def refuses_with_status() -> Iterator[Row]:
    """A refusal has another status than its row."""
    for row, status in product(ERRORS, _STATUSES):
        if status != row.status:
            change = lambda answer, s=status: replace(answer, status=s)  # noqa: E731
            yield Row(f"{row.code} is answered with status {status}", _on_refusal(change, row.code), "answer/refusal")


def refuses_with_members() -> Iterator[Row]:
    """A refusal lacks a member, or has it in another form."""
    forms: _Forms = {
        "left out": lambda v: LEFT_OUT,
        "null": lambda v: None,
        "empty": lambda v: "",
        "a number": lambda v: 42,
        "a list": lambda v: [v],
    }
    for row, member, (how, form) in product(ERRORS, ("Code", "Message", "RequestId"), forms.items()):
        change = lambda answer, m=member, f=form: _changed(answer, **{m: f((answer.members or {}).get(m))})  # noqa: E731
        yield Row(f"{member} of {row.code} is {how}", _on_refusal(change, row.code), "answer/refusal")


def respells_codes() -> Iterator[Row]:
    """A code is spelled otherwise."""
    spellings: dict[str, Callable[[str], str]] = {
        "in lower case": str.lower,
        "in upper case": str.upper,
        "by its first part": lambda c: c.partition(".")[0],
        "by its last part": lambda c: c.rpartition(".")[2],
        "with underscores": lambda c: c.replace(".", "_"),
        "with an s": lambda c: f"{c}s",
        "without its dots": lambda c: c.replace(".", ""),
    }
    for row, (how, spelled) in product(ERRORS, spellings.items()):
        if spelled(row.code) != row.code:
            code = spelled(row.code)
            change = lambda answer, c=code: _changed(answer, Code=c)  # noqa: E731
            yield Row(f"{row.code} is spelled {how}", _on_refusal(change, row.code), "answer/refusal")


# --- Lists ------------------------------------------------------------------------------------------------------

_Relist = Callable[[list[ListEntry]], list[ListEntry]]


def _listing(change: _Relist) -> Answering:
    def changed(event: StepEvent) -> Answer:
        members = event.answer.members
        if not event.done(LIST) or members is None:
            return event.answer
        listed = entries(event.answer)
        shown = change(listed)
        total = members["TotalCount"]
        assert isinstance(total, int)
        routes = {"VpnPbrRouteEntry": shown}
        return _changed(event.answer, TotalCount=total + len(shown) - len(listed), VpnPbrRouteEntries=routes)

    return Answering(changed)


_LISTED_WHEN: Final[Mapping[str, Callable[[ListEntry], object]]] = {
    "published": lambda e: e["State"] == "published",
    "unpublished": lambda e: e["State"] == "normal",
    "standby": lambda e: e["Weight"] == 0,
    "active": lambda e: e["Weight"] == 100,
    "of priority 10": lambda e: e.get("Priority") == 10,
    "of another priority than 10": lambda e: e.get("Priority") != 10,
    "of priority 1": lambda e: e.get("Priority") == 1,
    "of priority 100": lambda e: e.get("Priority") == 100,
    "from a single address": lambda e: str(e["RouteSource"]).endswith("/32"),
    "to a single address": lambda e: str(e["RouteDest"]).endswith("/32"),
    "from everywhere": lambda e: str(e["RouteSource"]).endswith("/0"),
    "from 172.16.0.0/12": lambda e: str(e["RouteSource"]).startswith("172."),
    "from a half": lambda e: str(e["RouteSource"]).endswith("/25"),
    "to a half": lambda e: str(e["RouteDest"]).endswith("/25"),
    "from a wide source": lambda e: str(e["RouteSource"]).endswith(("/8", "/12", "/16")),
    "to a wide destination": lambda e: str(e["RouteDest"]).endswith(("/8", "/12", "/15", "/16")),
    "by the second connection": lambda e: str(e["NextHop"]).endswith(("b", "2")),
}


def lists_forms() -> Iterator[Row]:
    """A member of listed routes has another form, or the value of another member."""
    kept = {how: form for how, form in _FORMS.items() if how != "left out"}
    for member, (how, form) in product(_LISTED, kept.items()):
        change: _Relist = lambda listed, m=member, f=form: [{**e, m: f(e.get(m))} for e in listed]  # noqa: E731
        yield Row(f"{member} is listed {how}", _listing(change), "state/created")


def lists_forms_in_scope() -> Iterator[Row]:
    """A member of some listed routes is that of the plainest route."""
    plain: dict[str, object] = {"Weight": 100, "Priority": 10, "State": "normal", "RouteSource": "192.168.1.0/24"}
    for (member, value), (scope, when) in product(plain.items(), _LISTED_WHEN.items()):
        change: _Relist = lambda listed, m=member, v=value, w=when: [{**e, m: v} if w(e) else e for e in listed]  # noqa: E731
        yield Row(f"{member} of routes {scope} is listed as {value}", _listing(change), "state/created")


def lists_other_members() -> Iterator[Row]:
    """A member of listed routes has the value of another member, or of another route."""
    for member, other in product(_LISTED, _LISTED):
        if member != other:
            change: _Relist = lambda listed, m=member, o=other: [{**e, m: e.get(o)} for e in listed]  # noqa: E731
            yield Row(f"{member} is listed with the value of {other}", _listing(change), "state/created")
    for member in _LISTED:
        same: _Relist = lambda listed, m=member: [{**e, m: listed[0].get(m)} for e in listed]  # noqa: E731
        yield Row(f"{member} of every route is listed as that of the first", _listing(same), "state/created")


def lists_some() -> Iterator[Row]:
    """Some routes are not listed, or are listed twice."""
    which: dict[str, _Relist] = {
        **{
            f"routes {words} are not listed": lambda listed, w=when: [e for e in listed if not w(e)]
            for words, when in _LISTED_WHEN.items()
        },
        **{
            f"routes {words} are listed twice": lambda listed, w=when: [*listed, *(e for e in listed if w(e))]
            for words, when in _LISTED_WHEN.items()
        },
        **{
            f"{n} routes are listed at most": lambda listed, n=n: listed[:n]
            for n in (1, 2, 3, 4, 5, 8, 9, 10, 12, 16, 18, 19)
        },
        **{f"the {n} newest routes are listed": lambda listed, n=n: listed[-n:] for n in (1, 2, 3, 5, 8, 10, 15)},
        "the oldest of several is not listed": lambda listed: listed[1:] if len(listed) > 1 else listed,
        "the newest of several is not listed": lambda listed: listed[:-1] if len(listed) > 1 else listed,
        "the newest is listed twice": lambda listed: [*listed, *listed[-1:]],
        "of routes with the same prefixes one is listed": lambda listed: list(
            {(e["RouteSource"], e["RouteDest"]): e for e in listed}.values()
        ),
        "of routes to the same destination one is listed": lambda listed: list(
            {e["RouteDest"]: e for e in listed}.values()
        ),
        "of routes from the same source one is listed": lambda listed: list(
            {e["RouteSource"]: e for e in listed}.values()
        ),
        "of routes by the same next hop one is listed": lambda listed: list({e["NextHop"]: e for e in listed}.values()),
    }
    for words, change in which.items():
        yield Row(words, _listing(change), "state/created")
