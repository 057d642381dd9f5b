#!/usr/bin/env bash
# npm junit-to-ctrf 0.0.14 reads the time of each case and neither the timestamp nor the time of a suite: the run began and
# ended at 0, and a summary made of it says that a run of minutes took no time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-audit --no-fund --silent junit-to-ctrf@0.0.14 > /dev/null
cat > "$folder/one.xml" <<'XML'
<testsuites><testsuite name="one" tests="1" time="150.5" timestamp="2026-11-30T08:00:00">
  <testcase classname="c" name="n" time="150.5"/>
</testsuite></testsuites>
XML
cd "$folder"
node_modules/.bin/junit-to-ctrf one.xml -o one.json > /dev/null
node -e 'const {summary, tests} = require("./one.json").results; console.log(summary.start, summary.stop, tests[0].duration)' > seen
diff seen - <<'SEEN'
0 0 150500
SEEN
echo "as stated: the run has no duration, its case has"
