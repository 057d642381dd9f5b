#!/usr/bin/env bash
# aliyun-python-sdk-core 2.16.1 returns a body that is shorter than its Content-Length as a success: no exception, and
# half a JSON object for the caller to find out. requests 2.32.5 raises on the same answer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "aliyun-python-sdk-core==2.16.1" "aliyun-python-sdk-vpc==3.0.48" "requests==2.32.5"
cat > "$folder/see.py" <<'PY'
import http.server
import threading

import requests
from aliyunsdkcore.client import AcsClient
from aliyunsdkvpc.request.v20160428.CreateVpnPbrRouteEntryRequest import CreateVpnPbrRouteEntryRequest

BODY = b'{"RequestId":"R","VpnInstanceId":"vpn-1"}'


class Cuts(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY[:20])

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cuts)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"127.0.0.1:{server.server_address[1]}"
request = CreateVpnPbrRouteEntryRequest()
request.set_endpoint(endpoint)
request.set_protocol_type("http")
print("core", AcsClient("id", "s", "cn-hangzhou").do_action_with_exception(request).decode())
try:
    print("requests", requests.post(f"http://{endpoint}/", timeout=10).text)
except requests.RequestException as error:
    print("requests", type(error).__name__)
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen" 2> /dev/null
diff "$folder/seen" - <<'SEEN'
core {"RequestId":"R","Vp
requests ChunkedEncodingError
SEEN
echo "as stated: half a body is returned"
