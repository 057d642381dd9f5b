#!/usr/bin/env bash
# Two SDKs of one vendor send a boolean in two ways: alibabacloud-vpc20160428 7.2.2 for Python as Python writes it,
# PublishVpc=False, and npm @alicloud/vpc20160428 7.3.2 as the documentation does, PublishVpc=false.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2" "alibabacloud-tea-openapi==0.4.6" 2> /dev/null
npm install --prefix "$folder" --silent --no-audit --no-fund @alicloud/vpc20160428@7.3.2
cat > "$folder/see.cjs" <<'JS'
const http = require("http");
const { spawn } = require("child_process");
const { default: Client, CreateVpnPbrRouteEntryRequest } = require("@alicloud/vpc20160428");
const { $OpenApiUtil } = require("@alicloud/openapi-core");
let name = "npm";
const server = http.createServer((request, response) => {
  console.log(name, "PublishVpc=" + new URL(request.url, "http://localhost").searchParams.get("PublishVpc"));
  response.setHeader("Content-Type", "application/json");
  response.end('{"RequestId":"R"}');
});
const python = `
import sys
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest
config = Config(access_key_id="id", access_key_secret="s", endpoint=sys.argv[1], protocol="http")
Client(config).create_vpn_pbr_route_entry(CreateVpnPbrRouteEntryRequest(region_id="r", publish_vpc=False))
`;
server.listen(0, "127.0.0.1", async () => {
  const endpoint = `127.0.0.1:${server.address().port}`;
  const client = new Client(
    new $OpenApiUtil.Config({ accessKeyId: "id", accessKeySecret: "s", endpoint, protocol: "http" })
  );
  await client.createVpnPbrRouteEntry(new CreateVpnPbrRouteEntryRequest({ regionId: "r", publishVpc: false }));
  name = "Python";
  spawn(process.argv[2], ["-c", python, endpoint], { stdio: "ignore" }).on("exit", () => process.exit(0));
});
JS
timeout 60 node "$folder/see.cjs" "$folder/venv/bin/python" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
npm PublishVpc=false
Python PublishVpc=False
SEEN
echo "as stated: a boolean arrives in two spellings"
