#!/usr/bin/env bash
# alibabacloud-vpc20160428 7.2.2 names the operation in the header x-acs-action alone, and a cassette of vcrpy 9.4.2
# matches a request by method and address. So a list of a gateway's routes is answered with what was recorded for the
# description of the gateway, which has the same parameters, and the SDK returns it without an error. A matcher on that
# header keeps the two apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "vcrpy==9.4.2" "alibabacloud-vpc20160428==7.2.2" "alibabacloud-tea-openapi==0.4.6" "darabonba-core==1.0.9"
cat > "$folder/see.py" <<'PY'
import http.server
import json
import threading

import vcr
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models
from alibabacloud_vpc20160428.client import Client


class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.dumps({"RequestId": self.headers["x-acs-action"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"127.0.0.1:{server.server_address[1]}"
client = Client(Config(access_key_id="id", access_key_secret="s", endpoint=endpoint, protocol="http"))
gateway = {"region_id": "r", "vpn_gateway_id": "vpn-1"}


def describe():
    return client.describe_vpn_gateway(models.DescribeVpnGatewayRequest(**gateway)).body.request_id


def routes():
    return client.describe_vpn_pbr_route_entries(models.DescribeVpnPbrRouteEntriesRequest(**gateway)).body.request_id


def same_action(one, other):
    assert one.headers["x-acs-action"] == other.headers["x-acs-action"]


by_action = vcr.VCR(match_on=["method", "uri", "action"])
by_action.register_matcher("action", same_action)
with vcr.use_cassette("kept.yaml"):
    print("recorded:", describe(), routes())
with vcr.use_cassette("kept.yaml", record_mode="none"):
    print("routes:", routes())
with by_action.use_cassette("kept.yaml", record_mode="none"):
    print("routes, by action:", routes())
PY
(cd "$folder" && venv/bin/python see.py > seen)
diff "$folder/seen" - <<'SEEN'
recorded: DescribeVpnGateway DescribeVpnPbrRouteEntries
routes: DescribeVpnGateway
routes, by action: DescribeVpnPbrRouteEntries
SEEN
echo "as stated: the list of routes is answered with the recorded description of the gateway"
