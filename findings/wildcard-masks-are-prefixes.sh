#!/usr/bin/env bash
# netaddr 1.3.0 and the ipaddress module of Python take a wildcard mask for a prefix: 10.0.0.0/0.255.255.255 is
# 10.0.0.0/8 to both. A mock that validates RouteSource with them accepts what the documentation never mentions.
# 10.0.0.0/0.0.0.0 is everything to netaddr; ipaddress refuses it for its host bits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "netaddr==1.3.0"
"$folder/venv/bin/python" > "$folder/seen" <<'PY'
from ipaddress import ip_network

from netaddr import IPNetwork

for text in ("10.0.0.0/0.255.255.255", "10.0.0.0/255.0.0.0", "10.0.0.0/0.0.0.0"):
    try:
        other = ip_network(text).prefixlen
    except ValueError:
        other = "refused"
    print(text, IPNetwork(text).prefixlen, other)
PY
diff "$folder/seen" - <<'SEEN'
10.0.0.0/0.255.255.255 8 8
10.0.0.0/255.0.0.0 8 8
10.0.0.0/0.0.0.0 0 refused
SEEN
echo "as stated: a wildcard mask is a prefix to both"
