// Package rig sets the real agent up among its real surroundings, for trials that
// take longer or go rougher than a test: the agent's own program, the fake LM
// Studio as a program of its own behind a proxy, and a fake OpenClaw's files.
//
// It owns folders and processes, and ends all that it started. It must never
// judge: what must hold is for the trial to say.
package rig
