"""The operations beside creation, each as its own documentation says, as far as it tells of policy-based routes. Pure.

Rules of this package
1. The suite uses four of them, and judges none.
2. What creation and another operation share is asked of the rows of `conditions.py`; `step.py` looks at tokens first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pbr_conformance.simulator.documentation.actions import (
    CONNECTION,
    CONNECTIONS,
    DELETE,
    GATEWAY,
    GATEWAYS,
    LIST,
    MODIFICATIONS,
    PUBLISH,
    ROUTE_TABLES,
    SSL_SERVERS,
    VPC_ROUTES,
    VPCS,
)

from . import change, describe, entries
from .asking import SiblingStep

SIBLINGS: Final[Mapping[str, SiblingStep]] = {
    DELETE: entries.delete,
    LIST: entries.list_routes,
    GATEWAY: describe.describe_gateway,
    GATEWAYS: describe.describe_gateways,
    CONNECTION: describe.describe_connection,
    CONNECTIONS: describe.describe_connections,
    SSL_SERVERS: describe.describe_ssl_servers,
    VPC_ROUTES: describe.describe_route_entries,
    VPCS: describe.describe_vpcs,
    ROUTE_TABLES: describe.describe_route_tables,
    PUBLISH: change.publish,
    **dict.fromkeys(MODIFICATIONS, change.modify),
}
