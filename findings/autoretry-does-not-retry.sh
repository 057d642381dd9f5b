#!/usr/bin/env bash
# alibabacloud-tea-openapi 0.4.6 takes RuntimeOptions(autoretry=True, max_attempts=3) and sends once all the same, on
# HTTP 503 too. What retries today is Config(retry_options=...), by code: with it the same request is sent 3 times.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2" "alibabacloud-tea-openapi==0.4.6" "darabonba-core==1.0.9"
cat > "$folder/see.py" <<'PY'
import http.server
import threading

from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest
from darabonba.policy.retry import RetryOptions
from darabonba.runtime import RuntimeOptions

heard = []


class Unavailable(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        heard.append(self.path)
        body = b'{"Code":"ServiceUnavailable","Message":"m","RequestId":"R"}'
        self.send_response(503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unavailable)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"127.0.0.1:{server.server_address[1]}"
condition = {"maxAttempts": 3, "errorCode": ["ServiceUnavailable"], "backoff": {"policy": "Fixed", "period": 1}}
retries = RetryOptions({"retryable": True, "retryCondition": [condition]})
for name, options, runtime in (
    ("autoretry", None, RuntimeOptions(autoretry=True, max_attempts=3)),
    ("retry_options", retries, RuntimeOptions()),
):
    heard.clear()
    config = Config(access_key_id="id", access_key_secret="s", endpoint=endpoint, protocol="http", retry_options=options)
    try:
        Client(config).create_vpn_pbr_route_entry_with_options(CreateVpnPbrRouteEntryRequest(region_id="r"), runtime)
    except Exception as error:
        print(name, len(heard), type(error).__name__)
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
autoretry 1 ServerException
retry_options 3 ServerException
SEEN
echo "as stated: autoretry sends once, retry_options three times"
