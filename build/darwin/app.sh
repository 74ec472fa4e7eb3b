#!/usr/bin/env bash
# Makes Pilotlight.app and a disk image of it. Needs a Mac with Xcode's command
# line tools, Go and Node; run by make app.
#
#   OUT              where everything goes; bin/darwin
#   ARCHS            what the programs run on; "arm64 amd64" makes universal ones
#   VERSION          stands for what git describes
#   SIGN_IDENTITY    "Developer ID Application: NAME (TEAM)". Without it the
#                    signature is ad hoc: the app runs on this Mac, and on others
#                    after System Settings, Privacy & Security, Open Anyway
#   NOTARY_PROFILE   has Apple notarise the app and the image, signed in by this
#                    profile (xcrun notarytool store-credentials makes one); or
#   NOTARY_KEY NOTARY_KEY_ID NOTARY_ISSUER
#                    by an App Store Connect key: its .p8 file, its id, the issuer
#   CASK_URL         where the image will be published, for the Homebrew cask
#   CASK_HOMEPAGE    the project's page, for the Homebrew cask
#   DRY_RUN=1        prints the commands, runs none, and works anywhere
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=${OUT:-bin/darwin}
ARCHS=${ARCHS:-arm64 amd64}
SIGN_IDENTITY=${SIGN_IDENTITY:--}
DRY_RUN=${DRY_RUN:-}

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit 1
}

# run does one command, or prints it so that a shell would read it the same.
run() {
  if [ -n "$DRY_RUN" ]; then
    printf '%q ' "$@"
    echo
  else
    "$@"
  fi
}

if [ -z "$DRY_RUN" ] && [ "$(uname -s)" != Darwin ]; then
  echo "error: make app needs a Mac: its tools sign and pack the app, and its SDK builds it." >&2
  exit 1
fi

notary=()
if [ -n "${NOTARY_PROFILE:-}" ]; then
  notary=(--keychain-profile "$NOTARY_PROFILE")
elif [ -n "${NOTARY_KEY:-}" ]; then
  notary=(--key "$NOTARY_KEY" --key-id "${NOTARY_KEY_ID:?}" --issuer "${NOTARY_ISSUER:?}")
fi
if [ ${#notary[@]} -gt 0 ] && [ "$SIGN_IDENTITY" = - ]; then
  fail "Apple does not notarise an app with an ad-hoc signature." "Set SIGN_IDENTITY to your Developer ID, or leave the NOTARY variables out."
fi

version=$(build/version.sh)
numbers=$(build/version.sh numbers)
number=$(build/version.sh build)
app=$OUT/Pilotlight.app
window=$app/Contents/Helpers/Dashboard.app
image=$OUT/Pilotlight-$numbers.dmg

# The oldest macOS that Go 1.26 supports. Without these flags the SDK's own
# version would become the least. Both programs get the same flags, so that
# what they share is compiled once.
least=12.0
compile() { # ARCH TAGS PACKAGE OUTPUT
  run env CGO_ENABLED=1 GOOS=darwin GOARCH="$1" MACOSX_DEPLOYMENT_TARGET=$least \
    CGO_CFLAGS="-O2 -g -mmacosx-version-min=$least" \
    CGO_LDFLAGS="-framework UniformTypeIdentifiers -mmacosx-version-min=$least" \
    go build -trimpath -tags "$2" -ldflags "-s -w -X main.version=$version -X main.releases=${RELEASES:-}" -o "$4" "$3"
}

programs() {
  local arch agents=() windows=()
  for arch in $ARCHS; do
    compile "$arch" "" ./cmd/pilotlight "$OUT/$arch/pilotlight"
    compile "$arch" desktop,production . "$OUT/$arch/pilotlight-window"
    agents+=("$OUT/$arch/pilotlight") windows+=("$OUT/$arch/pilotlight-window")
  done
  run lipo -create -output "$app/Contents/MacOS/pilotlight" "${agents[@]}"
  run lipo -create -output "$window/Contents/MacOS/pilotlight-window" "${windows[@]}"
}

bundle() {
  run rm -rf "$app"
  run mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources" "$window/Contents/MacOS" "$window/Contents/Resources"
  programs
  run go run ./build/darwin/plist -kind agent -version "$numbers" -build "$number" -commit "$version" -o "$app/Contents/Info.plist"
  run go run ./build/darwin/plist -kind window -version "$numbers" -build "$number" -commit "$version" -o "$window/Contents/Info.plist"
  run go run ./build/icon -icns "$app/Contents/Resources/pilotlight.icns"
  run cp "$app/Contents/Resources/pilotlight.icns" "$window/Contents/Resources/pilotlight.icns"
}

# sign gives an ad-hoc signature, or the real one with a time stamp and the
# hardened runtime, which Apple asks for before it notarises.
sign() { # PATH
  if [ "$SIGN_IDENTITY" = - ]; then
    run codesign --force --sign - --timestamp=none "$1"
  else
    run codesign --force --options runtime --timestamp --sign "$SIGN_IDENTITY" "$1"
  fi
}

# sign_app goes from the inside out: a signature covers what lies inside, so
# whatever is signed later inside would break it.
sign_app() {
  run xattr -cr "$app"
  sign "$window"
  sign "$app"
  run codesign --verify --deep --strict --verbose=2 "$app"
}

# notarise has Apple look at a file and staples its word to TICKET, so that it
# opens without a network too.
notarise() { # FILE TICKET
  [ ${#notary[@]} -gt 0 ] || return 0
  run xcrun notarytool submit "$1" --wait "${notary[@]}"
  run xcrun stapler staple "$2"
}

notarise_app() {
  [ ${#notary[@]} -gt 0 ] || return 0
  run ditto -c -k --keepParent "$app" "$OUT/Pilotlight.zip"
  notarise "$OUT/Pilotlight.zip" "$app"
  run rm "$OUT/Pilotlight.zip"
}

disk_image() {
  local stage=$OUT/image
  run rm -rf "$stage"
  run mkdir -p "$stage"
  run ditto "$app" "$stage/Pilotlight.app"
  run ln -s /Applications "$stage/Applications"
  run hdiutil create -volname Pilotlight -srcfolder "$stage" -fs HFS+ -format UDZO -ov "$image"
  run rm -rf "$stage"
  [ "$SIGN_IDENTITY" = - ] || run codesign --force --timestamp --sign "$SIGN_IDENTITY" "$image"
  notarise "$image" "$image"
}

# cask fills Homebrew's template; without CASK_URL it installs from this disk.
cask() {
  local sum
  [ -z "$DRY_RUN" ] || { echo "build/darwin/cask.sh $numbers $image"; return; }
  sum=$(shasum -a 256 "$image" | cut -d ' ' -f 1)
  build/darwin/cask.sh "$numbers" "$sum" "${CASK_URL:-file://$PWD/$image}" "${CASK_HOMEPAGE:-}" >"$OUT/pilotlight.rb"
}

run make frontend/dist/index.html
bundle
sign_app
notarise_app
disk_image
cask
[ -n "$DRY_RUN" ] || echo "made $app and $image"
