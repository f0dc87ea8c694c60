#!/bin/sh
# Writes what packages carry beside the command, made of the command's one definition of its flags: manual pages and the
# completions of every shell, below `target/packages`.
#
#   packages/extras.sh target/release/vastlint
set -eu
vastlint=$(realpath "${1:?which vastlint?}")
cd "$(dirname "$0")/.."
out=target/packages

rm -rf "$out"
mkdir -p "$out/completions"
cargo run --quiet --locked --package vastlint_docs -- --manual "$out/man"
"$vastlint" completions bash > "$out/completions/vastlint"
"$vastlint" completions zsh > "$out/completions/_vastlint"
"$vastlint" completions fish > "$out/completions/vastlint.fish"
"$vastlint" completions elvish > "$out/completions/vastlint.elv"
"$vastlint" completions powershell > "$out/completions/_vastlint.ps1"
