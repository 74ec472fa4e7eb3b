//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"image"
	_ "image/png"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pilotlight/backend/home"
	"pilotlight/window/windowtest"
)

// ink is the colour of the built-in page's main button in the light theme.
var ink = [3]uint32{0x1d, 0x1b, 0x18}

// clickButton finds the built-in page's button by its colour and clicks it.
func (r *room) clickButton(w windowtest.Window) {
	r.Helper()
	file := filepath.Join(r.dir, "shot.png")
	var x, y int
	r.must(windowtest.Within(patience, "the button can be seen", func() bool {
		if desktop.Shot(file) != nil {
			return false
		}
		var ok bool
		x, y, ok = findButton(file, w)
		return ok
	}))
	r.must(desktop.Click(x, y))
}

// findButton looks for the first run of 60 pixels of the button's colour.
func findButton(file string, w windowtest.Window) (x, y int, ok bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return 0, 0, false
	}
	for y := w.Y; y < w.Y+w.Height; y++ {
		run := 0
		for x := w.X; x < w.X+w.Width; x++ {
			red, green, blue, _ := img.At(x, y).RGBA()
			if [3]uint32{red >> 8, green >> 8, blue >> 8} != ink {
				run = 0
			} else if run++; run == 60 {
				return x - 30, y + 4, true
			}
		}
	}
	return 0, 0, false
}

// pageRoom is a room whose agent is a page of the test's own, under the real
// agent's policy.
type pageRoom struct {
	*room
	mu   sync.Mutex
	said []string
}

func newPageRoom(t *testing.T, body, script string) *pageRoom {
	r := &pageRoom{room: newRoom(t)}
	r.must(os.MkdirAll(r.home(), 0o700))
	ln, err := net.Listen("unix", home.Socket(r.home()))
	r.must(err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
		fmt.Fprintf(w, `<!doctype html><html><head><title>Loading</title><link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script></head><body>%s</body></html>`, body)
	})
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, "body{margin:0;background:#fff} .all{position:fixed;inset:0;display:block;width:100%;height:100%;border:0;font-size:40px}")
	})
	mux.HandleFunc("GET /page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, "const say = (text) => fetch('/said', {method: 'POST', body: text})\n"+script)
	})
	mux.HandleFunc("POST /said", func(_ http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.said = append(r.said, string(b))
	})
	srv := &http.Server{Handler: mux}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close() })
	return r
}

func (r *pageRoom) hears(want string) {
	r.Helper()
	var all []string
	if err := windowtest.Within(patience, "the page says "+want, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		all = append([]string{}, r.said...)
		return len(all) > 0 && all[len(all)-1] == want
	}); err != nil {
		r.Fatalf("%v, but %q", err, all)
	}
}

// opener puts a program in the place of xdg-open that keeps what it was told to
// open and what it has inherited.
func (r *room) opener() (env []string, opened func() (what, inherited string)) {
	dir := filepath.Join(r.dir, "openers")
	out := filepath.Join(r.dir, "opened")
	r.must(os.MkdirAll(dir, 0o700))
	script := fmt.Sprintf("#!/bin/sh\nls -l /proc/$$/fd > %[1]s.fds\necho \"$1\" > %[1]s.tmp\nmv %[1]s.tmp %[1]s\nexec sleep 30\n", out)
	r.must(os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700))
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}, func() (string, string) {
		r.Helper()
		r.must(windowtest.Within(patience, "something was opened", func() bool { _, err := os.Stat(out); return err == nil }))
		what, err := os.ReadFile(out)
		r.must(err)
		fds, err := os.ReadFile(out + ".fds")
		r.must(err)
		return strings.TrimSpace(string(what)), string(fds)
	}
}

func TestLinkToElsewhereOpensInTheBrowser(t *testing.T) {
	r := newPageRoom(t, `<a class="all" href="https://lmstudio.example/docs?a=b#c">Docs</a>`, "document.title = 'Ready'")
	env, opened := r.opener()
	p := r.openWith(env)
	w := r.titled(p, "Ready")
	r.must(desktop.Click(w.X+w.Width/2, w.Y+w.Height/2))
	what, inherited := opened()
	if what != "https://lmstudio.example/docs?a=b#c" {
		t.Errorf("it opened %q", what)
	}
	if strings.Contains(inherited, "pipe:") || strings.Contains(inherited, "socket:") {
		t.Errorf("the browser inherited\n%s", inherited)
	}
	r.titled(p, "Ready")
}

func TestCopyAndPaste(t *testing.T) {
	r := newPageRoom(t, `<textarea class="all" autofocus></textarea>`,
		"const box = document.querySelector('textarea'); box.addEventListener('input', () => say(box.value)); box.focus(); document.title = 'Ready'")
	p := r.open()
	w := r.titled(p, "Ready")
	r.must(desktop.Click(w.X+w.Width/2, w.Y+w.Height/2))
	_, err := desktop.Tool("xdotool", "type", "--delay", "60", "ab")
	r.must(err)
	r.hears("ab")
	r.must(desktop.Keys("ctrl+a", "ctrl+c", "Right", "ctrl+v"))
	r.hears("abab")
	r.must(desktop.Keys("ctrl+a", "ctrl+x"))
	r.hears("")
	// The same by the menu: Edit, and down to Paste.
	r.must(desktop.Keys("F10", "Right", "Down", "Down", "Down", "Down", "Down", "Return"))
	r.hears("abab")
}

func TestPageHasTheWindowsMethodsAndNoOthers(t *testing.T) {
	r := newPageRoom(t, "<p>x</p>", `
		const app = window.go.main.App
		const why = (f) => f.then(() => 'done', (e) => 'refused: ' + e)
		;(async () => say(JSON.stringify({
			methods: Object.keys(app).sort(),
			others: Object.keys(window.go.main),
			secure: isSecureContext,
			state: (await app.AgentState()).state,
			script: await why(app.OpenInBrowser('javascript:alert(1)')),
			file: await why(app.OpenInBrowser('file:///etc/passwd')),
			reveal: await why(app.RevealFile('etc/passwd')),
			missing: await why(app.RevealFile('/no/such/file')),
		})))()`)
	r.open()
	var got struct {
		Methods, Others               []string
		Secure                        bool
		Script, File, Reveal, Missing string
	}
	r.must(windowtest.Within(patience, "the page has asked for everything", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.said) > 0 && json.Unmarshal([]byte(r.said[0]), &got) == nil
	}))
	if want := "AgentState Background OpenInBrowser Placed Raise RevealFile ShowLog StartAgent Zoom"; strings.Join(got.Methods, " ") != want {
		t.Errorf("the methods are %v, want %s", got.Methods, want)
	}
	if len(got.Others) != 1 || !got.Secure {
		t.Errorf("got %+v", got)
	}
	for what, said := range map[string]string{"script": got.Script, "file": got.File, "reveal": got.Reveal, "missing": got.Missing} {
		if !strings.HasPrefix(said, "refused: ") {
			t.Errorf("%s was %q", what, said)
		}
	}
}

func TestLogIsShownFromTheMenu(t *testing.T) {
	r := newRoom(t)
	r.agent()
	env, opened := r.opener()
	p := r.openWith(env)
	r.titled(p, nothingKept)
	r.must(desktop.Keys("F10", "Left", "Down", "Return"))
	if what, _ := opened(); what != r.home() {
		t.Errorf("it opened %q, want the state folder %q", what, r.home())
	}
}
