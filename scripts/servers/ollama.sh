#!/usr/bin/env bash
# Builds Ollama from its Go module and prints the path of the binary; the second run only prints.
#
# Needs Go >= 1.24, a C++ compiler, Python 3 with pip, and Debian's nlohmann-json3-dev and libstb-dev.
# A Go module carries no `vendor` folders, so three headers that Ollama vendors for its C++ come from
# elsewhere: two from Debian, miniaudio.h from the source package of the same name on PyPI.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/kept.sh"

version="${OLLAMA_VERSION:-0.13.5}"
miniaudio_version=1.71
keep_at "ollama-$version"
print_if_there "$home/ollama"

need go "Go 1.24 or newer on PATH"
need c++ "a C++ compiler (apt-get install g++)"
python3 -m pip --version >/dev/null 2>&1 || give_up "needs Python 3 with pip (apt-get install python3-pip)"
for header in nlohmann/json.hpp stb/stb_image.h; do
  echo "#include <$header>" | c++ -E -x c++ - >/dev/null 2>&1 ||
    give_up "the header $header is missing (apt-get install nlohmann-json3-dev libstb-dev)"
done

alone_with "$home/ollama"

say "fetching the header miniaudio.h $miniaudio_version"
logged "no miniaudio.h" python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$work/sdist" \
  "miniaudio==$miniaudio_version"
mkdir -p "$work/include"
tar -xzf "$work"/sdist/miniaudio-*.tar.gz -C "$work/include" --strip-components=1 --wildcards '*/miniaudio/miniaudio.h'

say "building Ollama $version from its Go module: 2 to 6 minutes on two cores"
CGO_ENABLED=1 CGO_CXXFLAGS="-O2 -g0 -I$work/include" CGO_CFLAGS="-O2 -g0" go_module ollama "github.com/ollama/ollama@v$version" \
  -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$version"
