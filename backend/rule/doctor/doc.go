// Package doctor judges what was seen: what is fine, what a person should know,
// what is broken, and what to do about it. It owns the words of every check.
//
// It must never look at anything itself: all it knows is what it is given.
package doctor
