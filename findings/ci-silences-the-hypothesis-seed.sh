#!/usr/bin/env bash
# Hypothesis 6.170.17 with CI in the environment: `pytest --hypothesis-seed` changes nothing, and says nothing of it. The
# profile that is loaded there derives its seed from the test, so a seed from a colleague's machine shows other examples.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "hypothesis==6.170.17" "pytest==9.2.0"
cat > "$folder/test_it.py" <<'PY'
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=5)
@given(st.integers())
def test_it(number):
    print("SEEN", number)
PY
cd "$folder"
examples() {
    env -u CI -u TF_BUILD "${@:2}" "$folder/venv/bin/python" -m pytest -q -s -p no:cacheprovider --hypothesis-seed="$1" |
        grep SEEN | tr '\n' ' '
}
compare() { if [[ $(examples 1 "$@") == "$(examples 2 "$@")" ]]; then echo "$*: the same"; else echo "$*: others"; fi; }
{ compare PLACE=home; compare CI=true; } > seen
diff seen - <<'SEEN'
PLACE=home: others
CI=true: the same
SEEN
echo "as stated: in CI another seed gives the same examples"
