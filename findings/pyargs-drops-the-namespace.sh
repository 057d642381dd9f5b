#!/usr/bin/env bash
# pytest 9.2.0: `pytest --pyargs name.space` imports the tests of a package in a namespace package under the last part of
# its name. `suite.test_it`, not `outer.suite.test_it`, is in sys.modules, the package is imported twice (what a plugin
# stored in one is not in the other), and a project's own package `suite` is hidden. consider_namespace_packages mends it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "pytest==9.2.0"
mkdir -p "$folder/site/outer/suite" "$folder/project"
touch "$folder/site/outer/suite/__init__.py"
cat > "$folder/site/outer/suite/test_it.py" <<'PY'
import sys


def test_it():
    print("SEEN", __name__, sorted(name for name in sys.modules if name in ("suite", "outer.suite")))
PY
cd "$folder/project"
for option in false true; do
    PYTHONPATH="$folder/site" "$folder/venv/bin/python" -m pytest -q -s -p no:cacheprovider \
        -o consider_namespace_packages=$option --pyargs outer.suite | grep -o 'SEEN.*'
done > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
SEEN suite.test_it ['suite']
SEEN outer.suite.test_it ['outer.suite']
SEEN
echo "as stated: the namespace is dropped unless it is considered"
