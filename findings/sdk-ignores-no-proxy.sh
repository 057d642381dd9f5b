#!/usr/bin/env bash
# alibabacloud-vpc20160428 7.2.2 (darabonba-core 1.0.9) takes HTTP_PROXY from the environment and
# not NO_PROXY: a server on this machine is asked through the proxy, in the asynchronous method too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2" "darabonba-core==1.0.9" \
    "requests==2.32.5"
cat > "$folder/see.py" <<'PY'
import asyncio
import http.server
import os
import threading

import requests
from alibabacloud_tea_openapi.utils_models import Config
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = b'{"RequestId":"%s"}' % self.server.word
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def serve(word):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.word = word
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"


target = serve(b"direct")
os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = f"http://{serve(b'proxy')}"
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
client = Client(
    Config(access_key_id="i", access_key_secret="s", region_id="cn-hangzhou", endpoint=target, protocol="HTTP")
)
request = CreateVpnPbrRouteEntryRequest(region_id="cn-hangzhou")
print("requests", requests.post(f"http://{target}/").json()["RequestId"])
print("SDK", client.create_vpn_pbr_route_entry(request).body.request_id)
print("SDK, asynchronous", asyncio.run(client.create_vpn_pbr_route_entry_async(request)).body.request_id)
PY
env -u ALL_PROXY -u all_proxy "$folder/venv/bin/python" "$folder/see.py" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
requests direct
SDK proxy
SDK, asynchronous proxy
SEEN
echo "as stated: the SDK asks the proxy"
