#!/usr/bin/env bash
# Builds Temporal's command line, which holds a development server, from its Go module and prints the path of the binary;
# the second run only prints. Needs Go >= 1.24. Newer releases carry a `replace` and cannot be installed so.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/kept.sh"

version="${TEMPORAL_VERSION:-1.5.1}"
keep_at "temporal-$version"
print_if_there "$home/temporal"
need go "Go 1.24 or newer on PATH"
alone_with "$home/temporal"

say "building Temporal $version from its Go module: 2 to 5 minutes on two cores"
go_module temporal "github.com/temporalio/cli/cmd/temporal@v$version" -ldflags "-s -w"
