package agent

import (
	"context"
	"encoding/json"
	"errors"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/source/openclaw/config"
)

// Revisions are the states of the file that are known, newest first.
func (d *Desk) Revisions(ctx context.Context, before int64, limit int) (backend.Page[backend.Revision], error) {
	return d.store.Revisions(ctx, d.src.Open("").Path(), before, limit)
}

// Revision is one of them, with its text.
func (d *Desk) Revision(ctx context.Context, id int64) (backend.Revision, error) {
	return d.store.Revision(ctx, id)
}

// RestoreConfig puts an earlier state back, unless dry.
func (d *Desk) RestoreConfig(ctx context.Context, expected string, id int64, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error) {
	d.write.Lock()
	defer d.write.Unlock()
	r, err := d.store.Revision(ctx, id)
	if err != nil {
		return backend.ConfigSaved{}, err
	}
	file := d.src.Open("")
	cand, err := file.Restore(r.Text)
	if err != nil {
		return backend.ConfigSaved{}, err
	}
	return d.save(ctx, file, cand, expected, dry, backend.Revision{
		Author: by, RestoredFrom: &id, Note: "Restored from " + r.At.Local().Format("2 January 2006, 15:04"),
	})
}

// remember keeps the present state where it is not the newest known: somebody
// else wrote it, or nobody ever edited here. known is the newest that was known before.
func (d *Desk) remember(ctx context.Context, file *config.Document) (known *backend.Revision, err error) {
	newest, err := d.store.LatestRevision(ctx, file.Path())
	doc := file.Doc()
	if err != nil || !doc.Exists || doc.Text == "" || newest != nil && newest.Hash == file.Hash() {
		return newest, err
	}
	r := backend.Revision{
		At: backend.At(d.cfg.Now()), Author: backend.AuthorOutside, Path: file.Path(), Hash: file.Hash(), Bytes: doc.Bytes, Text: doc.Text,
	}
	if doc.Modified != nil && doc.Modified.Before(r.At.Time) {
		r.At = *doc.Modified
	}
	if newest != nil {
		r.ParentHash = newest.Hash
		before, err := d.store.Revision(ctx, newest.ID)
		if err != nil {
			return newest, err
		}
		r.Diff = config.Diff(file.Path(), before.Text, doc.Text)
	}
	kept, err := d.store.AddRevision(ctx, r)
	if err != nil {
		return newest, err
	}
	kept.Text = ""
	d.news(kept)
	d.listen(file, kept.ID)
	return newest, nil
}

// listen hears beside what a gateway makes of a text that somebody else wrote.
func (d *Desk) listen(file *config.Document, id int64) {
	if d.cfg.Watch == nil {
		return
	}
	d.cfg.Watch(func(ctx context.Context) {
		if v, ok := file.Heard(ctx); ok {
			_ = d.tell(context.WithoutCancel(ctx), id, v)
		}
	})
}

// tell keeps what became of a state of the file, and makes it known.
func (d *Desk) tell(ctx context.Context, id int64, v backend.ConfigVerdict) error {
	r, err := d.store.SetVerdict(ctx, id, v)
	if err != nil {
		return err
	}
	r.Text = ""
	d.news(r)
	return nil
}

// Changed takes in that the file is another than before, or that Pilotlight has
// just started: the state is remembered, and where it is not what we wrote last,
// what became of our edit is found out; of somebody else's, whether OpenClaw undid it.
func (d *Desk) Changed(ctx context.Context) error {
	d.write.Lock()
	defer d.write.Unlock()
	file := d.src.Open("")
	ours, err := d.lastOfOurs(ctx, file.Path())
	if err != nil {
		return err
	}
	known, err := d.remember(ctx, file)
	if err != nil {
		return err
	}
	if err := d.tellOfOurs(ctx, file, ours); err != nil || known == nil {
		return err
	}
	if known.Hash == file.Hash() {
		if !isLost(known.Verdict) { // it stands, however it came back
			d.news(*known) // what a gateway said of it holds after a start too
		}
		return nil
	}
	if known.Author == backend.AuthorOutside && (known.Verdict == nil || !isOver(known.Verdict.Code)) {
		if v, undone := file.Undone(known.Hash, known.At.Time); undone {
			return d.tell(ctx, known.ID, v)
		}
	}
	return nil
}

// tellOfOurs finds out whether our last edit was lost, and makes it known.
func (d *Desk) tellOfOurs(ctx context.Context, file *config.Document, ours *backend.Revision) error {
	if ours == nil || ours.Hash == file.Hash() || ours.Verdict == nil || isOver(ours.Verdict.Code) {
		return nil
	}
	v := d.src.Recheck(file.Path(), ours.Hash, d.editsOf(ctx, *ours))
	if !isLost(&v) {
		return nil
	}
	return d.tell(ctx, ours.ID, v)
}

// isLost says that an edit was gone when it was last judged.
func isLost(v *backend.ConfigVerdict) bool {
	return v != nil && (v.Code == backend.VerdictUndone || v.Code == backend.VerdictReplaced)
}

// isOver says that nothing more can become of an edit.
func isOver(c backend.VerdictCode) bool {
	return c == backend.VerdictUndone || c == backend.VerdictReplaced || c == backend.VerdictRejected
}

// recent is how many revisions are looked through for an edit of ours.
const recent = 20

func (d *Desk) lastOfOurs(ctx context.Context, path string) (*backend.Revision, error) {
	page, err := d.store.Revisions(ctx, path, 0, recent)
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		if page.Items[i].Author != backend.AuthorOutside {
			return &page.Items[i], nil
		}
	}
	return nil, nil
}

// editsOf is what an edit of ours changed, from the texts before and after it.
// Where they cannot be had nothing is known, and so nothing is claimed to hold.
func (d *Desk) editsOf(ctx context.Context, r backend.Revision) []backend.ConfigEdit {
	after, err := d.store.Revision(ctx, r.ID)
	if err != nil {
		return nil
	}
	page, err := d.store.Revisions(ctx, r.Path, r.ID, 1)
	if err != nil || len(page.Items) == 0 || page.Items[0].Hash != r.ParentHash {
		return nil
	}
	before, err := d.store.Revision(ctx, page.Items[0].ID)
	if err != nil {
		return nil
	}
	was, ok1 := valuesOf(before.Text)
	is, ok2 := valuesOf(after.Text)
	if !ok1 || !ok2 {
		return nil
	}
	return config.Changes(was, is)
}

func valuesOf(text string) (map[string]any, bool) {
	std, err := json5.Standard([]byte(text))
	if err != nil {
		return nil, false
	}
	var values map[string]any
	return values, json.Unmarshal(std, &values) == nil && values != nil
}

// unreadable is the plan of a text that cannot be read: the page shows where.
func unreadable(file *config.Document, text string, err error) (backend.ConfigPlan, bool) {
	bad, ok := errors.AsType[*json5.Error](err)
	if !ok {
		return backend.ConfigPlan{}, false
	}
	return backend.ConfigPlan{
		Path: file.Path(), HashBefore: file.Hash(), Text: text,
		Issues: []backend.ConfigIssue{{
			Message: bad.Problem, Severity: backend.SeverityError, Code: "not_json5", Line: bad.Line, Column: bad.Column,
			Hint: "Mend that place; the form follows.", Source: "pilotlight",
		}},
	}, true
}
