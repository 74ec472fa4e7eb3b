package watch_test

import (
	"encoding/json"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

// killed is the next Pilotlight's scene: what was asked for is all that it has of the
// last one, and the history.
func (c *scene) killed(away time.Duration, open ...backend.Load) {
	c.t.Helper()
	raw, err := json.Marshal(c.state.Asked())
	if err != nil {
		c.t.Fatal(err)
	}
	var asked []watch.Asked
	if err := json.Unmarshal(raw, &asked); err != nil {
		c.t.Fatal(err)
	}
	c.after(away)
	c.state = watch.New(backend.Server{ID: "mac", Name: "LM Studio"}, open).Remembering(watch.Untold(asked, open), c.now)
	c.rows = nil
}

// What was asked for before Pilotlight was killed is ours when it comes, and only that.
func TestLoadsThatAKillCameBetween(t *testing.T) {
	t.Parallel()
	jit := one("qwen")
	no := false
	jit.Explicit = &no
	tests := map[string]struct {
		play func(c *scene)
		want []string
	}{
		"there at the first look": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(2 * time.Second)
			c.lists(one("qwen"))
		}, []string{"loaded qwen keep_warm"}},
		"there later": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(2 * time.Second)
			c.lists()
			c.after(5 * time.Minute).lists(one("qwen"))
		}, []string{"loaded qwen keep_warm"}},
		"it had ended, and no list showed it": {func(c *scene) {
			c.starts("qwen", 8192)
			c.after(9 * time.Second)
			c.ends("qwen", "qwen:2", nil)
			c.killed(2 * time.Second)
			c.lists(one("qwen"), one("qwen:2"))
		}, []string{"loaded qwen already_loaded", "loaded qwen:2 keep_warm"}},
		"the list misses it, and shows somebody's second one": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(2 * time.Second)
			c.lists(one("qwen:2"))
			c.after(5*time.Second).lists(one("qwen"), one("qwen:2"))
		}, []string{"loaded qwen:2 already_loaded", "loaded qwen keep_warm"}},
		"another model": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(2 * time.Second)
			c.lists(one("gemma"))
		}, []string{"loaded gemma already_loaded"}},
		"a request loaded it": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(2 * time.Second)
			c.lists()
			c.after(5 * time.Second).tells(jit)
		}, []string{"loaded qwen external"}},
		"long ago": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(time.Hour)
			c.lists(one("qwen"))
		}, []string{"loaded qwen already_loaded"}},
		"the server went meanwhile": {func(c *scene) {
			c.starts("qwen", 8192)
			c.killed(2 * time.Second)
			c.is(backend.ServerDown)
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{"loaded qwen already_loaded"}},
		"it was told, and then came another": {func(c *scene) {
			c.starts("qwen", 8192)
			started := c.now
			c.after(2 * time.Second)
			c.killed(2*time.Second, backend.Load{
				Server: "mac", Model: "qwen", InstanceID: "qwen", Event: backend.Loaded, Cause: backend.CauseKeepWarm, At: backend.At(started.Add(time.Second)),
			})
			c.lists(one("qwen"))
			c.after(5*time.Second).lists(one("qwen"), one("qwen:2"))
		}, []string{"loaded qwen:2 external"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newScene(t)
			c.lists()
			c.after(time.Second)
			tt.play(c)
			c.history(tt.want...)
			if left := c.state.Asked(); len(tt.want) == 1 && tt.want[0] == "loaded qwen keep_warm" && len(left) > 0 {
				t.Errorf("it is told, and still remembered: %+v", left)
			}
		})
	}
}

// A load that was asked of another server is that server's to remember.
func TestALoadIsItsOwnServers(t *testing.T) {
	t.Parallel()
	asked := []watch.Asked{{Server: "attic", Model: "qwen", Cause: backend.CauseUser, Started: noon}}
	s := watch.New(backend.Server{ID: "mac"}, nil).Remembering(asked, noon)
	if got := s.Asked(); len(got) > 0 {
		t.Errorf("the mac remembers %+v", got)
	}
}

// What may still run is known, until a list explains it.
func TestLostLoads(t *testing.T) {
	t.Parallel()
	c := newScene(t)
	c.lists()
	if at := c.state.Lost("qwen"); !at.IsZero() {
		t.Errorf("lost at %s, and nothing was asked for", at)
	}
	c.starts("qwen", 8192)
	if at := c.state.Lost("qwen"); !at.IsZero() {
		t.Errorf("lost at %s, and it runs", at)
	}
	c.after(3 * time.Second)
	c.ends("qwen", "", &backend.Error{Code: backend.CodeTimeout})
	if at := c.state.Lost("qwen"); !at.Equal(c.now) || !c.state.Lost("gemma").IsZero() {
		t.Errorf("lost at %s, want %s", at, c.now)
	}
	c.after(5 * time.Second).lists(one("qwen"))
	if at := c.state.Lost("qwen"); !at.IsZero() {
		t.Errorf("lost at %s, and the list shows it", at)
	}
}
