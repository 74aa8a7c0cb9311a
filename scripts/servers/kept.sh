# Sourced by the scripts of this folder: where a server is kept, and that it is made once.
#
# A server is kept by version under ${XDG_CACHE_HOME:-~/.cache}/attach-gateway/servers, made in a folder beside it and renamed
# as the last step: what is there is whole. One process at a time makes it, and whoever waited finds it finished.

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }
give_up() {
  say "$*"
  exit 1
}

# need COMMAND "words that say what to install"
need() { command -v "$1" >/dev/null || give_up "needs $2"; }

# keep_at NAME-VERSION: sets `home`, and makes the folder.
keep_at() {
  home="${XDG_CACHE_HOME:-$HOME/.cache}/attach-gateway/servers/$1"
  mkdir -p "$home"
}

# print_if_there PATH: prints it and ends when it is executable.
print_if_there() {
  if [ -x "$1" ]; then
    echo "$1"
    exit 0
  fi
}

# alone_with PATH: waits for whoever is making it; ends when that made it. Sets `work`, a folder that goes when the script ends.
alone_with() {
  exec 9>"$home/lock"
  flock 9
  print_if_there "$1"
  work="$(mktemp -d "$home/build.XXXXXX")"
  trap 'rm -rf "$work"' EXIT
}

# logged "what failed" COMMAND…: its output goes to the log; the end of that is shown when it fails.
logged() {
  local failure="$1"
  shift
  "$@" >>"$home/build.log" 2>&1 9>&- || {
    tail -40 "$home/build.log" >&2
    give_up "$failure (log: $home/build.log)"
  }
}

# go_module BINARY MODULE@VERSION [flags of go install…]: builds a command from its Go module and keeps it as $home/BINARY.
go_module() {
  local binary="$1" module="$2" started=$SECONDS
  shift 2
  logged "the build failed" env GOBIN="$work/bin" go install "$@" "$module"
  mv "$work/bin/"* "$home/$binary"
  say "built in $((SECONDS - started)) s"
  echo "$home/$binary"
}
