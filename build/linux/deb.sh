#!/usr/bin/env bash
# Makes the .deb of what is built in bin, and checks it. Run by make deb.
#
#   BIN             where the built programs and icons are; bin
#   OUT             where the package goes; bin/linux
#   VERSION         stands for what git describes
#   DEB_MAINTAINER  "Name <address>", as the package names its maker
#   DRY_RUN=1       prints the commands and runs none
set -euo pipefail
cd "$(dirname "$0")/../.."

BIN=${BIN:-bin}
OUT=${OUT:-bin/linux}
DRY_RUN=${DRY_RUN:-}
# 2.44 and later bring packers for other systems, with modules that we have no
# use for.
NFPM=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4

run() {
  if [ -n "$DRY_RUN" ]; then
    printf '%q ' "$@"
    echo
  else
    "$@"
  fi
}

programs=("$BIN/pilotlight" "$BIN/pilotlight-window")
if [ -z "$DRY_RUN" ]; then
  for program in "${programs[@]}"; do
    [ -x "$program" ] || { echo "error: $program is not built; a package has both programs." >&2; echo "hint: Run: make deb" >&2; exit 1; }
  done
fi

# least_libc is the newest version of the C library's interface that the
# programs ask for: what they were built with decides it.
least_libc() {
  if [ -n "$DRY_RUN" ]; then echo 2.31; else grep -aoh 'GLIBC_2\.[0-9]*' "${programs[@]}" | sort -Vu | tail -n 1 | cut -d _ -f 2; fi
}

DEB_ARCH=$(go env GOARCH)
DEB_VERSION=$(build/version.sh deb)
DEB_LIBC=$(least_libc)
DEB_MAINTAINER=${DEB_MAINTAINER:-Pilotlight <pilotlight@localhost>}
DEB_STAGE=$OUT/stage
export DEB_ARCH DEB_VERSION DEB_LIBC DEB_MAINTAINER DEB_STAGE
package=$OUT/pilotlight_${DEB_VERSION}_$DEB_ARCH.deb

run rm -rf "$DEB_STAGE"
run mkdir -p "$DEB_STAGE"
run env DESTDIR="$DEB_STAGE" PREFIX=/usr BIN="$BIN" build/linux/install.sh install
run go run "$NFPM" package --config build/linux/nfpm.yaml --packager deb --target "$package"
run rm -rf "$DEB_STAGE"
run build/linux/check-deb.sh "$package"
