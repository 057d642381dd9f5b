"""Wrong answers to requests that are rightly judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pbr_conformance.simulator.model.messages import Answer

from . import parsing as m
from . import stateful as d
from .mutant import Mutant
from .operators import (
    LEFT_OUT,
    after,
    answers,
    answers_for,
    created,
    hears,
    refuses,
    shows,
    value,
    with_members,
    with_status,
)

_SUB_USER: Final = "Forbbiden.SubUser"
_NOT_FOUND: Final = "InvalidVpnGatewayInstanceId.NotFound"
_PAGE: Final = Answer(400, None, "<html><body><h1>400 Bad Request</h1></body></html>")
_TRACE: Final = Answer(
    400, None, 'Traceback (most recent call last):\n  File "/app/api.py", line 42, in create\nKeyError'
)

# fmt: off
ANSWER_MUTANTS: Final = (
    Mutant("weight-text", "Weight is shown as a text", "answer/success", shows(Weight=str)),
    Mutant("priority-text", "Priority is shown as a text", "answer/success", shows(Priority=str)),
    Mutant("priority-100", "the default priority is 100", "answer/success",
           hears(Priority=m.instead(None, "", of="100"))),
    Mutant("gateway-renamed", "the gateway is called VpnGatewayId, as in the request", "answer/success",
           after(d.renames("VpnInstanceId", "VpnGatewayId"))),
    Mutant("time-seconds", "CreateTime is in seconds", "answer/success",
           shows(CreateTime=lambda time: int(str(time)) // 1000)),
    Mutant("time-text", "CreateTime is a date in ISO 8601", "answer/success",
           shows(CreateTime=value("2026-01-01T00:00:00Z"))),
    Mutant("request-id-missing", "a success has no RequestId", "answer/success", shows(RequestId=value(LEFT_OUT))),
    Mutant("request-id-constant", "every success has the same RequestId", "answer/success",
           shows(RequestId=value("5BE01CD7-5A50-472D-AC14-CA181C5C03BE"))),
    Mutant("state-normal", "State is always normal", "answer/success", shows(State=value("normal"))),
    Mutant("state-publishing", "State is publishing until the route is published", "answer/success",
           shows(State=lambda state: "publishing" if state == "published" else state)),
    Mutant("publish-lower-case", "True is no boolean: the route is not published", "answer/success",
           hears(PublishVpc=lambda text: text if text in (None, "", "true") else "false")),
    Mutant("source-host", "a source of one address is shown without its length", "answer/success",
           shows(RouteSource=lambda text: str(text).removesuffix("/32"))),
    Mutant("destination-mask", "the destination is shown with a mask", "answer/success",
           shows(RouteDest=m.with_mask)),
    Mutant("description-missing", "Description is not shown", "answer/success", shows(Description=value(LEFT_OUT))),
    Mutant("description-ascii", "Description loses what is not ASCII", "answer/success",
           shows(Description=lambda text: str(text).encode("ascii", "replace").decode())),
    Mutant("description-escaped", "Description is shown as HTML", "answer/success",
           shows(Description=lambda text: str(text).replace("&", "&amp;").replace("<", "&lt;"))),
    Mutant("overlay-lower-case", "OverlayMode is shown as ipsec", "answer/success", shows(OverlayMode=value("ipsec"))),
    Mutant("created-201", "a success has status 201", "answer/success", answers(with_status(201), created)),
    Mutant("sub-user-400", "another user of the account is answered with 400", "answer/refusal",
           refuses(with_status(400), _SUB_USER)),
    Mutant("gateway-400", "an unknown gateway is answered with 400", "answer/refusal",
           refuses(with_status(400), _NOT_FOUND)),
    Mutant("unauthorized-401", "a caller without the right is answered with 401", "answer/refusal",
           refuses(with_status(401), "Forbidden")),
    Mutant("overlap-409", "overlap is answered with 409", "answer/refusal",
           refuses(with_status(409), "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap")),
    Mutant("dry-run-412", "a dry run that passes is answered with 412", "answer/refusal",
           refuses(with_status(412), "DryRunOperation")),
    Mutant("refusal-without-message", "a refusal has no Message", "answer/refusal",
           refuses(with_members(Message=LEFT_OUT))),
    Mutant("refusal-empty-message", "the Message of a refusal is empty", "answer/refusal",
           refuses(with_members(Message=""), "VpnRouteEntry.InvalidWeight")),
    Mutant("refusal-without-id", "a refusal has no RequestId", "answer/refusal",
           refuses(with_members(RequestId=LEFT_OUT))),
    Mutant("message-general", "every Message is the same", "answer/message",
           refuses(with_members(Message="The request is not valid.")), strict_messages=True),
    Mutant("message-full-stop", "each Message ends with two full stops", "answer/message",
           refuses(lambda a: with_members(Message=f"{(a.members or {})['Message']}.")(a)), strict_messages=True),
    Mutant("message-of-the-other", "a conflict in the VPC's table always names another VPN", "answer/message",
           answers_for("vpc/other-next-hop", "OperationFailed.RouteConflict/vpn"), strict_messages=True),
    Mutant("refusal-200", "a refusal has status 200, and a Code", "answer/never", refuses(with_status(200))),
    Mutant("page-on-type", "a value of a wrong type is answered with an HTML page", "answer/never",
           refuses(lambda _: _PAGE, "InvalidWeight")),
    Mutant("trace-on-missing", "a missing parameter is answered with a stack trace", "answer/never",
           refuses(lambda _: _TRACE, "MissingWeight")),
    Mutant("conflict-500", "a conflict is answered with 500", "answer/never",
           refuses(lambda a: replace(with_members(Code="ServerError")(a), status=500), "VpnRouteEntry.AlreadyExists")),
    Mutant("emoji-500", "the database has no characters of four bytes: 500", "answer/never",
           answers(with_status(500), lambda e: max(e.request.get("Description") or " ") > "\uffff")),
    Mutant("closed-on-length", "the connection is closed on a description of 1,000 characters", "answer/never",
           answers(lambda _: d.CLOSED, lambda e: len(e.request.get("Description") or "") >= 1000)),
)
# fmt: on
