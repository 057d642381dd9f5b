#!/usr/bin/env bash
# alibabacloud-credentials 1.0.12 reads the environment when it is imported. Keys that are set afterwards (a .env file
# that is loaded late, monkeypatch.setenv of a test) are not there for its environment provider, and the same holds for
# ALIBABA_CLOUD_ECS_METADATA_DISABLED, so that the metadata service is asked after all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "alibabacloud-credentials==1.0.12"
cat > "$folder/see.py" <<'PY'
import os
import sys

KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}
if sys.argv[1] == "before":
    os.environ.update(KEYS)
from alibabacloud_credentials.provider import EnvironmentVariableCredentialsProvider
from alibabacloud_credentials.utils import auth_util

os.environ.update(KEYS)
os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
try:
    found = EnvironmentVariableCredentialsProvider().get_credentials().get_access_key_id()
except Exception as error:
    found = type(error).__name__
print(sys.argv[1], found, auth_util.environment_ecs_metadata_disabled)
PY
for when in before after; do
    env -u ALIBABA_CLOUD_ACCESS_KEY_ID -u ALIBABA_CLOUD_ACCESS_KEY_SECRET -u ALIBABA_CLOUD_ECS_METADATA_DISABLED \
        "$folder/venv/bin/python" "$folder/see.py" "$when"
done > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
before id false
after CredentialException false
SEEN
echo "as stated: what is set after the import is not seen"
