"""Drives one of the vendor's clients for Python: a JSON document a line in, one a line out, until the input ends.

Its argument is the kind of client. It runs in an environment that has that client and nothing of this project.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any


def call(kind: str, asked: Mapping[str, Any]) -> object:
    """What a client returns for one call."""
    return _core(asked) if kind == "core" else _generated(kind, asked)


def _generated(kind: str, asked: Mapping[str, Any]) -> object:
    """`alibabacloud_vpc20160428`: with the runtime that its major version has, V1 or V3, at once or asynchronously."""
    config = {"access_key_id": asked["key"], "access_key_secret": asked["secret"], "region_id": "cn-hangzhou"}
    where = {"endpoint": asked["endpoint"], "protocol": "http"}
    if kind == "credentials":  # keys from the environment, by the vendor's chain of providers
        credential = import_module("alibabacloud_credentials.client").Client()
        config = {"credential": credential, "region_id": "cn-hangzhou"}
    runtime = "alibabacloud_tea_rpc" if kind == "rpc" else "alibabacloud_tea_openapi"
    signed = {"signature_algorithm": "v2"} if kind == "v1" else {}
    configured = import_module(f"{runtime}.models").Config(**config, **where, **signed)
    client = import_module("alibabacloud_vpc20160428.client").Client(configured)
    request = getattr(import_module("alibabacloud_vpc20160428.models"), f"{asked['action']}Request")()
    for name, value in asked["parameters"].items():
        setattr(request, _snake(name), value)  # a model takes any attribute, and sends those that it knows
    method = getattr(client, _snake(asked["action"]) + ("_async" if kind == "async" else ""))
    answer = asyncio.run(method(request)) if kind == "async" else method(request)
    return getattr(answer, "body", answer).to_map()


def _core(asked: Mapping[str, Any]) -> object:
    """`aliyun-python-sdk-vpc`: a setter for each parameter that it knows, others are added to the query."""
    client = import_module("aliyunsdkcore.client").AcsClient(asked["key"], asked["secret"], "cn-hangzhou")
    name = f"{asked['action']}Request"
    request = getattr(import_module(f"aliyunsdkvpc.request.v20160428.{name}"), name)()
    request.set_endpoint(asked["endpoint"])
    request.set_protocol_type("http")
    for parameter, value in asked["parameters"].items():
        if parameter != "RegionId" and hasattr(request, f"set_{parameter}"):
            getattr(request, f"set_{parameter}")(value)
    body = client.do_action_with_exception(request)
    try:
        return json.loads(body)
    except ValueError:  # it hands over what came
        return body.decode("utf-8", "replace")


def _snake(name: str) -> str:
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()


def _told(kind: str, line: str) -> dict[str, object]:
    try:
        return {"returned": call(kind, json.loads(line))}
    except Exception as error:
        code = getattr(error, "code", None) or getattr(error, "error_code", None)
        return {"raised": type(error).__name__, "code": code}


if __name__ == "__main__":
    for asked_line in sys.stdin:
        sys.stdout.write(json.dumps(_told(sys.argv[1], asked_line)) + "\n")
        sys.stdout.flush()
