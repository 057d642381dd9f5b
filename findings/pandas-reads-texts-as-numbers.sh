#!/usr/bin/env bash
# pandas 3.1.1 reads a JSON text of digits as a number: read_json, of lines too, gives "Weight": "100" and "Weight": 100
# the same column, and "0100" becomes 100. Whether an endpoint answers with texts or with numbers can't be seen in such
# a table; dtype=False keeps them apart, and so does polars 2.1.0 without any option.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "pandas==3.1.1" "polars==2.1.0"
cat > "$folder/see.py" <<'PY'
from pathlib import Path

import pandas
import polars

Path("texts.jsonl").write_text('{"Weight": "100"}\n{"Weight": "0100"}\n')
Path("numbers.jsonl").write_text('{"Weight": 100}\n{"Weight": 100}\n')
texts, numbers = (pandas.read_json(name, lines=True) for name in ("texts.jsonl", "numbers.jsonl"))
print("pandas", texts.equals(numbers))
print("pandas dtype=False", pandas.read_json("texts.jsonl", lines=True, dtype=False)["Weight"].tolist())
print("polars", polars.read_ndjson("texts.jsonl")["Weight"].to_list())
PY
(cd "$folder" && venv/bin/python see.py > seen)
diff "$folder/seen" - <<'SEEN'
pandas True
pandas dtype=False ['100', '0100']
polars ['100', '0100']
SEEN
echo "as stated: pandas takes texts of digits for numbers, dtype=False and polars do not"
