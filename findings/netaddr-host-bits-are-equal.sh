#!/usr/bin/env bash
# netaddr 1.3.0: IPNetwork("10.0.0.1/8") == IPNetwork("10.0.0.0/8"), with one hash. So `network != network.cidr` never
# finds host bits, and a set of routes keeps one of two texts that an API treats as different. ipaddress raises instead.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "netaddr==1.3.0"
"$folder/venv/bin/python" > "$folder/seen" <<'PY'
from ipaddress import ip_network

from netaddr import IPNetwork

with_host_bits, plain = IPNetwork("10.0.0.1/8"), IPNetwork("10.0.0.0/8")
print(with_host_bits == plain, len({with_host_bits, plain}), with_host_bits != with_host_bits.cidr)
print(with_host_bits.ip != with_host_bits.network, str(with_host_bits))
try:
    ip_network("10.0.0.1/8")
except ValueError as error:
    print(error)
PY
diff "$folder/seen" - <<'SEEN'
True 1 False
True 10.0.0.1/8
10.0.0.1/8 has host bits set
SEEN
echo "as stated: equality ignores host bits; .ip != .network tells them"
