#!/usr/bin/env bash
# A refusal that comes with HTTP 200 (a body with Code and Message) is a success to alibabacloud-tea-openapi 0.4.6
# and to npm @alicloud/vpc20160428 7.3.2, which keep only its RequestId; npm @alicloud/pop-core 1.8.0 raises it.
# The same mock passes with one vendor client and fails with the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2" "alibabacloud-tea-openapi==0.4.6"
npm install --prefix "$folder" --silent --no-audit --no-fund @alicloud/pop-core@1.8.0 @alicloud/vpc20160428@7.3.2
cat > "$folder/see.py" <<'PY'
import http.server
import subprocess
import sys
import threading

from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest


class Refuses(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b'{"Code":"VpnRouteEntry.Conflict","Message":"m","RequestId":"R"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]
config = Config(access_key_id="id", access_key_secret="s", endpoint=f"127.0.0.1:{port}", protocol="http")
answer = Client(config).create_vpn_pbr_route_entry(CreateVpnPbrRouteEntryRequest(region_id="r"))
print("python:", answer.status_code, answer.body.to_map(), flush=True)
subprocess.run(["node", sys.argv[1], str(port)], check=True, timeout=60)
PY
cat > "$folder/see.cjs" <<'JS'
const { RPCClient } = require("@alicloud/pop-core");
const { default: Client, CreateVpnPbrRouteEntryRequest } = require("@alicloud/vpc20160428");
const { $OpenApiUtil } = require("@alicloud/openapi-core");
const endpoint = `127.0.0.1:${process.argv[2]}`;
const keys = { accessKeyId: "id", accessKeySecret: "s" };
(async () => {
  const client = new Client(new $OpenApiUtil.Config({ ...keys, endpoint, protocol: "http" }));
  const answer = await client.createVpnPbrRouteEntry(new CreateVpnPbrRouteEntryRequest({ regionId: "r" }));
  console.log("npm vpc:", answer.statusCode, JSON.stringify(answer.body));
  const older = new RPCClient({ ...keys, endpoint: `http://${endpoint}`, apiVersion: "2016-04-28" });
  await older.request("CreateVpnPbrRouteEntry", { RegionId: "r" }).then(
    (body) => console.log("pop-core:", JSON.stringify(body)),
    (error) => console.log("pop-core:", error.name, error.code),
  );
  process.exit(0);
})();
JS
"$folder/venv/bin/python" "$folder/see.py" "$folder/see.cjs" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
python: 200 {'RequestId': 'R'}
npm vpc: 200 {"requestId":"R"}
pop-core: VpnRouteEntry.ConflictError VpnRouteEntry.Conflict
SEEN
echo "as stated: two clients take the refusal for a success, the third raises it"
