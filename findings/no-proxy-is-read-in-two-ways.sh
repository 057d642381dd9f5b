#!/usr/bin/env bash
# NO_PROXY of a network, 127.0.0.0/8, spares requests 2.32.5 the proxy and neither urllib nor httpx 0.28.1; of a host with
# its port it spares those two and not requests. A host alone, or *, is understood by all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "requests==2.32.5" "httpx==0.28.1"
cat > "$folder/see.py" <<'PY'
import http.server
import os
import threading
import urllib.request

import httpx
import requests


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(self.server.word)

    def log_message(self, *words):
        pass


def serve(word):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.word = word
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"


target = serve(b"direct")
os.environ["http_proxy"] = f"http://{serve(b'proxy ')}"
for word, spared in {"a host": "127.0.0.1", "a network": "127.0.0.0/8", "host and port": target}.items():
    os.environ["no_proxy"] = spared
    url = f"http://{target}/"
    seen = requests.get(url).text, urllib.request.urlopen(url).read().decode(), httpx.get(url).text
    print(f"{word}: requests {seen[0]}, urllib {seen[1]}, httpx {seen[2]}".replace(" ,", ",").rstrip())
PY
env -u HTTP_PROXY -u NO_PROXY -u ALL_PROXY -u all_proxy "$folder/venv/bin/python" "$folder/see.py" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
a host: requests direct, urllib direct, httpx direct
a network: requests direct, urllib proxy, httpx proxy
host and port: requests proxy, urllib direct, httpx direct
SEEN
echo "as stated: what one client spares the proxy, another sends there"
