package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store/storetest"
)

func TestSetVerdict(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	keep(t, s, revision(0))
	want := keep(t, s, revision(1))
	keep(t, s, revision(2))
	for _, v := range []backend.ConfigVerdict{
		{Code: backend.VerdictPending},
		{Code: backend.VerdictUndone, At: backend.At(clock.Add(time.Minute)), Text: "“undone” – 模型\n", Hint: "Put it back.", Hash: storetest.Hash(8), Found: "/x/openclaw.json.clobbered.1"},
		{Code: "melted", At: backend.At(clock)},
	} {
		got := judge(t, s, want.ID, v)
		if v.At.IsZero() {
			v.At = backend.At(clock)
		}
		want.Verdict = &v
		listed := want
		listed.Text = ""
		if !reflect.DeepEqual(got, listed) {
			t.Errorf("got %+v\nwant %+v", got, listed)
		}
		isKept(t, s, want)
		before := changes(t, s)
		judge(t, s, want.ID, v)
		if n := changes(t, s) - before; n != 0 {
			t.Errorf("the same verdict made %d changes", n)
		}
	}
	closeStore(t, s)
	s = open(t, path)
	isKept(t, s, want)
	for _, r := range allRevisions(t, s, "", 0) {
		if (r.Verdict != nil) != (r.ID == want.ID) {
			t.Errorf("revision %d has the verdict %+v", r.ID, r.Verdict)
		}
	}
	_, err := s.SetVerdict(t.Context(), want.ID, backend.ConfigVerdict{Text: "no code"})
	wantError(t, err, backend.CodeInvalid)
	for _, id := range []int64{4, 0, -1} {
		_, err = s.SetVerdict(t.Context(), id, backend.ConfigVerdict{Code: backend.VerdictAccepted})
		wantError(t, err, backend.CodeNotFound)
		_, err = s.Revision(t.Context(), id)
		if e := wantError(t, err, backend.CodeNotFound); !strings.Contains(e.Message, fmt.Sprint(id)) {
			t.Errorf("message %q", e.Message)
		}
	}
}

// A verdict does not write the text again: the log gets a few pages.
func TestSetVerdictLeavesTheText(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	r := revision(0)
	random := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 400<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	r.Text = string(noise)
	id := keep(t, s, r).ID
	mustExec(t, s.Writer(), "PRAGMA wal_checkpoint(TRUNCATE)")
	judge(t, s, id, backend.ConfigVerdict{Code: backend.VerdictAccepted})
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() == 0 || info.Size() > 40<<10 {
		t.Errorf("the log has %d bytes, %v", info.Size(), err)
	}
}

// A text that the disk changed is never given as if it were the config.
func TestRevisionDamagedText(t *testing.T) {
	for name, spoil := range map[string]string{
		"cut":   `UPDATE revision_texts SET text = substr(text, 1, length(text) / 2)`,
		"empty": `UPDATE revision_texts SET text = x''`,
		"other": `UPDATE revision_texts SET text = (SELECT text FROM revision_texts WHERE id = 1)`,
		"noise": `UPDATE revision_texts SET text = randomblob(2000)`,
		"gone":  `DELETE FROM revision_texts`,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, tempDB(t))
			keep(t, s, revision(0))
			want := keep(t, s, revision(1))
			mustExec(t, s.Writer(), spoil)
			got, err := s.Revision(t.Context(), want.ID)
			if e := wantError(t, err, backend.CodeInternal); !strings.Contains(e.Message, "revision 2 is damaged") || got.Text != "" {
				t.Errorf("message %q, text %q", e.Message, got.Text)
			}
			if list := allRevisions(t, s, "", 0); len(list) != 2 {
				t.Errorf("%d in the list, want 2", len(list))
			}
		})
	}
}
