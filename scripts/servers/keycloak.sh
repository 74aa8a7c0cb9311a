#!/usr/bin/env bash
# Fetches Keycloak from Maven Central and prints the path of its folder; the second run only prints.
#
# Needs Java 17 or newer, Maven and unzip.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/kept.sh"

version="${KEYCLOAK_VERSION:-26.7.3}"
keep_at "keycloak-$version"
folder="$home/keycloak"
print_if_there "$folder"

need java "Java 17 or newer on PATH"
need mvn "Maven on PATH (apt-get install maven)"
need unzip "unzip (apt-get install unzip)"
alone_with "$folder"

say "fetching Keycloak $version (180 MB)"
# From a folder of its own: Maven reads a pom.xml that lies where it is called.
cd "$work"
logged "the download failed" mvn --batch-mode --quiet dependency:copy \
  -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:zip" -DoutputDirectory="$work/zip" -Dmdep.useBaseVersion=true
unzip -q "$work/zip/keycloak-quarkus-dist-$version.zip" -d "$work"
# So that tests can `start --optimized`: without it every start builds anew, for half a minute and more.
logged "the build failed" "$work/keycloak-$version/bin/kc.sh" build --db=dev-mem
mv "$work/keycloak-$version" "$folder"
echo "$folder"
