#!/bin/bash
# Drives headless Neovim, with the configuration that `editors/neovim/` ships, over a copy of a fixture.
#
#   tests/integrations/neovim.sh [COMMAND]
#
# COMMAND is the vastlint to test; `target/debug/vastlint` by default.
set -euo pipefail

cd "$(dirname "$0")/../.."
command=$(realpath "${1:-target/debug/vastlint}")

if ! command -v nvim > /dev/null; then
    apt-get update --quiet --quiet
    apt-get install --quiet --quiet --yes --no-install-recommends neovim > /dev/null
fi
nvim --version | head -n 1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r fixtures/clean "$folder/a repository"
export VASTLINT=$command
REPOSITORY=$(realpath "$folder/a repository")
export REPOSITORY
export XDG_CONFIG_HOME=$folder XDG_DATA_HOME=$folder XDG_STATE_HOME=$folder XDG_CACHE_HOME=$folder

# A hang is a failure, too.
timeout 300 nvim --headless --clean -n -S editors/neovim/vastlint.lua -S tests/integrations/neovim.lua < /dev/null
