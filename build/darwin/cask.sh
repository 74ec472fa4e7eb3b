#!/usr/bin/env bash
# Fills the Homebrew cask's template and prints it.
#
#   build/darwin/cask.sh NUMBERS SHA256 URL [HOMEPAGE]
#
# Without a homepage its line is left out; Homebrew wants one only of published
# casks.
set -euo pipefail
template=$(dirname "$0")/pilotlight.rb
version=$1 sum=$2 url=$3 homepage=${4:-}

[[ $version =~ ^[0-9]+(\.[0-9]+){2}$ ]] || { echo "error: $version is not three numbers" >&2; exit 2; }
[[ $sum =~ ^[0-9a-f]{64}$ ]] || { echo "error: $sum is no SHA-256" >&2; exit 2; }
case "$url$homepage" in
  *[\"\\\#\|\&]* | *$'\n'*) echo "error: an address has characters that a cask cannot hold" >&2; exit 2 ;;
esac

fill() { sed -e "s|@VERSION@|$version|" -e "s|@SHA256@|$sum|" -e "s|@URL@|$url|" -e "s|@HOMEPAGE@|$homepage|" "$template"; }
if [ -n "$homepage" ]; then fill; else fill | sed '/^  homepage /d'; fi
