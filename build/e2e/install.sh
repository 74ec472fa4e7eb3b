#!/usr/bin/env bash
# Brings the OpenClaws that make e2e runs, with the Node each wants, into a
# cache folder outside the tree: 2.8 GB in all. What is there already, in
# the version that is wanted, is left alone. Prints the folder.
#
#   build/e2e/install.sh [VERSION…]    default: all that are known here
#
# PILOTLIGHT_E2E_CACHE chooses the folder.
set -euo pipefail

cache=${PILOTLIGHT_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pilotlight-e2e}
[ $# -gt 0 ] || set -- 2026.9.6 2026.3.13 2026.2.9

# has FOLDER PACKAGE VERSION: is just this version installed there, and whole?
# An installation that was broken off lacks the stamp.
has() {
  local own="$cache/$1/node_modules/$2/package.json"
  [ -e "$cache/$1/.whole" ] && [ -e "$own" ] && grep -q "^  \"version\": \"$3\"" "$own"
}

# get FOLDER PACKAGE VERSION PACKAGE_JSON: installs one package in a folder of its own.
get() {
  has "$1" "$2" "$3" && return 0
  echo "installing $2@$3 into $cache/$1" >&2
  rm -rf "${cache:?}/$1"
  mkdir -p "$cache/$1"
  printf '%s\n' "$4" > "$cache/$1/package.json"
  (cd "$cache/$1" && npm install --no-audit --no-fund --loglevel=error "$2@$3" >&2)
  touch "$cache/$1/.whole"
}

# stub_libsignal FOLDER gives the stand-in the names that are imported from it.
# None is ever called: WhatsApp is not set up.
stub_libsignal() {
  local to="$cache/$1/node_modules/libsignal/src" name
  mkdir -p "$to"
  for name in generateKeyPair calculateAgreement calculateSignature verifySignature; do
    echo "exports.$name = () => { throw new Error('libsignal is a stub') }"
  done > "$to/curve.js"
  for name in deriveSecrets decrypt encrypt calculateMAC; do
    echo "exports.$name = () => { throw new Error('libsignal is a stub') }"
  done > "$to/crypto.js"
}

plain='{"name":"e2e","version":"1.0.0","private":true}'
# A dependency of the older versions is a git repository that npm may not reach.
# It serves WhatsApp alone, so an empty package stands in for it, to which
# stub_libsignal adds what is imported at start. Two others have since published
# what does not fit.
stubbed='{"name":"e2e","version":"1.0.0","private":true,"overrides":{"libsignal":"npm:empty-npm-package@1.0.0","linkedom":"0.18.12","cssom":"0.5.0"}}'

for version in "$@"; do
  case $version in
    2026.2.* | 2026.3.*) node=22 exact=22.23.3 package=$stubbed ;;
    *) node=24 exact=24.21.0 package=$plain ;;
  esac
  get "node-$node" node "$exact" "$plain"
  (
    PATH="$cache/node-$node/node_modules/node/bin:$PATH"
    get "openclaw-$version" openclaw "$version" "$package"
  )
  [ "$package" = "$plain" ] || stub_libsignal "openclaw-$version"
done
echo "$cache"
