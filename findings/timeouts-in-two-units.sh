#!/usr/bin/env bash
# A timeout of 5 is 5 milliseconds to alibabacloud-vpc20160428 7.2.2 (RuntimeOptions(read_timeout=5)) and 5 seconds to
# aliyun-python-sdk-core 2.16.0 (AcsClient(timeout=5)). With an answer that takes half a second, the first gives up on a
# creation that the endpoint carries out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2" "alibabacloud-tea-openapi==0.4.6" "darabonba-core==1.0.9" \
    "aliyun-python-sdk-core==2.16.0"
cat > "$folder/see.py" <<'PY'
import http.server
import threading
import time

from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions

heard = []


class HalfASecond(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        heard.append(self.path)
        time.sleep(0.5)
        body = b'{"RequestId":"R","VpnInstanceId":"vpn-1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), HalfASecond)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"127.0.0.1:{server.server_address[1]}"


def newer(timeout):
    client = Client(Config(access_key_id="id", access_key_secret="s", endpoint=endpoint, protocol="http"))
    request = CreateVpnPbrRouteEntryRequest(region_id="r")
    client.create_vpn_pbr_route_entry_with_options(request, RuntimeOptions(read_timeout=timeout))


def older(timeout):
    request = CommonRequest(domain=endpoint, version="2016-04-28", action_name="CreateVpnPbrRouteEntry")
    request.set_method("POST")
    request.set_protocol_type("http")
    AcsClient("id", "s", "r", timeout=timeout).do_action_with_exception(request)


for name, send, timeout in (("newer", newer, 5), ("newer", newer, 5000), ("older", older, 5)):
    heard.clear()
    try:
        send(timeout)
        seen = "returned"
    except Exception as error:
        seen = "timed out" if "Read timed out" in str(error) else repr(error)
    print(name, timeout, seen, len(heard))
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
newer 5 timed out 1
newer 5000 returned 1
older 5 returned 1
SEEN
echo "as stated: 5 is milliseconds to one Python SDK of the vendor and seconds to the other"
