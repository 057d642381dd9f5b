#!/usr/bin/env bash
# sarif-tools 3.0.5 counts results that are suppressed, with an accepted reason, like the others: `sarif --check error`
# fails for what is known.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "sarif-tools==3.0.5"
cat > "$folder/one.sarif" <<'JSON'
{"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [{
  "tool": {"driver": {"name": "t", "rules": [{"id": "A"}]}},
  "results": [{"ruleId": "A", "level": "error", "message": {"text": "known"},
    "suppressions": [{"kind": "external", "status": "accepted", "justification": "mended in 2.4"}]}]}]}
JSON
status=0
"$folder/venv/bin/sarif" --check error summary "$folder/one.sarif" > "$folder/said" 2> /dev/null || status=$?
{ grep error: "$folder/said" | tr -d '\r '; echo "exit status $status"; } > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
error:1
exit status 1
SEEN
echo "as stated: what is suppressed counts"
