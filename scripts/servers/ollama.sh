#!/usr/bin/env bash
# Builds Ollama from its Go module and prints the path of the binary; the second run only prints.
#
# Needs Go >= 1.24, a C++ compiler, Python 3 with pip, and Debian's nlohmann-json3-dev and libstb-dev.
# A Go module carries no `vendor` folders, so three headers that Ollama vendors for its C++ come from
# elsewhere: two from Debian, miniaudio.h from the source package of the same name on PyPI.
# Everything is kept by version under ${XDG_CACHE_HOME:-~/.cache}/attach-gateway/servers.
set -euo pipefail

version="${OLLAMA_VERSION:-0.13.5}"
miniaudio_version=1.71
home="${XDG_CACHE_HOME:-$HOME/.cache}/attach-gateway/servers/ollama-$version"
binary="$home/ollama"

say() { printf 'ollama: %s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

if [ -x "$binary" ]; then
  echo "$binary"
  exit 0
fi

command -v go >/dev/null || give_up "needs Go 1.24 or newer on PATH"
command -v c++ >/dev/null || give_up "needs a C++ compiler (apt-get install g++)"
python3 -m pip --version >/dev/null 2>&1 || give_up "needs Python 3 with pip (apt-get install python3-pip)"
for header in nlohmann/json.hpp stb/stb_image.h; do
  echo "#include <$header>" | c++ -E -x c++ - >/dev/null 2>&1 ||
    give_up "the header $header is missing (apt-get install nlohmann-json3-dev libstb-dev)"
done

mkdir -p "$home"
# One build at a time: whoever waits here finds the finished binary.
exec 9>"$home/lock"
flock 9
if [ -x "$binary" ]; then
  echo "$binary"
  exit 0
fi

work="$(mktemp -d "$home/build.XXXXXX")"
trap 'rm -rf "$work"' EXIT

say "fetching the header miniaudio.h $miniaudio_version"
python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$work/sdist" \
  "miniaudio==$miniaudio_version" >"$home/build.log" 2>&1 || { tail -20 "$home/build.log" >&2; give_up "no miniaudio.h"; }
mkdir -p "$work/include"
tar -xzf "$work"/sdist/miniaudio-*.tar.gz -C "$work/include" --strip-components=1 --wildcards '*/miniaudio/miniaudio.h'

say "building Ollama $version from its Go module: 2 to 6 minutes on two cores (log: $home/build.log)"
started=$SECONDS
if ! GOBIN="$work/bin" CGO_ENABLED=1 CGO_CXXFLAGS="-O2 -g0 -I$work/include" CGO_CFLAGS="-O2 -g0" \
  go install -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$version" \
  "github.com/ollama/ollama@v$version" >>"$home/build.log" 2>&1; then
  tail -40 "$home/build.log" >&2
  give_up "the build failed"
fi
# The rename is the last step, so a binary that is there is a whole one.
mv "$work/bin/ollama" "$binary"
say "built in $((SECONDS - started)) s"
echo "$binary"
