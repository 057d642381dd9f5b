#!/usr/bin/env bash
# npm @alicloud/rpc-client 1.3.2 adds `Error` to the Code of every refusal: `error.code` is `Throttling.UserError` where
# the endpoint said `Throttling.User`. A list of codes to retry, which works with @alicloud/pop-core 1.8.0, never matches.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --silent --no-audit --no-fund @alicloud/rpc-client@1.3.2 @alicloud/pop-core@1.8.0
cat > "$folder/see.cjs" <<'JS'
const http = require("http");
const { default: RpcClient, Config } = require("@alicloud/rpc-client");
const { RuntimeOptions } = require("@alicloud/tea-util");
const { RPCClient } = require("@alicloud/pop-core");
const keys = { accessKeyId: "id", accessKeySecret: "s" };
const server = http.createServer((request, response) => {
  response.writeHead(400, { "Content-Type": "application/json" });
  response.end('{"Code":"Throttling.User","Message":"m","RequestId":"R"}');
});
server.listen(0, "127.0.0.1", async () => {
  const endpoint = `127.0.0.1:${server.address().port}`;
  const client = new RpcClient(new Config({ ...keys, type: "access_key", regionId: "r", endpoint, protocol: "http" }));
  const asked = ["DescribeVpnGateways", "HTTP", "POST", "2016-04-28", "AK", {}, {}, new RuntimeOptions({})];
  await client.doRequest(...asked).catch((error) => console.log("rpc-client", error.code));
  const older = new RPCClient({ ...keys, endpoint: `http://${endpoint}`, apiVersion: "2016-04-28" });
  await older.request("DescribeVpnGateways", {}).catch((error) => console.log("pop-core", error.code));
  process.exit(0);
});
JS
timeout 60 node "$folder/see.cjs" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
rpc-client Throttling.UserError
pop-core Throttling.User
SEEN
echo "as stated: rpc-client adds Error to the code"
