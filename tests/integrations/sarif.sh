#!/usr/bin/env bash
# SARIF before its judges: Microsoft's multitool with the rules of GitHub code scanning, and the official JSON Schema.
#
#   tests/integrations/sarif.sh [VASTLINT [REPOSITORY...]]
#
# VASTLINT is the command to test; built if none is given. REPOSITORY: more repositories to write SARIF of.
# Needs npm. What it fetches stays in a temporary folder; what cannot be fetched is a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

vastlint=${1:-}
if [ -z "$vastlint" ]; then
    (cd "$root" && cargo build --quiet --locked --package vastlint)
    vastlint=$root/target/debug/vastlint
fi
vastlint=$(realpath "$vastlint")
shift || true

command -v npm >/dev/null || { echo "sarif.sh needs npm" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tools" "$work/logs"
npm install --loglevel=error --no-save --no-audit --no-fund --prefix "$work/tools" \
    @microsoft/sarif-multitool@5.7.0 ajv@8.17.1 ajv-formats@3.0.1 >/dev/null ||
    { echo "sarif.sh: the validators cannot be installed" >&2; exit 1; }
# npm may be told to run no scripts of packages; the one of the multitool only does this.
find "$work/tools/node_modules/@microsoft" -name Sarif.Multitool -exec chmod u+x {} +

# A repository with everything that is hard to say: names, encodings, suppressions, a baseline, a file that is no text.
hostile=$work/hostile
mkdir -p "$hostile/.git"
dockerfile() {
    mkdir -p "$hostile/external/$1"
    printf '%b' "$2" >"$hostile/external/$1/Dockerfile"
}
faults='FROM vastai/base-image:x\nRUN pip install 👍 é\n'
dockerfile 'plain' "$faults"
dockerfile 'with blank, comma: and 100%25' "$faults"
dockerfile "quotes \" ' \` and <tags> & {0} [x](1)" "$faults"
dockerfile $'line\nend and \e[31m escape' "$faults"
dockerfile $'bidi \u202e and emoji 👍' "$faults"
dockerfile $'no utf-8 \xff\xfe' "$faults"
dockerfile '日本' "\\xef\\xbb\\xbf$faults"
dockerfile 'windows' 'FROM vastai/base-image:x\r\nRUN pip install a\r\n'
dockerfile 'latin' 'FROM x\n# caf\xe9\n'
dockerfile 'empty' ''
dockerfile 'suppressed' 'FROM vastai/base-image:x\n# vastlint: ignore[bare-pip] it "has" to <be> [so](1) \\x1b\nRUN pip install a\n'
(cd "$hostile" && "$vastlint" baseline external/plain >/dev/null)

# Writes SARIF of a repository; the exit says whether something was found.
write() {
    local name=$1 repository=$2 status=0
    shift 2
    (cd "$repository" && "$vastlint" --quiet --output "sarif=$work/logs/$name.sarif" "$@") || status=$?
    [ "$status" -le 1 ] || { echo "vastlint failed on $repository" >&2; exit 1; }
    printf '%s\t%s\n' "$name" "$repository" >>"$work/logs/list"
}
for edition in 2026-02 2026-08; do
    write "broken-$edition" "$root/fixtures/broken" --edition "$edition"
    write "hostile-$edition" "$hostile" --edition "$edition"
done
write clean "$root/fixtures/clean"
mkdir -p "$work/nothing/.git"
write nothing "$work/nothing"
count=0
for repository in "$@"; do
    count=$((count + 1))
    for edition in 2026-02 2026-08; do
        write "given-$count-$edition" "$(realpath "$repository")" --edition "$edition"
    done
done

export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
multitool=$(find "$work/tools/node_modules/@microsoft" -name Sarif.Multitool -type f | head -n 1)
[ -n "$multitool" ] || { echo "the multitool has no program for this machine" >&2; exit 1; }
# Whether each rule's page can be fetched is nothing that a log is to blame for, and takes minutes to find out.
cat >"$work/policy.xml" <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options">
    <Property Key="RuleEnabled" Value="Disabled" Type="Microsoft.CodeAnalysis.Sarif.Driver.RuleEnabledState" />
  </Properties>
</Properties>
XML
# It ends with 0 whatever it finds, and says what it found in a log of its own.
"$multitool" validate "$work"/logs/*.sarif --rule-kind "Sarif;Ghas" --level "Error;Warning;Note" \
    --config "$work/policy.xml" --log ForceOverwrite --output "$work/verdict.json" >"$work/multitool.out" 2>&1 ||
    { grep -v ': note SARIF' "$work/multitool.out" | tail -n 20 >&2; exit 1; }
NODE_PATH=$work/tools/node_modules node "$here/sarif.cjs" "$work"
