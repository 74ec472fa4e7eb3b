package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/store"
)

// noticeBoard holds what a person should know, for as long as it holds.
type noticeBoard struct {
	list []backend.Notice // oldest first
	news []backend.Notice // raised since the last publish
}

// raise puts a notice up; one with the same id keeps its time, and is news
// only when its text changed.
func (b *noticeBoard) raise(now time.Time, n backend.Notice) {
	n.At = backend.At(now)
	if i := slices.IndexFunc(b.list, func(o backend.Notice) bool { return o.ID == n.ID }); i >= 0 {
		was := b.list[i]
		if was.Text == n.Text && was.Hint == n.Hint {
			return
		}
		n.At = was.At
		b.list[i] = n
	} else {
		b.list = append(b.list, n)
	}
	b.news = append(b.news, n)
}

// drop takes a notice down.
func (b *noticeBoard) drop(id string) {
	b.list = slices.DeleteFunc(b.list, func(n backend.Notice) bool { return n.ID == id })
}

// find is a notice that is up.
func (b *noticeBoard) find(id string) (n backend.Notice, up bool) {
	if i := slices.IndexFunc(b.list, func(n backend.Notice) bool { return n.ID == id }); i >= 0 {
		return b.list[i], true
	}
	return n, false
}

// has says whether a notice is up.
func (b *noticeBoard) has(id string) bool {
	_, up := b.find(id)
	return up
}

// setAside tells that the history was damaged, and what became of the choice of the model
// to keep.
func setAside(r store.Report, kept *backend.Target) backend.Notice {
	choice := "If a model was to be kept loaded, choose it again."
	if kept != nil {
		choice = kept.Model + " is kept loaded as before."
	}
	return backend.Notice{
		ID: "store_set_aside", Level: backend.NoticeError, Code: "history_set_aside",
		Text: "The history was damaged (" + r.SetAsideWhy + "). Pilotlight started a new one.",
		Hint: choice + " The damaged file was kept as " + r.SetAside + ".",
	}
}

// duplicateHead begins the ids of such notices of a server; a model's key ends them. The
// main server's are as they were when there was one server only.
func duplicateHead(srv backend.Server, main bool) string {
	if main {
		return "duplicate:"
	}
	return "duplicate@" + srv.ID + ":"
}

// dropServer takes down what was told of a server that is watched no more.
func (b *noticeBoard) dropServer(id string) {
	b.list = slices.DeleteFunc(b.list, func(n backend.Notice) bool { return strings.HasPrefix(n.ID, "duplicate@"+id+":") })
}

// duplicates keeps a notice for each model that is in memory more than once:
// it takes its memory as often, and OpenClaw may get the smaller one
// (lmstudio-bug-tracker #1582, #1751).
func (b *noticeBoard) duplicates(now time.Time, srv backend.Server, main bool) {
	where := ""
	if !main {
		where = " on " + srv.Name
	}
	head, up := duplicateHead(srv, main), map[string]bool{}
	for _, m := range srv.Models {
		n := len(m.Instances)
		if n < 2 {
			continue
		}
		id := head + m.Key
		up[id] = true
		cost := ""
		if m.SizeBytes != nil {
			cost = fmt.Sprintf(", which costs %s more", fit.RAM(*m.SizeBytes*int64(n-1)))
		}
		b.raise(now, backend.Notice{
			ID: id, Level: backend.NoticeWarn, Code: "duplicate_instance",
			Text: fmt.Sprintf("%s is loaded %d times%s%s.", m.Name, n, where, cost),
			Hint: fmt.Sprintf("Unload %s when it is idle. Requests go to %s.", m.Instances[n-1].ID, m.Instances[0].ID),
		})
	}
	// A model may be on the list no more, its files being away.
	b.list = slices.DeleteFunc(b.list, func(n backend.Notice) bool { return strings.HasPrefix(n.ID, head) && !up[n.ID] })
}
