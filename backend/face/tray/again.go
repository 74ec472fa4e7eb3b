package tray

import (
	"context"
	"reflect"
)

// wish is a click and what the item stood for then.
type wish struct {
	id     string
	action Action
}

// again runs what was clicked while the same verb was under way, after what that
// brought about is drawn. The agent ends a command once it is on the disk, which may be
// long after the menu shows what it did: whoever then pauses, resumes and pauses, or
// keeps one model and then another, means each of the clicks. A second click of a
// double-click means nothing more, and goes by itself: its item is gone by then, or
// stands for something else. What opens stays as it was, and is not opened twice.
func (r *runner) again(ctx context.Context) {
	due := r.due
	r.due = nil
	for _, w := range due {
		it, there := r.shown[w.id]
		if there && w.action.Verb != DoOpen && reflect.DeepEqual(it.Do, w.action) {
			r.click(ctx, w.id)
		}
	}
}
