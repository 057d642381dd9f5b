#!/usr/bin/env bash
# alibabacloud-vpc20160428 6.9.0: a model of before 2025-06 knows no DryRun, and drops it without a word. A request
# on which `dry_run = True` was set is sent as a real creation. Seen with 6.9.0; 7.2.2 sends it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/see.py" <<'PY'
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest

request = CreateVpnPbrRouteEntryRequest(vpn_gateway_id="vpn-1")
request.dry_run = True
print(request.to_map())
print(CreateVpnPbrRouteEntryRequest().from_map({"DryRun": True}).to_map())
PY
for pin in "alibabacloud-vpc20160428==6.9.0" "alibabacloud-vpc20160428==7.2.2"; do
    version=${pin##*=}
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install -q "$pin"
    "$folder/$version/bin/python" "$folder/see.py" > "$folder/$version.seen"
done
diff "$folder/6.9.0.seen" - <<'SEEN'
{'VpnGatewayId': 'vpn-1'}
{}
SEEN
diff "$folder/7.2.2.seen" - <<'SEEN'
{'DryRun': True, 'VpnGatewayId': 'vpn-1'}
{'DryRun': True}
SEEN
echo "as stated: 6.9.0 drops DryRun, 7.2.2 sends it"
