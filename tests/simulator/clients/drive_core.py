"""Drives the old official client for Python, aliyun-python-sdk-vpc. It has no model of an answer: that is the body."""

from __future__ import annotations

import json
from importlib import import_module

from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient

from tests.simulator.clients.conversation import Asked, Names, converse


def call(asked: Asked) -> object:
    """One call with a client of its own. Only `do_action` lets a caller ask for XML; it raises nothing."""
    keys = AccessKeyCredential(asked.key, asked.secret)
    if asked.token:
        keys = StsTokenCredential(asked.key, asked.secret, asked.token)
    client = AcsClient(region_id="cn-hangzhou", auto_retry=False, credential=keys)
    name = f"{asked.action}Request"
    request = getattr(import_module(f"aliyunsdkvpc.request.v20160428.{name}"), name)()
    request.set_endpoint(asked.endpoint)
    request.set_protocol_type("http")
    for parameter, value in asked.parameters.items():
        if parameter != "RegionId":  # the client's own
            getattr(request, f"set_{parameter}")(value)
    if asked.how == "xml":
        request.set_accept_format("XML")
        return client.do_action(request).decode()
    return json.loads(client.do_action_with_exception(request))


if __name__ == "__main__":
    converse(call, Names("http_status", "error_code"))
