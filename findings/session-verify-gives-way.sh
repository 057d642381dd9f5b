#!/usr/bin/env bash
# requests 2.32.5: the authority that a program gives as `session.verify` gives way to REQUESTS_CA_BUNDLE of whoever runs it;
# the same path as an argument of the request does not. Needs openssl.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "requests==2.32.5"
for name in ours theirs; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/$name.key" -out "$folder/$name.pem" -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> /dev/null
done
cat > "$folder/see.py" <<'PY'
import http.server
import os
import ssl
import sys
import threading

import requests


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


folder = sys.argv[1]
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
server.handle_error = lambda *words: None
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/ours.pem", f"{folder}/ours.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"https://localhost:{server.server_address[1]}/"


def tried(name, **given):
    session = requests.Session()
    session.verify = f"{folder}/ours.pem"
    try:
        session.get(url, **given)
        print(name, "sent")
    except requests.exceptions.SSLError:
        print(name, "SSLError")


tried("session.verify alone")
os.environ["REQUESTS_CA_BUNDLE"] = f"{folder}/theirs.pem"
tried("session.verify and the environment")
tried("the argument and the environment", verify=f"{folder}/ours.pem")
PY
env -u CURL_CA_BUNDLE -u REQUESTS_CA_BUNDLE -u HTTPS_PROXY -u https_proxy -u ALL_PROXY -u all_proxy \
    "$folder/venv/bin/python" "$folder/see.py" "$folder" > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
session.verify alone sent
session.verify and the environment SSLError
the argument and the environment sent
SEEN
echo "as stated: the environment wins over session.verify"
