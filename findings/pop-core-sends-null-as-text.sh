#!/usr/bin/env bash
# npm @alicloud/pop-core 1.8.0 sends a parameter that is null or undefined as the text `null` or `undefined`: of an
# optional Priority that nobody set, the endpoint gets Priority=null. The newer client leaves such parameters out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --silent --no-audit --no-fund @alicloud/pop-core@1.8.0 @alicloud/vpc20160428@7.3.2
cat > "$folder/see.cjs" <<'JS'
const http = require("http");
const { RPCClient } = require("@alicloud/pop-core");
const { default: Client, CreateVpnPbrRouteEntryRequest } = require("@alicloud/vpc20160428");
const { $OpenApiUtil } = require("@alicloud/openapi-core");
const keys = { accessKeyId: "id", accessKeySecret: "s" };
const server = http.createServer((request, response) => {
  const sent = new URL(request.url, "http://127.0.0.1").searchParams;
  console.log(["RegionId", "Priority", "OverlayMode"].map((name) => `${name}=${sent.get(name) ?? "(not sent)"}`).join(" "));
  response.setHeader("Content-Type", "application/json");
  response.end('{"RequestId":"R"}');
});
server.listen(0, "127.0.0.1", async () => {
  const endpoint = `127.0.0.1:${server.address().port}`;
  const older = new RPCClient({ ...keys, endpoint: `http://${endpoint}`, apiVersion: "2016-04-28" });
  await older.request("CreateVpnPbrRouteEntry", { RegionId: "r", Priority: null, OverlayMode: undefined });
  const newer = new Client(new $OpenApiUtil.Config({ ...keys, endpoint, protocol: "http" }));
  await newer.createVpnPbrRouteEntry(new CreateVpnPbrRouteEntryRequest({ regionId: "r", priority: null }));
  process.exit(0);
});
JS
timeout 60 node "$folder/see.cjs" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
RegionId=r Priority=null OverlayMode=undefined
RegionId=r Priority=(not sent) OverlayMode=(not sent)
SEEN
echo "as stated: pop-core sends null and undefined as texts"
