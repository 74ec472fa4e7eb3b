// Package modelconfig thinks about the model part of an OpenClaw config: whether a
// version of OpenClaw takes it, what in it will not do what the person expects, and
// which edits a wish needs.
//
// It works on plain values and gives back issues and edits; the text, its comments
// and its secrets are somebody else's. It must never look at a file, a server or a
// clock, and never build a config anew: an edit is as small as can be, so that what
// people and OpenClaw wrote around it stays.
//
// Sources: the configs that OpenClaw 2026.2.9, 2026.3.13 and 2026.9.6 take and
// refuse, and their bundled documentation.
package modelconfig
