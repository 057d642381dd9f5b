#!/usr/bin/env bash
# DuckDB 2.0.1 reads the RequestId of each line of JSON as a UUID and gives it back in lower case. The vendor writes it in
# capitals, so an id that was queried is found in no transcript by grep, and a join with another tool's table has no row.
# A column of a file that has one id of another form stays text, so the same query behaves differently on another file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "duckdb==2.0.1"
cat > "$folder/see.py" <<'PY'
import json
from pathlib import Path

import duckdb

IDS = ["4BB41159-7B2A-49E3-9E40-85B79EF95BAB", "0ED8D006-F706-4D23-88ED-E11ED28DCAC0"]


def kept(name, ids):
    Path(name).write_text("".join(json.dumps({"RequestId": request_id}) + "\n" for request_id in ids))
    column = duckdb.sql(f"SELECT RequestId, CAST(RequestId AS VARCHAR) FROM '{name}'")
    texts = [row[1] for row in column.fetchall()]
    return str(column.types[0]), [text in ids for text in texts]


print(*kept("vendor.jsonl", IDS))
print(*kept("with-a-mock.jsonl", [*IDS, "mock-1"]))
PY
(cd "$folder" && venv/bin/python see.py > seen)
diff "$folder/seen" - <<'SEEN'
UUID [False, False]
VARCHAR [True, True, True]
SEEN
echo "as stated: ids in capitals come back in lower case, unless one id of the file is no UUID"
