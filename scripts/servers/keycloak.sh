#!/usr/bin/env bash
# Fetches Keycloak from Maven Central and prints the path of its folder; the second run only prints.
#
# Needs Java 17 or newer, Maven and unzip.
# Kept by version under ${XDG_CACHE_HOME:-~/.cache}/attach-gateway/servers.
set -euo pipefail

version="${KEYCLOAK_VERSION:-26.7.3}"
home="${XDG_CACHE_HOME:-$HOME/.cache}/attach-gateway/servers/keycloak-$version"
folder="$home/keycloak"

say() { printf 'keycloak: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

if [ -x "$folder/bin/kc.sh" ]; then
  echo "$folder"
  exit 0
fi

command -v java >/dev/null || give_up "needs Java 17 or newer on PATH"
command -v mvn >/dev/null || give_up "needs Maven on PATH (apt-get install maven)"
command -v unzip >/dev/null || give_up "needs unzip (apt-get install unzip)"

mkdir -p "$home"
# One download at a time: whoever waits here finds the finished folder.
exec 9>"$home/lock"
flock 9
if [ -x "$folder/bin/kc.sh" ]; then
  echo "$folder"
  exit 0
fi

work="$(mktemp -d "$home/fetch.XXXXXX")"
trap 'rm -rf "$work"' EXIT

say "fetching Keycloak $version (180 MB; log: $home/fetch.log)"
# From a folder of its own: Maven reads a pom.xml that lies where it is called.
(cd "$work" && mvn --batch-mode --quiet dependency:copy \
  -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:zip" -DoutputDirectory="$work/zip" \
  -Dmdep.useBaseVersion=true) >"$home/fetch.log" 2>&1 9>&- || { tail -20 "$home/fetch.log" >&2; give_up "the download failed"; }
unzip -q "$work/zip/keycloak-quarkus-dist-$version.zip" -d "$work"
# So that tests can `start --optimized`: without it every start builds anew, for half a minute and more.
"$work/keycloak-$version/bin/kc.sh" build --db=dev-mem >>"$home/fetch.log" 2>&1 9>&- || { tail -20 "$home/fetch.log" >&2; give_up "the build failed"; }
# The rename is the last step, so a folder that is there is a whole one.
mv "$work/keycloak-$version" "$folder"
echo "$folder"
