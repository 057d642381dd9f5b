"""How the prefixes of a failing sequence lie to one another: what was held, what was sent, what both match.

Rules of this file
1. It is drawn where prefixes are the point, and nowhere else.
2. What lies where is worked out by simulator/model/prefix_layout.py; here it is only told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.reports.data.diagram import BoxRole, Diagram, DiagramBox, DiagramLabel
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefix_layout import Canvas, LayoutBox, PlacedRoutes, layout_of
from pbr_conformance.simulator.model.routes import Route, key_of
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.creation import creation_of

_DRAWN: Final = tuple(condition.id for condition in CONDITIONS if condition.compares_routes)
"""The conditions that compare prefixes with those of other routes."""
_CANVAS: Final = Canvas(480, 270, left=118)
_MOST_HELD: Final = 20
"""Routes that are drawn, the newest ones."""


def diagram_of(address: str, shown: Sequence[Interaction], guilty: int) -> Diagram | None:
    """The prefixes of what a gateway held and of the creation at fault; None where they are not the point."""
    request = shown[guilty].request
    sent = _route(request, guilty + 1)
    if address not in _DRAWN or request.action != CREATE or sent is None:
        return None
    held = _held(shown[:guilty], request.parameters.get("VpnGatewayId"))[-_MOST_HELD:]
    if not held:
        return None
    drawn = layout_of([*held, sent], _CANVAS, lambda routes: [(", ".join(str(each.number) for each in routes),)])
    boxes = [box for rectangle in drawn.rectangles for box in _boxes(rectangle, sent)]
    target = next(rectangle.box for rectangle in drawn.rectangles if sent in rectangle.routes)
    boxes += [_shared(rectangle, target) for rectangle in drawn.rectangles if _shares(rectangle, target, sent)]
    return Diagram(
        width=_CANVAS.width,
        height=_CANVAS.height,
        frame=_CANVAS.frame,
        across="RouteSource",
        down="RouteDest",
        boxes=tuple(sorted(boxes, key=lambda box: list(BoxRole).index(box.role))),
        columns=tuple(DiagramLabel(label.x, label.lines[0]) for label in drawn.sources),
        rows=tuple(DiagramLabel(label.y, label.lines[0]) for label in drawn.destinations),
    )


def _held(earlier: Sequence[Interaction], gateway: str | None) -> list[Route]:
    """What earlier requests left on a gateway."""
    held: dict[tuple[str, str, str], Route] = {}
    for number, each in enumerate(earlier, 1):
        request, answer = each.request, each.received
        if request.parameters.get("VpnGatewayId") != gateway or not isinstance(answer, Answer) or answer.status != 200:
            continue
        key, route = key_of(request.parameters), _route(request, number)
        if request.action == DELETE:
            held.pop(key, None)
        elif request.action == CREATE and route is not None:
            held[key] = route
    return list(held.values())


def _route(request: Request, number: int) -> Route | None:
    """What a creation asks for, as far as it can be drawn; its number is that of the request."""
    creation = creation_of(request)
    source, destination = creation.source_prefix, creation.destination_prefix
    if source is None or destination is None or creation.weight is None or creation.priority is None:
        return None
    texts = (request.parameters["RouteSource"], request.parameters["RouteDest"], request.parameters.get("NextHop", ""))
    return Route(*texts, creation.weight, creation.priority, False, None, 0, number, source, destination)


def _boxes(rectangle: PlacedRoutes, sent: Route) -> Iterator[DiagramBox]:
    """One for what was held at a place, and one for what was sent; the first has the label of both."""
    label = None if rectangle.label is None else (rectangle.label.x, rectangle.label.y)
    where = f"{sent.source} to {sent.destination}"
    held = tuple(route.number for route in rectangle.routes if route is not sent)
    if held:
        where = f"{rectangle.routes[0].source} to {rectangle.routes[0].destination}"
        yield DiagramBox(*rectangle.box, BoxRole.HELD, held, where, None if sent in rectangle.routes else label)
    if sent in rectangle.routes:
        yield DiagramBox(*rectangle.box, BoxRole.SENT, (*held, sent.number), where, label)


def _shares(rectangle: PlacedRoutes, target: LayoutBox, sent: Route) -> bool:
    return rectangle.box.meets(target) and any(route is not sent for route in rectangle.routes)


def _shared(rectangle: PlacedRoutes, target: LayoutBox) -> DiagramBox:
    """What a place has in common with the one that was sent."""
    box = rectangle.box
    x, y = max(box.x, target.x), max(box.y, target.y)
    width = round(min(box.x + box.width, target.x + target.width) - x, 1)
    height = round(min(box.y + box.height, target.y + target.height) - y, 1)
    numbers = tuple(route.number for route in rectangle.routes)
    return DiagramBox(x, y, width, height, BoxRole.SHARED, numbers, "packets that match both")
