#!/usr/bin/env bash
# freezegun 1.5.5 around a Hypothesis 6.170.17 test stops the clock of its deadline as well: an example of 200 ms passes a
# deadline of 50 ms. With `freeze_time` below `@given` the deadline holds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "hypothesis==6.170.17" "freezegun==1.5.5"
cat > "$folder/see.py" <<'PY'
import time

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import DeadlineExceeded


def slow(number):
    time.sleep(0.2)


limits, given_one = settings(max_examples=2, deadline=50, database=None), given(number=st.just(1))
frozen = freeze_time("2026-11-30")
for name, test in {
    "not frozen": limits(given_one(slow)),
    "frozen below": limits(given_one(frozen(slow))),
    "frozen around": frozen(limits(given_one(slow))),
}.items():
    try:
        test()
        print(name, "passed")
    except DeadlineExceeded:
        print(name, "DeadlineExceeded")
PY
"$folder/venv/bin/python" "$folder/see.py" > "$folder/seen" 2> /dev/null
diff "$folder/seen" - <<'SEEN'
not frozen DeadlineExceeded
frozen below DeadlineExceeded
frozen around passed
SEEN
echo "as stated: frozen around, no deadline is met"
