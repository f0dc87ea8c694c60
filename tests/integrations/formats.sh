#!/usr/bin/env bash
# Formats before readers that other people wrote: reviewdog's JSON, and JUnit.
#
#   tests/integrations/formats.sh [VASTLINT [REPOSITORY...]]
#
# VASTLINT is the command to test; built if none is given. REPOSITORY: more repositories to report on.
# Needs npm and python3 with venv. What it fetches stays in a temporary folder; what cannot be fetched is a failure.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

vastlint=${1:-}
if [ -z "$vastlint" ]; then
    (cd "$root" && cargo build --quiet --locked --package vastlint)
    vastlint=$root/target/debug/vastlint
fi
vastlint=$(realpath "$vastlint")
shift || true

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cannot() { echo "formats.sh: $1 cannot be installed" >&2; exit 1; }
npm install --loglevel=error --no-save --no-audit --no-fund --prefix "$work/npm" \
    @umbrelladocs/rdformat-validator@1.0.1 >/dev/null || cannot 'the validator of rdjson'
{ python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet junitparser==5.0.3; } ||
    cannot 'the reader of JUnit'

count=0
for repository in "$root/fixtures/broken" "$root/fixtures/clean" "$@"; do
    count=$((count + 1)) status=0
    rdjson=$work/$count.rdjson.json junit=$work/$count.junit.xml json=$work/$count.json
    "$vastlint" --quiet --output "rdjson=$rdjson" --output "junit=$junit" --output "json=$json" "$repository" ||
        status=$?
    [ "$status" -le 1 ] || { echo "formats.sh: vastlint failed on $repository" >&2; exit 1; }
    "$work/npm/node_modules/.bin/rdformat-validator" "$rdjson" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
    "$work/python/bin/python" - "$status" "$rdjson" "$junit" "$json" <<'PYTHON'
import json
import sys

from junitparser import JUnitXml

status, rdjson, junit, findings = sys.argv[1:]
with open(findings, encoding="utf-8") as file:
    findings = json.load(file)
with open(rdjson, encoding="utf-8") as file:
    assert len(json.load(file)["diagnostics"]) == len(findings)


def figures(suites):
    return [suites.tests, suites.failures, suites.errors, suites.skipped]


said, counted = JUnitXml.fromfile(junit), JUnitXml.fromfile(junit)
counted.update_statistics()
assert figures(said) == figures(counted), (figures(said), figures(counted))
failing = sum(finding["severity"] != "info" for finding in findings)
assert said.tests == max(len(findings), 1) and said.failures == failing, figures(said)
assert (said.failures > 0) == (status == "1")
print(f"{len(findings)} findings: rdjson is valid, JUnit has {said.failures} failures and {said.skipped} skipped")
PYTHON
done
