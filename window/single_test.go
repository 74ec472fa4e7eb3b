package window_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pilotlight/window"
)

func TestSecondStartRaisesTheFirst(t *testing.T) {
	dir := filepath.Join(socketDir(t), "new")
	asked := make(chan string, 1)
	first, err := window.ClaimWindow(dir, "", func(route string) bool { asked <- route; return true })
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := window.ClaimWindow(dir, "#/models", nil); !errors.Is(err, window.ErrRaised) {
		t.Fatalf("the second start got %v", err)
	}
	if got := <-asked; got != "#/models" {
		t.Errorf("the first was asked for %q", got)
	}
	other, err := window.ClaimWindow(filepath.Join(filepath.Dir(dir), "other"), "", nil)
	if err != nil {
		t.Fatalf("the window of another state folder: %v", err)
	}
	other.Close()
	if info, err := os.Stat(filepath.Join(dir, "window.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info, err)
	}
}

// A window that is closing answers no: the later start waits for it to be gone
// and becomes the window.
func TestStartWhileTheFirstCloses(t *testing.T) {
	dir := socketDir(t)
	var first *window.Claim
	closing := make(chan struct{})
	first, err := window.ClaimWindow(dir, "", func(string) bool {
		select {
		case <-closing:
		default:
			close(closing)
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-closing; first.Close() }()
	second, err := window.ClaimWindow(dir, "", nil)
	if err != nil {
		t.Fatalf("the later start: %v", err)
	}
	second.Close()
}

func TestManyStartsMakeOneWindow(t *testing.T) {
	dir := socketDir(t)
	var mu sync.Mutex
	var claims []*window.Claim
	raised := 0
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c, err := window.ClaimWindow(dir, "", func(string) bool { return true })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				claims = append(claims, c)
			case errors.Is(err, window.ErrRaised):
				raised++
			default:
				t.Errorf("a start got %v", err)
			}
		})
	}
	wg.Wait()
	if len(claims) != 1 || raised != 19 {
		t.Errorf("%d windows, %d raised", len(claims), raised)
	}
	for _, c := range claims {
		c.Close()
	}
}

func TestSocketOfADeadWindowIsTakenOver(t *testing.T) {
	dir := socketDir(t)
	ln, err := net.Listen("unix", filepath.Join(dir, "window.sock"))
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	c, err := window.ClaimWindow(dir, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestNonsenseOnTheSocketIsIgnored(t *testing.T) {
	dir := socketDir(t)
	c, err := window.ClaimWindow(dir, "", func(route string) bool { t.Errorf("raised with %q", route); return true })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, text := range []string{"", "nonsense\n", `{"route":"#/<b>"}` + "\n", `{"route":"` + strings.Repeat("x", 100_000) + `"}`} {
		conn, err := net.Dial("unix", filepath.Join(dir, "window.sock"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.(*net.UnixConn).CloseWrite()
		if n, _ := conn.Read(make([]byte, 16)); n > 0 {
			t.Errorf("%.30q was answered", text)
		}
		conn.Close()
	}
}

func TestStateFolderThatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, "/" + filepath.Join(t.TempDir(), strings.Repeat("x", 120))} {
		if _, err := window.ClaimWindow(dir, "", nil); err == nil || errors.Is(err, window.ErrRaised) {
			t.Errorf("%s got %v", dir, err)
		}
	}
}
