#!/usr/bin/env bash
# aliyun-python-sdk-core 2.16.1 compares what follows a colon in the Message of SignatureDoesNotMatch with its own string
# to sign. Of a mock whose Message has no colon, users see `IndexError: list index out of range`, not the refusal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "aliyun-python-sdk-core==2.16.1" "aliyun-python-sdk-vpc==3.0.48"
cat > "$folder/see.py" <<'PY'
import http.server
import json
import threading

from aliyunsdkcore.client import AcsClient
from aliyunsdkvpc.request.v20160428.CreateVpnPbrRouteEntryRequest import CreateVpnPbrRouteEntryRequest

messages = ["The signature does not match.", "The signature does not match. Server string to sign is:other"]


class Refuses(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.dumps({"Code": "SignatureDoesNotMatch", "Message": messages.pop(0), "RequestId": "R"}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
threading.Thread(target=server.serve_forever, daemon=True).start()
while messages:
    request = CreateVpnPbrRouteEntryRequest()
    request.set_endpoint(f"127.0.0.1:{server.server_address[1]}")
    request.set_protocol_type("http")
    try:
        AcsClient("id", "s", "cn-hangzhou").do_action_with_exception(request)
    except Exception as error:
        print(type(error).__name__, getattr(error, "error_code", "no code"))
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen" 2>/dev/null
diff "$folder/seen" - <<'SEEN'
IndexError no code
ServerException SignatureDoesNotMatch
SEEN
echo "as stated: without a colon the refusal is an IndexError"
