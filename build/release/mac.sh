#!/usr/bin/env bash
# Puts what make app made where a release's files are, with its lists of parts and
# check sums. Run by make release-mac.
#
#   APP  where make app put everything; bin/darwin
#   OUT  where it goes; bin/release
set -euo pipefail
cd "$(dirname "$0")/../.."

APP=${APP:-bin/darwin}
OUT=${OUT:-bin/release}
image=$APP/Pilotlight-$(build/version.sh numbers).dmg
[ -e "$image" ] || { echo "error: $image is not there." >&2; echo "hint: Run: make app" >&2; exit 1; }

rm -rf "$OUT"
mkdir -p "$OUT"
# Under the name that the cask asks for.
cp "$image" "$OUT/Pilotlight.dmg"
cp "$APP/pilotlight.rb" "$OUT/pilotlight.rb"
# The universal program has two halves; each was linked from the same modules.
build/release/sbom.sh "$APP/arm64/pilotlight" "$OUT/pilotlight-$(build/version.sh)-macos"
(cd "$OUT" && shasum -a 256 -- * >SHA256SUMS-macos)
cat "$OUT/SHA256SUMS-macos"
