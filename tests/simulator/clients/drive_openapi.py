"""Drives the official client for Python, alibabacloud_vpc20160428. Its argument is the client's signature_algorithm.

`form` is what Terraform's provider does in Go: no model, and the parameters in the body.
"""

from __future__ import annotations

import re
import sys

from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_openapi.utils import Utils
from alibabacloud_vpc20160428 import models
from alibabacloud_vpc20160428.client import Client
from darabonba.runtime import RuntimeOptions

from tests.simulator.clients.conversation import Asked, Names, converse


def call(asked: Asked) -> object:
    """One call with a client of its own."""
    client = Client(
        Config(
            access_key_id=asked.key,
            access_key_secret=asked.secret,
            security_token=asked.token or None,
            region_id="cn-hangzhou",
            endpoint=asked.endpoint,
            protocol="http",
            signature_algorithm=sys.argv[1],
        )
    )
    if asked.how == "model":
        request = getattr(models, f"{asked.action}Request")().from_map(asked.parameters)
        method = re.sub("(?<!^)(?=[A-Z])", "_", asked.action).lower()
        return getattr(client, method)(request).body.to_map()
    if asked.how == "form":
        return _generic(client, asked, "json", OpenApiRequest(body=asked.parameters))
    return _generic(client, asked, "string", OpenApiRequest(query={**Utils.query(asked.parameters), "Format": "XML"}))


def _generic(client: Client, asked: Asked, body_type: str, request: OpenApiRequest) -> object:
    params = Params(
        action=asked.action,
        version="2016-04-28",
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type=body_type,
    )
    return client.call_api(params, request, RuntimeOptions())["body"]


if __name__ == "__main__":
    converse(call, Names("status_code", "code"))
