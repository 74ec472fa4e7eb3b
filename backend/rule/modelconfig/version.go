package modelconfig

import (
	"regexp"
	"strconv"
)

// generation is a set of OpenClaw versions that take the same model config.
type generation uint8

// The generations. What each takes was seen on its last version that is named here.
const (
	gen2 generation = 1 << iota // 2026.2, to .9
	gen3                        // 2026.3, to .13
	gen9                        // 2026.9, to .6
	all  = gen2 | gen3 | gen9
)

// Version is what is known of the OpenClaw that will read a config.
type Version struct {
	name string
	gens generation // those that may read it: one, or all where it is not known
	// sure says that a key which its generation does not know is an error. A
	// version between or after those that were seen may know it.
	sure bool
}

var versionParts = regexp.MustCompile(`^v?(\d{4})\.(\d{1,2})\.(\d{1,3})`)

// ParseVersion reads a version as OpenClaw writes it, 2026.9.6 for example. One
// that is not known, or lies between those that were seen, gets what all take.
func ParseVersion(s string) Version {
	v := Version{name: s, gens: all}
	m := versionParts.FindStringSubmatch(s)
	if m == nil {
		v.name = ""
		return v
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	patch, _ := strconv.Atoi(m[3])
	at := year*100 + month
	switch {
	case at <= 202602:
		v.gens, v.sure = gen2, at == 202602 && patch <= 9
	case at == 202603:
		v.gens, v.sure = gen3, patch <= 13
	case at >= 202609:
		v.gens, v.sure = gen9, at == 202609 && patch <= 6
	}
	return v
}

// known tells whether the generation is known.
func (v Version) known() bool { return v.gens != all }

// may tells whether a version of these generations may read the config.
func (v Version) may(g generation) bool { return v.gens&g != 0 }

// only tells whether nothing but these generations reads it.
func (v Version) only(g generation) bool { return v.gens&^g == 0 }

// String is how a version is called in a sentence.
func (v Version) String() string {
	if v.known() {
		return "OpenClaw " + v.name
	}
	return "some versions of OpenClaw"
}
