#!/usr/bin/env bash
# Installs Authlib, the OAuth client of the Python world, and prints the Python to run it with; the second run only prints.
#
# Needs Python >= 3.10 with venv (Debian: python3-venv). Kept by version, like the other servers, under
# ${XDG_CACHE_HOME:-~/.cache}/attach-gateway/servers.
set -euo pipefail

requirements="$(dirname "${BASH_SOURCE[0]}")/../../test/interop/authlib/requirements.txt"
version="$(sed -n 's/^Authlib==//p' "$requirements")"
home="${XDG_CACHE_HOME:-$HOME/.cache}/attach-gateway/servers/authlib-$version"
python="$home/bin/python"

say() { printf 'authlib: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

# An environment is whole when this stands in it: the requirements it was made from.
if cmp -s "$requirements" "$home/made-from.txt" && "$python" -c "" 2>/dev/null; then
  echo "$python"
  exit 0
fi

python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || give_up "needs Python 3.10 or newer"
python3 -c 'import ensurepip, venv' 2>/dev/null || give_up "needs Python's venv (apt-get install python3-venv)"

mkdir -p "$(dirname "$home")"
# One at a time: whoever waits here makes nothing anew.
exec 9>"$home.lock"
flock 9
if cmp -s "$requirements" "$home/made-from.txt" && "$python" -c "" 2>/dev/null; then
  echo "$python"
  exit 0
fi

say "installing $version"
rm -rf "$home"
log="$home.log"
{ python3 -m venv "$home" && "$python" -m pip install --quiet --disable-pip-version-check -r "$requirements"; } >"$log" 2>&1 || {
  tail -20 "$log" >&2
  give_up "could not be installed"
}
cp "$requirements" "$home/made-from.txt"
echo "$python"
