#!/usr/bin/env bash
# Makes what a release has for this Linux machine, and its check sums. Run by make
# release.
#
#   BIN      where the built programs are; bin
#   OUT      where everything goes; bin/release
#   VERSION  stands for what git describes
#
# The same commit gives the same bytes, built by the same Go and C compiler:
# build/release/twice.sh holds us to that.
set -euo pipefail
cd "$(dirname "$0")/../.."

BIN=${BIN:-bin}
OUT=${OUT:-bin/release}
# What packers write down as the time of every file.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
arch=$(go env GOARCH)
version=$(build/version.sh)
name=pilotlight-headless-$version-linux-$arch

for program in pilotlight pilotlight-window pilotlight-headless; do
  [ -x "$BIN/$program" ] || { echo "error: $BIN/$program is not built." >&2; echo "hint: Run: make release" >&2; exit 1; }
done

# headless is the agent for a server, with its unit, in a folder of its own.
headless() {
  local stage
  stage=$(mktemp -d)
  mkdir "$stage/$name"
  install -m 0755 "$BIN/pilotlight-headless" "$stage/$name/pilotlight"
  install -m 0644 LICENSE README.md CHANGELOG.md build/linux/pilotlight.service "$stage/$name/"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu \
    -C "$stage" -cf - "$name" | gzip -n -9 >"$OUT/$name.tar.gz"
  rm -r "$stage"
}

rm -rf "$OUT"
mkdir -p "$OUT"
headless
OUT=$OUT build/linux/deb.sh
build/release/sbom.sh "$BIN/pilotlight" "$OUT/pilotlight-$version-linux-$arch"
(cd "$OUT" && sha256sum -- * >"SHA256SUMS-linux-$arch")
echo "made $OUT:"
cat "$OUT/SHA256SUMS-linux-$arch"
