#!/usr/bin/env bash
# aliyun-python-sdk-core 2.16.1 sends the client's region in the query although the form has a RegionId of its own, and
# signs the form's alone. A mock that signs every parameter that it got refuses the request.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "aliyun-python-sdk-core==2.16.1" "aliyun-python-sdk-vpc==3.0.48"
cat > "$folder/see.py" <<'PY'
import base64
import hashlib
import hmac
import http.server
import threading
from urllib.parse import parse_qsl, quote

from aliyunsdkcore.client import AcsClient
from aliyunsdkvpc.request.v20160428.CreateVpnPbrRouteEntryRequest import CreateVpnPbrRouteEntryRequest


def signature(pairs):
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(pairs))
    text = f"POST&%2F&{quote(query, safe='~')}"
    return base64.b64encode(hmac.new(b"s&", text.encode(), hashlib.sha1).digest()).decode()


class Looks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent = dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        right = sent.pop("Signature")
        print("query:", sent["RegionId"], "form:", form["RegionId"])
        print("signed with the form's alone:", signature({**sent, **form}.items()) == right)
        print("signed with both:", signature([*sent.items(), *form.items()]) == right)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Looks)
threading.Thread(target=server.serve_forever, daemon=True).start()
request = CreateVpnPbrRouteEntryRequest()
request.set_endpoint(f"127.0.0.1:{server.server_address[1]}")
request.set_protocol_type("http")
request.add_body_params("RegionId", "cn-beijing")
AcsClient("id", "s", "cn-hangzhou").do_action_with_exception(request)
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen" 2>/dev/null
diff "$folder/seen" - <<'SEEN'
query: cn-hangzhou form: cn-beijing
signed with the form's alone: True
signed with both: False
SEEN
echo "as stated: two regions are sent, and the form's is signed"
