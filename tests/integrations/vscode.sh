#!/bin/bash
# Builds and packages the VS Code extension, and has its start of the server talk to the real one.
#
#   tests/integrations/vscode.sh [COMMAND]
#
# COMMAND is the vastlint to test; `target/debug/vastlint` by default. The package is `editors/vscode/out/vastlint.vsix`.
set -euo pipefail

cd "$(dirname "$0")/../.."
VASTLINT=$(realpath "${1:-target/debug/vastlint}")
export VASTLINT
cp LICENSE-MIT LICENSE-APACHE editors/vscode/
trap 'rm -f editors/vscode/LICENSE-*' EXIT
(
    cd editors/vscode
    npm ci --no-audit --no-fund --loglevel=error
    npm run --silent check
    npm run --silent test
    npm run --silent package
)

# What people install holds the bundle, and nothing that only builds it.
listed=$(python3 -m zipfile --list editors/vscode/out/vastlint.vsix | awk 'NR > 1 { print $1 }' | sort)
printf '%s\n' "$listed"
for file in extension/package.json extension/out/extension.js extension/readme.md; do
    grep --quiet --ignore-case --line-regexp "$file" <<< "$listed"
done
if grep --extended-regexp 'node_modules|\.ts$|/test/' <<< "$listed"; then
    echo "the package holds what belongs into none" >&2
    exit 1
fi
python3 - <<'EOF'
import json, re, zipfile

package = zipfile.ZipFile("editors/vscode/out/vastlint.vsix")
manifest = json.loads(package.read("extension/package.json"))
version = re.search(r'^version = "(.+)"$', open("Cargo.toml").read(), re.MULTILINE)[1]
assert manifest["version"] == version, f"the extension is {manifest['version']}, vastlint is {version}"
assert manifest["main"] == "./out/extension.js"
assert b"vscode" in package.read("extension/out/extension.js")
EOF
echo "ok: editors/vscode/out/vastlint.vsix"
