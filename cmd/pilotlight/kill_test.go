package main

import (
	"bufio"
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// TestKilledAgent kills the real agent at random moments while models come and
// go, and looks at what is left: the database is whole, every row that anybody
// was shown is still there, and the choice of the model to keep survives.
func TestKilledAgent(t *testing.T) {
	const rounds, seed = 12, 7
	random := rand.New(rand.NewPCG(seed, seed))
	exe := filepath.Join(t.TempDir(), "pilotlight")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	home, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(home)
	models := lmstudiotest.SmallModels()
	fake := lmstudiotest.Start(t, lmstudiotest.Options{Models: models})
	shown := map[int64]backend.Load{}
	for round := range rounds {
		p := startAgent(t, exe, home, fake.URL())
		c := client.New(agent.SocketPath(home))
		if round == 0 {
			keepFirst(t, c, models[0].Key)
		}
		stop := time.Now().Add(time.Duration(300+random.IntN(900)) * time.Millisecond)
		for time.Now().Before(stop) {
			churn(c, models[1].Key)
			page, err := c.Loads(context.Background(), backend.LoadQuery{Limit: 1000})
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			for _, l := range page.Items {
				shown[l.ID] = l
			}
		}
		c.Close()
		_ = p.Process.Kill()
		_ = p.Wait()
		checkIntegrity(t, agent.DatabasePath(home), round)
	}
	if len(shown) < 2*rounds {
		t.Fatalf("only %d rows were written in %d rounds", len(shown), rounds)
	}
	startAgent(t, exe, home, fake.URL())
	c := client.New(agent.SocketPath(home))
	defer c.Close()
	st, err := c.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if st.Keep.Model != models[0].Key || len(st.Notices) != 0 {
		t.Errorf("after all that: keep %+v, notices %+v", st.Keep, st.Notices)
	}
	kept := wholeHistory(t, c)
	t.Logf("%d rows shown in %d rounds, %d kept", len(shown), rounds, len(kept))
	for id, l := range shown {
		if got, ok := kept[id]; !ok || got.At != l.At || got.Event != l.Event {
			t.Errorf("row %d was shown as %+v and is now %+v", id, l, got)
		}
	}
}

func wholeHistory(t *testing.T, c *client.Client) map[int64]backend.Load {
	t.Helper()
	all := map[int64]backend.Load{}
	q := backend.LoadQuery{Limit: 1000}
	for {
		page, err := c.Loads(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Items {
			all[l.ID] = l
		}
		if page.Next == "" {
			return all
		}
		if q.Before, err = strconv.ParseInt(page.Next, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
}

func startAgent(t *testing.T, exe, home, url string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(exe, "agent", "--no-tray", "--poll", "250ms", "--listen", "127.0.0.1:0", "--lmstudio", url)
	cmd.Env = append(os.Environ(), "PILOTLIGHT_HOME="+home)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		t.Fatalf("the agent said %q, %v", line, err)
	}
	return cmd
}

func keepFirst(t *testing.T, c *client.Client, model string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		k, err := c.SetKeep(context.Background(), backend.Target{Model: model, Policy: backend.Always})
		if err == nil && k.State == backend.KeepWarm {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never warm: %+v %v", k, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// churn loads and unloads a model; the kill may fall into any of it, and a
// round may begin with the model still loaded.
func churn(c *client.Client, model string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = c.Load(ctx, "", model, nil)
	_, _ = c.Unload(ctx, "", model, false)
}

func checkIntegrity(t *testing.T, path string, round int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("round %d: the database is %q, %v", round, verdict, err)
	}
}
