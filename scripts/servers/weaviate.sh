#!/usr/bin/env bash
# Builds Weaviate from its Go module and prints the path of the binary; the second run only prints. Needs Go >= 1.26.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/kept.sh"

version="${WEAVIATE_VERSION:-1.39.2}"
keep_at "weaviate-$version"
print_if_there "$home/weaviate-server"
need go "Go 1.26 or newer on PATH"
alone_with "$home/weaviate-server"

say "building Weaviate $version from its Go module: 2 to 5 minutes on two cores"
CGO_ENABLED=0 go_module weaviate-server "github.com/weaviate/weaviate/cmd/weaviate-server@v$version" -ldflags "-s -w"
