package fallback

import (
	"slices"
	"time"

	"pilotlight/backend"
)

const (
	// maxEvents bounds what is kept of a session's events, and maxTurns how many
	// of its last turns.
	maxEvents = 64
	maxTurns  = 3
	// handover is how soon after a failure OpenClaw lets the next model begin,
	// and repeats the person's message to it. Measured are 0.1 to 1 s; a person
	// who reads an error and chooses another model takes longer.
	handover = 5 * time.Second
)

// Session is what is last known of a conversation with an agent. Selected and
// Answers are "provider/model", "" where unknown.
type Session struct {
	Key      string    // agent:main:main
	ID       string    // of its transcript
	AgentID  string    //
	Selected string    // the model chosen for it
	Answers  string    // the model that answered last, or that OpenClaw's own notice names
	Override string    // user or auto: who chose Selected; "" is nobody
	Notice   string    // OpenClaw's fallback notice while it stands: the active model
	Since    time.Time // since when Answers has answered
	At       time.Time // when anything was last heard of it
}

// chat is one session: what is known of it, and its latest events.
type chat struct {
	id     string
	view   Session
	events []fact // sorted; of log lines only those that name no run
	// indexed is when OpenClaw last wrote the session's entry in its index, which
	// it does when a run has ended.
	indexed time.Time
	cut     []turn // the events in turns, nil where they changed since
	named   []named
	hush    hush
	touched int // when it was last touched, in traces
}

// named is how a turn was told, for when the record itself is forgotten.
type named struct {
	Begins time.Time `json:"t"`
	Key    string    `json:"k"`
	Run    string    `json:"r,omitempty"` // the thread that was told with it
}

// told is how the turn was told, nil if it was not, or if there is none.
func (t *turn) told() *named {
	if t == nil {
		return nil
	}
	for i := range t.chat.named {
		if n := &t.chat.named[i]; n.Begins.Equal(t.begins) {
			return n
		}
	}
	return nil
}

// name notes how a turn was told.
func (t *turn) name(key, run string) {
	if n := t.told(); n != nil {
		set(&n.Run, run)
		return
	}
	t.chat.named = append(t.chat.named, named{t.begins, key, run})
	t.chat.named = t.chat.named[max(0, len(t.chat.named)-2*maxTurns):]
}

// turn is what happened from one message of a person to the next.
type turn struct {
	gist
	chat   *chat
	last   bool // no later turn is known
	begins time.Time
	asked  bool // begins is a person's message, and so names the turn
}

// add takes an event; false says that it is known.
func (c *chat) add(f fact) bool {
	list, fresh := insert(c.events, f)
	if !fresh {
		return false
	}
	c.events, c.cut = thin(list), nil
	return true
}

// thin keeps the first and the last of a row of good answers by one model: the
// steps between say nothing about a fallback, and there may be hundreds.
func thin(list []fact) []fact {
	for i := len(list) - 2; i > 0; i-- {
		if good(list[i-1]) && good(list[i]) && good(list[i+1]) &&
			list[i-1].Candidate == list[i].Candidate && list[i].Candidate == list[i+1].Candidate {
			list = slices.Delete(list, i, i+1)
		}
	}
	return list
}

// good says whether a fact is an answer that a model gave, in whole or in part.
func good(f fact) bool {
	if f.Kind != backend.TraceAnswer {
		return false
	}
	switch f.Stop {
	case "stop", "toolUse", "length":
		return true
	case "error", "aborted":
		return false
	}
	return f.Words // a word of a later version
}

// final says whether an answer ends a turn well.
func final(f fact) bool { return good(f) && f.Stop != "toolUse" }

func failed(f fact) bool { return f.Kind == backend.TraceAnswer && f.Stop == "error" }

func aborted(f fact) bool { return f.Kind == backend.TraceAnswer && f.Stop == "aborted" }

// turns splits a session's events at the messages of a person.
func (c *chat) turns() []turn {
	if c.cut == nil {
		c.cut = c.split()
	}
	return c.cut
}

func (c *chat) split() []turn {
	list := []turn{}
	cur := turn{chat: c}
	for i, f := range c.events {
		if f.Kind == backend.TraceUser && !repeated(c.events, i) {
			next := turn{chat: c, begins: f.At, asked: true}
			cur.facts, next.facts = lead(cur.facts, f.At)
			if len(cur.facts) > 0 {
				list = append(list, cur)
			}
			cur = next
		} else if apart(cur.facts, f) {
			list = append(list, cur)
			cur = turn{chat: c}
		}
		cur.facts = append(cur.facts, f)
	}
	if len(cur.facts) > 0 {
		cur.last = true
		list = append(list, cur)
	}
	for i := range list {
		if list[i].begins.IsZero() {
			list[i].begins = list[i].facts[0].At
		}
	}
	return list
}

// apart says whether a model's turn begins so long after the last answer that it
// is not about that any more: the message that it is about may be still to come.
func apart(facts []fact, f fact) bool {
	if f.Kind != backend.TraceCandidate && f.Kind != backend.TraceChosen || len(facts) == 0 {
		return false
	}
	last := facts[len(facts)-1]
	return last.Kind == backend.TraceAnswer && last.Stop != "toolUse" && f.At.Sub(last.last) > 6*handover
}

// lead parts a turn's events from those that prepare the next one: OpenClaw
// notes the model shortly before it notes the message.
func lead(facts []fact, asked time.Time) (mine, next []fact) {
	i, snapshots := len(facts), 0
	for i > 0 && snapshots < 2 && asked.Sub(facts[i-1].At) <= settleLong {
		switch facts[i-1].Kind {
		case backend.TraceCandidate:
			snapshots++
		case backend.TraceChosen:
		default:
			snapshots = 2
			continue
		}
		if snapshots < 2 {
			i--
		}
	}
	return slices.Clip(facts[:i]), slices.Clone(facts[i:])
}

// repeated says whether a message is not a person's but OpenClaw's, which goes
// on with another model: 2026.3 says so in words of its own (Injected), 2026.2
// repeats the person's message.
func repeated(events []fact, i int) bool {
	u := events[i]
	if u.Injected {
		return true
	}
	var begun *fact
	for j := i - 1; j >= 0; j-- {
		switch f := events[j]; {
		case f.Source == backend.SourceLog:
		case f.Kind == backend.TraceCandidate && begun == nil:
			begun = &events[j]
		case f.Kind == backend.TraceCandidate, f.Kind == backend.TraceChosen:
			return false
		case failed(f) || aborted(f):
			return begun != nil && begun.Candidate != f.Candidate &&
				begun.At.Sub(f.At) <= handover && u.At.Sub(begun.At) <= handover
		default:
			return false
		}
	}
	return false
}

// prune forgets the oldest turns; what is said of them was said.
func (c *chat) prune() {
	list := c.turns()
	drop := max(0, len(list)-maxTurns)
	n := 0
	for _, t := range list[:drop] {
		n += len(t.facts)
	}
	c.events, c.cut = slices.Delete(c.events, 0, n), nil
	for len(c.events) > maxEvents { // one endless turn: its middle says least
		c.events = slices.Delete(c.events, maxEvents/2, maxEvents/2+1)
	}
}

// index takes an entry of the session index.
func (c *chat) index(t backend.Trace) {
	v := &c.view
	if t.At.After(c.indexed) {
		c.indexed = t.At
	}
	if t.At.Before(v.At.Add(-time.Minute)) && t.At.Before(v.At) {
		return // older than what is known
	}
	set(&v.Key, t.SessionKey)
	set(&v.ID, t.SessionID)
	set(&v.AgentID, t.AgentID)
	set(&v.Selected, t.Requested.String())
	v.Override, v.Notice = t.Override, t.Notice
	answers := t.Candidate.String()
	if t.Source == backend.SourceState { // 2026.9 names the chosen model there
		if v.Selected == "" || t.Requested == (backend.ModelRef{}) {
			set(&v.Selected, answers)
		}
		answers = ""
	}
	if t.Notice != "" {
		answers = t.Notice
	}
	c.answeredBy(answers, t.At)
}

// answeredBy notes who answers, and since when.
func (c *chat) answeredBy(model string, at time.Time) {
	if model != "" && model != c.view.Answers {
		c.view.Answers, c.view.Since = model, at
	}
	if at.After(c.view.At) {
		c.view.At = at
	}
}

// heard takes what an event of the transcript says about the session itself.
func (c *chat) heard(f fact) {
	set(&c.view.Key, f.SessionKey)
	set(&c.view.ID, f.SessionID)
	set(&c.view.AgentID, f.AgentID)
	if f.At.Before(c.view.At) {
		return
	}
	switch {
	case f.Kind == backend.TraceChosen:
		set(&c.view.Selected, f.Candidate.String())
	case good(f):
		c.answeredBy(f.Candidate.String(), f.At)
	}
	c.view.At = f.At
}

func set(p *string, v string) {
	if v != "" {
		*p = v
	}
}
