// Command plist writes the Info.plist of the app and of the window inside it.
package main

import (
	"bytes"
	"embed"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"regexp"
	"text/template"
)

//go:embed *.plist.tmpl
var templates embed.FS

// values fill a template.
type values struct {
	Version string // three numbers
	Build   string // one number that grows
	Commit  string // as git describes it, for people
}

// threeNumbers is what macOS reads as a version; anything else it cuts off
// without a word (Apple, CFBundleShortVersionString).
var threeNumbers = regexp.MustCompile(`^\d{1,4}(\.\d{1,4}){2}$`)

var oneNumber = regexp.MustCompile(`^\d{1,9}$`)

func main() {
	kind := flag.String("kind", "agent", "agent or window")
	out := flag.String("o", "", "the file to write")
	var v values
	flag.StringVar(&v.Version, "version", "0.0.0", "three numbers")
	flag.StringVar(&v.Build, "build", "1", "a number that grows")
	flag.StringVar(&v.Commit, "commit", "dev", "the version as git describes it")
	flag.Parse()
	text, err := render(*kind, v)
	if err == nil {
		err = os.WriteFile(*out, text, 0o644) //nolint:gosec // everybody reads an app
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// render fills the template of a kind.
func render(kind string, v values) ([]byte, error) {
	if !threeNumbers.MatchString(v.Version) {
		return nil, fmt.Errorf("%q is not three numbers", v.Version)
	}
	if !oneNumber.MatchString(v.Build) {
		return nil, fmt.Errorf("%q is not a number", v.Build)
	}
	t, err := template.New("").Funcs(template.FuncMap{"xml": escape}).ParseFS(templates, "*.plist.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, kind+".plist.tmpl", v); err != nil {
		return nil, fmt.Errorf("fill the template %s: %w", kind, err)
	}
	return out.Bytes(), nil
}

func escape(s string) (string, error) {
	var out bytes.Buffer
	err := xml.EscapeText(&out, []byte(s))
	return out.String(), err
}
