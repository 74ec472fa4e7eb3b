#!/usr/bin/env bash
# Lays the files of a release into a draft on GitHub, after their sums were checked.
# Run by make draft. Nothing is published: that a person does who looked at it.
#
#   TAG        the version's tag
#   OUT        where the files are; bin/release
#   DRY_RUN=1  checks the sums and prints the command
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=${OUT:-bin/release}
tag=${TAG:?the tag of the version, as v1.2.3}
[[ $tag =~ ^v[0-9]+(\.[0-9]+){2}([-.a-z0-9]*)$ ]] || { echo "error: $tag is not the tag of a version." >&2; exit 2; }

sums=("$OUT"/SHA256SUMS-*)
[ -e "${sums[0]}" ] || { echo "error: there are no files of a release in $OUT." >&2; echo "hint: Run make release." >&2; exit 1; }
for list in "${sums[@]}"; do
  (cd "$OUT" && sha256sum --check --quiet "$(basename "$list")")
done
sort -k 2 "${sums[@]}" >"$OUT/SHA256SUMS"
rm "${sums[@]}"

set -- gh release create "$tag" --draft --verify-tag --title "Pilotlight ${tag#v}" --notes-file CHANGELOG.md "$OUT"/*
if [ -n "${DRY_RUN:-}" ]; then
  printf '%q ' "$@"
  echo
else
  "$@"
fi
