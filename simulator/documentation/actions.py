"""The operations by name, as the `Action` of a request has them."""

from __future__ import annotations

from typing import Final

CREATE: Final = "CreateVpnPbrRouteEntry"
DELETE: Final = "DeleteVpnPbrRouteEntry"
LIST: Final = "DescribeVpnPbrRouteEntries"
GATEWAY: Final = "DescribeVpnGateway"
WEIGHT: Final = "ModifyVpnPbrRouteEntryWeight"
PRIORITY: Final = "ModifyVpnPbrRouteEntryPriority"
ATTRIBUTE: Final = "ModifyVpnPbrRouteEntryAttribute"
PUBLISH: Final = "PublishVpnRouteEntry"
GATEWAYS: Final = "DescribeVpnGateways"
CONNECTION: Final = "DescribeVpnConnection"
CONNECTIONS: Final = "DescribeVpnConnections"
SSL_SERVERS: Final = "DescribeSslVpnServers"
VPC_ROUTES: Final = "DescribeRouteEntryList"
VPCS: Final = "DescribeVpcs"
ROUTE_TABLES: Final = "DescribeRouteTableList"
ACTIONS: Final = (CREATE, DELETE, LIST, GATEWAY)
"""What the suite itself sends."""
MODIFICATIONS: Final = (WEIGHT, PRIORITY, ATTRIBUTE)
