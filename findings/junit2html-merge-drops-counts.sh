#!/usr/bin/env bash
# junit2html 31.1.4: `--merge` writes a file whose suites have neither counts, timestamp nor hostname, whose failures have
# no type, and which has lost what was printed. A reader of counts takes it for empty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "junit2html==31.1.4"
cat > "$folder/one.xml" <<'XML'
<testsuite name="one" tests="1" failures="1" errors="0" skipped="0" time="2.5" timestamp="2026-11-30T08:00:00" hostname="h">
  <testcase classname="c" name="n" time="2.5"><failure message="m" type="t">text</failure></testcase>
  <system-out>printed</system-out>
</testsuite>
XML
"$folder/venv/bin/junit2html" --merge "$folder/merged.xml" "$folder/one.xml" > /dev/null
{ tail -n +2 "$folder/merged.xml"; echo; } > "$folder/seen"
diff "$folder/seen" - <<'SEEN'
<testsuites duration="2.5"><testsuite name="one" time="2.5"><testcase name="n" classname="c" time="2.5"><failure message="m">text</failure></testcase></testsuite></testsuites>
SEEN
echo "as stated: counts, timestamp, type and output are gone"
