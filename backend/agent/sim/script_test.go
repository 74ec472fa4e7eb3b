package sim

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// script is a life as it can be replayed: what is done, and when. The seed decides
// what no act does: how long requests take.
type script struct {
	Seed uint64
	Poll time.Duration
	Far  bool // there are more servers than the main one
	// Beside says that the second LM Studio of these is on this machine too.
	Beside bool
	Acts   []act
}

// act is one thing that is done, some time after the one before it. What N means
// is the act's to say.
type act struct {
	After time.Duration
	Do    string
	N     int
}

func (a act) String() string { return fmt.Sprintf("%s %s %d", a.After, a.Do, a.N) }

// String is the script as parse reads it.
func (s script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d\npoll %s\n", s.Seed, s.Poll)
	if s.Far {
		fmt.Fprintln(&b, "far")
	}
	if s.Beside {
		fmt.Fprintln(&b, "beside")
	}
	for _, a := range s.Acts {
		fmt.Fprintln(&b, a)
	}
	return b.String()
}

// parse reads a script: "seed N", "poll D", "far" where there are more servers than the
// main one, "beside" where the second LM Studio is on this machine, and an act on each line
// after it. What follows a # is a remark.
func parse(text string) (s script, err error) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "seed" && len(f) == 2:
			s.Seed, err = strconv.ParseUint(f[1], 10, 64)
		case f[0] == "poll" && len(f) == 2:
			s.Poll, err = time.ParseDuration(f[1])
		case f[0] == "far" && len(f) == 1:
			s.Far = true
		case f[0] == "beside" && len(f) == 1:
			s.Beside = true
		case len(f) == 3 && acts[f[1]].do != nil:
			a := act{Do: f[1]}
			if a.After, err = time.ParseDuration(f[0]); err == nil {
				a.N, err = strconv.Atoi(f[2])
			}
			s.Acts = append(s.Acts, a)
		default:
			err = fmt.Errorf("no act: %q", line)
		}
		if err != nil {
			return s, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if s.Poll <= 0 {
		return s, fmt.Errorf("a script needs a poll")
	}
	return s, nil
}

// farEach is which share of all lives has several servers: they take longer. besideEach is
// that of the lives whose second LM Studio is on this machine.
const (
	farEach    = 2
	besideEach = 8
)

// write makes the script of a seed: a few busy spells with long quiet between.
func write(seed uint64) script {
	r := rand.New(rand.NewPCG(seed, 0))
	s := script{Seed: seed, Poll: pick(r, 5*time.Second, 5*time.Second, 5*time.Second, 2*time.Second, 15*time.Second, 30*time.Second)}
	add := func(after time.Duration, do string, n int) {
		s.Acts = append(s.Acts, act{after.Round(100 * time.Millisecond), do, n})
	}
	s.Far, s.Beside = seed%farEach == 0, seed%besideEach == 0
	add(between(r, 0, 20*time.Second), "keep", r.IntN(1000))
	for range 5 + r.IntN(22) {
		after := between(r, 0, 15*time.Second)
		switch n := r.IntN(100); {
		case n < 12:
			after = between(r, 0, 500*time.Millisecond)
		case n < 30:
			after = between(r, 15*time.Second, 90*time.Second)
		case n < 36:
			after = between(r, 90*time.Second, 12*time.Minute)
		}
		add(after, draw(r, s.Far), r.IntN(1000))
	}
	nights := 1 + r.IntN(2)
	for range nights {
		at := r.IntN(len(s.Acts))
		s.Acts[at].Do, s.Acts[at].N = "sleep", 180+r.IntN(720)
	}
	return s
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}
