#!/usr/bin/env bash
# Builds the agent twice from the same commit, each time in a clone in a folder of
# another name with a build cache of its own, and compares every byte. Run by make
# reproducible; it compiles SQLite twice.
set -euo pipefail
cd "$(dirname "$0")/../.."

commit=$(git rev-parse HEAD)
# The commit's own, once: the tree here may hold changes that no clone has, and may get
# some between the two builds.
version=$(git describe --tags --always "$commit")
root=$(mktemp -d)
trap 'chmod -R u+w "$root"; rm -rf "$root"' EXIT

build() { # FOLDER
  git clone -q . "$1"
  git -C "$1" checkout -q "$commit"
  GOCACHE=$1.cache make -C "$1" VERSION="$version" bin/pilotlight-headless >"$1.log" 2>&1 || { tail -n 20 "$1.log" >&2; exit 1; }
}

build "$root/one"
build "$root/another-and-longer-name"
sums=$(cd "$root" && sha256sum one/bin/pilotlight-headless another-and-longer-name/bin/pilotlight-headless)
echo "$sums"
[ "$(cut -d ' ' -f 1 <<<"$sums" | sort -u | wc -l)" = 1 ] || { echo "error: the two differ." >&2; exit 1; }
echo "the same commit gave the same program, twice"
