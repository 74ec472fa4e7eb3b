package darwin_test

import (
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"pilotlight/backend/agent"
	"pilotlight/backend/source/login"
)

// dryRun gives the commands that a script would run, one a line.
func dryRun(t *testing.T, script string, env ...string) []string {
	t.Helper()
	cmd := exec.Command("bash", script)
	cmd.Env = append(os.Environ(), append([]string{"DRY_RUN=1", "OUT=out", "VERSION=v1.2.3-4-gabc"}, env...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, errs.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// at is the one line that matches, or the test ends.
func at(t *testing.T, lines []string, pattern string) int {
	t.Helper()
	re, found := regexp.MustCompile(pattern), -1
	for i, line := range lines {
		if !re.MatchString(line) {
			continue
		}
		if found >= 0 {
			t.Fatalf("%s is there twice:\n%s", pattern, strings.Join(lines, "\n"))
		}
		found = i
	}
	if found < 0 {
		t.Fatalf("%s is not there:\n%s", pattern, strings.Join(lines, "\n"))
	}
	return found
}

// inOrder wants each pattern once, one after the other.
func inOrder(t *testing.T, lines []string, patterns ...string) {
	t.Helper()
	last := -1
	for _, p := range patterns {
		i := at(t, lines, p)
		if i < last {
			t.Errorf("%s comes too early, in line %d", p, i+1)
		}
		last = i
	}
}

const (
	appPath    = `out/Pilotlight\.app`
	windowPath = appPath + `/Contents/Helpers/Dashboard\.app`
)

// steps are what every app goes through, whoever signs it: nothing may be
// changed inside once it is signed, and the image holds the signed app.
func steps(sign string) []string {
	return []string{
		`^make frontend/dist/index\.html`,
		`^rm -rf ` + appPath + ` $`,
		`^env .*GOARCH=arm64 .*-o out/arm64/pilotlight \./cmd/pilotlight`,
		`^env .*GOARCH=arm64 .*-tags desktop\\,production .*-o out/arm64/pilotlight-window \. $`,
		`^env .*GOARCH=amd64 .*-o out/amd64/pilotlight \./cmd/pilotlight`,
		`^env .*GOARCH=amd64 .*-tags desktop\\,production .*-o out/amd64/pilotlight-window \. $`,
		`^lipo -create -output ` + appPath + `/Contents/MacOS/pilotlight out/arm64/pilotlight out/amd64/pilotlight `,
		`^lipo -create -output ` + windowPath + `/Contents/MacOS/pilotlight-window out/arm64/pilotlight-window out/amd64/pilotlight-window `,
		`-kind agent -version 1\.2\.3 .*-o ` + appPath + `/Contents/Info\.plist`,
		`-kind window -version 1\.2\.3 .*-o ` + windowPath + `/Contents/Info\.plist`,
		`-icns ` + appPath + `/Contents/Resources/pilotlight\.icns`,
		`^cp .*` + windowPath + `/Contents/Resources/pilotlight\.icns`,
		`^xattr -cr ` + appPath,
		sign + windowPath + ` $`,
		sign + appPath + ` $`,
		`^codesign --verify --deep --strict .*` + appPath,
	}
}

func TestAdHocFromTheInsideOut(t *testing.T) {
	lines := dryRun(t, "app.sh")
	inOrder(t, lines, append(steps(`^codesign --force --sign - --timestamp=none `),
		`^ditto `+appPath+` out/image/Pilotlight\.app`, `^ln -s /Applications out/image/Applications`,
		`^hdiutil create .*-srcfolder out/image .*out/Pilotlight-1\.2\.3\.dmg`, `cask\.sh 1\.2\.3 `)...)
	all := strings.Join(lines, "\n")
	for _, never := range []string{"notarytool", "stapler", "--options runtime", "codesign --force --deep"} {
		if strings.Contains(all, never) {
			t.Errorf("an ad-hoc build uses %s", never)
		}
	}
}

func TestDeveloperIDIsNotarised(t *testing.T) {
	for name, env := range map[string][]string{
		"profile": {"NOTARY_PROFILE=me"},
		"key":     {"NOTARY_KEY=k.p8", "NOTARY_KEY_ID=ID", "NOTARY_ISSUER=ISSUER"},
	} {
		lines := dryRun(t, "app.sh", append(env, "SIGN_IDENTITY=Developer ID Application: A (T)")...)
		signIn := map[string]string{"profile": `--keychain-profile me`, "key": `--key k\.p8 --key-id ID --issuer ISSUER`}[name]
		sign := `^codesign --force --options runtime --timestamp --sign Developer.* `
		inOrder(t, lines, append(steps(sign),
			`^ditto -c -k --keepParent `+appPath+` out/Pilotlight\.zip`,
			`^xcrun notarytool submit out/Pilotlight\.zip --wait `+signIn,
			`^xcrun stapler staple `+appPath,
			`^ditto `+appPath+` out/image/Pilotlight\.app`, // with its ticket
			`^hdiutil create `,
			`^codesign --force --timestamp --sign Developer.* out/Pilotlight-1\.2\.3\.dmg`,
			`^xcrun notarytool submit out/Pilotlight-1\.2\.3\.dmg --wait `+signIn,
			`^xcrun stapler staple out/Pilotlight-1\.2\.3\.dmg`,
			`cask\.sh`)...)
	}
}

// TestEveryCompilationIsForTheOldestMacOS: one without the flags would carry
// the SDK's version, and not start on older systems.
func TestEveryCompilationIsForTheOldestMacOS(t *testing.T) {
	compiled := 0
	for _, line := range dryRun(t, "app.sh", "ARCHS=arm64") {
		if !strings.Contains(line, "go build") {
			continue
		}
		compiled++
		for _, want := range []string{
			"CGO_ENABLED=1", "GOARCH=arm64", "MACOSX_DEPLOYMENT_TARGET=12.0", `CGO_CFLAGS=-O2\ -g\ -mmacosx-version-min=12.0`,
			`CGO_LDFLAGS=-framework\ UniformTypeIdentifiers\ -mmacosx-version-min=12.0`, "main.version=v1.2.3-4-gabc", "-trimpath",
		} {
			if !strings.Contains(line, want) {
				t.Errorf("%s is not in: %s", want, line)
			}
		}
	}
	if compiled != 2 {
		t.Errorf("%d compilations for one chip, want 2", compiled)
	}
}

func TestNotarisingAnAdHocAppIsRefused(t *testing.T) {
	cmd := exec.Command("bash", "app.sh")
	cmd.Env = append(os.Environ(), "DRY_RUN=1", "NOTARY_PROFILE=me")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "hint: Set SIGN_IDENTITY") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestElsewhereOneLineSaysThatItNeedsAMac(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("this is a Mac")
	}
	for _, script := range []string{"app.sh", "check.sh"} {
		out, err := exec.Command("bash", script).CombinedOutput()
		text := strings.TrimSpace(string(out))
		if err == nil || !strings.Contains(text, "needs a Mac") || strings.Contains(text, "\n") {
			t.Errorf("%s: %v, %q", script, err, text)
		}
	}
}

func TestCheckLooksAtEverything(t *testing.T) {
	lines := dryRun(t, "check.sh")
	inOrder(t, lines,
		`^plutil -lint `+appPath+`/Contents/Info\.plist `+windowPath+`/Contents/Info\.plist`,
		`^codesign --verify --deep --strict `, `^lipo -info .*MacOS/pilotlight $`, `^lipo -info .*MacOS/pilotlight-window`,
		`^open -g `+appPath, `pilotlight status --json`, `^screencapture `, `doctor --platform --json`, `doctor --platform $`, `^osascript `)
}

const sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

func cask(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command("bash", append([]string{"cask.sh"}, args...)...).CombinedOutput()
	return string(out), err
}

func TestCaskIsFilled(t *testing.T) {
	got, err := cask(t, "1.2.3", sum, "https://example.org/Pilotlight-1.2.3.dmg", "https://example.org/")
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	for _, want := range []string{
		`version "1.2.3"`, `sha256 "` + sum + `"`, `url "https://example.org/Pilotlight-1.2.3.dmg"`, `homepage "https://example.org/"`,
		`Pilotlight.app/Contents/MacOS/pilotlight"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in:\n%s", want, got)
		}
	}
	if regexp.MustCompile(`@[A-Z0-9]+@`).MatchString(got) {
		t.Errorf("something was not filled in:\n%s", got)
	}
	if got, err := cask(t, "1.2.3", sum, "file:///tmp/a.dmg"); err != nil || strings.Contains(got, "homepage") {
		t.Errorf("without a homepage: %v\n%s", err, got)
	}
	for _, bad := range [][]string{{"v1.2.3", sum, "https://a"}, {"1.2.3", "abc", "https://a"}, {"1.2.3", sum, `https://a"; system("x")`}} {
		if got, err := cask(t, bad...); err == nil {
			t.Errorf("%v was taken:\n%s", bad, got)
		}
	}
}

// TestCaskTakesAwayWhatPilotlightMakes compares with where the programs
// really write.
func TestCaskTakesAwayWhatPilotlightMakes(t *testing.T) {
	text, err := os.ReadFile("pilotlight.rb")
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) string { return "" }
	for _, path := range []string{agent.Home("darwin", "~", none), login.New("darwin", "~", "", none).Path()} {
		if !strings.Contains(string(text), `"`+path+`"`) {
			t.Errorf("zap leaves %s behind", path)
		}
	}
}
