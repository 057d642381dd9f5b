#!/usr/bin/env bash
# alibabacloud-vpc20160428 7.2.2: `validate()` of a request that lacks every required parameter passes, and so does one
# whose values have other types than the model declares. They are sent as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-vpc20160428==7.2.2"
cat > "$folder/see.py" <<'PY'
from alibabacloud_vpc20160428.models import CreateVpnPbrRouteEntryRequest

for request in (CreateVpnPbrRouteEntryRequest(), CreateVpnPbrRouteEntryRequest(weight="high", publish_vpc="perhaps")):
    print(request.validate(), request.to_map())
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
None {}
None {'PublishVpc': 'perhaps', 'Weight': 'high'}
SEEN
echo "as stated: validate() passes whatever is missing or of another type"
