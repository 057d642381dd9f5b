#!/usr/bin/env bash
# The vendor's npm clients wait 3 s for an answer, its Python SDK longer. Of an answer that takes 4 s the Python SDK
# returns a success; npm @alicloud/vpc20160428 7.3.2 and @alicloud/pop-core 1.8.0 raise RequestTimeoutError, although
# the request was carried out, and send no second one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2" "alibabacloud-tea-openapi==0.4.6" 2> /dev/null
npm install --prefix "$folder" --silent --no-audit --no-fund @alicloud/vpc20160428@7.3.2 @alicloud/pop-core@1.8.0
cat > "$folder/see.cjs" <<'JS'
const http = require("http");
const { spawn } = require("child_process");
const { default: Client, DescribeVpnGatewaysRequest } = require("@alicloud/vpc20160428");
const { $OpenApiUtil } = require("@alicloud/openapi-core");
const { RPCClient } = require("@alicloud/pop-core");
const keys = { accessKeyId: "id", accessKeySecret: "s" };
let heard = 0;
const server = http.createServer((request, response) => {
  heard += 1;
  response.setHeader("Content-Type", "application/json");
  setTimeout(() => response.end('{"RequestId":"R"}'), 4000);
});
const python = `
import sys
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import DescribeVpnGatewaysRequest
config = Config(access_key_id="id", access_key_secret="s", endpoint=sys.argv[1], protocol="http")
print("python", Client(config).describe_vpn_gateways(DescribeVpnGatewaysRequest(region_id="r")).status_code)
`;
server.listen(0, "127.0.0.1", async () => {
  const endpoint = `127.0.0.1:${server.address().port}`;
  const client = new Client(new $OpenApiUtil.Config({ ...keys, endpoint, protocol: "http" }));
  const request = new DescribeVpnGatewaysRequest({ regionId: "r" });
  await client.describeVpnGateways(request).catch((error) => console.log("npm vpc", error.name, heard));
  const older = new RPCClient({ ...keys, endpoint: `http://${endpoint}`, apiVersion: "2016-04-28" });
  await older.request("DescribeVpnGateways", {}).catch((error) => console.log("pop-core", error.name, heard));
  spawn(process.argv[2], ["-c", python, endpoint], { stdio: ["ignore", "inherit", "ignore"] }).on("exit", () => process.exit(0));
});
JS
timeout 60 node "$folder/see.cjs" "$folder/venv/bin/python" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
npm vpc RequestTimeoutError 1
pop-core RequestTimeoutError 2
python 200
SEEN
echo "as stated: two clients give up where the third waits"
