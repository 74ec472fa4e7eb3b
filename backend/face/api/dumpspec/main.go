// Command dumpspec writes the OpenAPI document to its standard output. The
// dashboard's types are generated from it.
package main

import (
	"fmt"
	"os"

	"pilotlight/backend/face/api"
)

func main() {
	if _, err := os.Stdout.Write(api.OpenAPI()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
