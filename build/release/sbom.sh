#!/usr/bin/env bash
# Writes what a program is made of, in CycloneDX's form: the Go modules that are
# linked into it, as its own build information names them, and the packages that
# the dashboard is built from.
#
#   build/release/sbom.sh PROGRAM NAME    writes NAME.go.cdx.json, NAME.npm.cdx.json
set -euo pipefail
cd "$(dirname "$0")/../.."

CYCLONEDX=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
program=$1 name=$2

# Neither a serial number nor the time: the same program has the same list.
go run "$CYCLONEDX" bin -json -noserial -output "$name.go.cdx.json" "$program"
(cd frontend && npm sbom --sbom-format cyclonedx) >"$name.npm.cdx.json.part"
node -e '
  const fs = require("fs"), list = JSON.parse(fs.readFileSync(process.argv[1]))
  delete list.serialNumber
  delete list.metadata.timestamp
  fs.writeFileSync(process.argv[2], JSON.stringify(list, null, 2) + "\n")
' "$name.npm.cdx.json.part" "$name.npm.cdx.json"
node -e '
  const fs = require("fs"), list = JSON.parse(fs.readFileSync(process.argv[1]))
  delete list.metadata.timestamp
  fs.writeFileSync(process.argv[1], JSON.stringify(list, null, 2) + "\n")
  if (!list.components?.length) throw new Error("no module is in the program")
' "$name.go.cdx.json"
rm "$name.npm.cdx.json.part"
