// Package sim plays whole lives of the hub on a simulated clock, from one seed:
// LM Studio with its bad habits, OpenClaw, people, a disk, sleep and clocks that
// are set. The hub is the real one (agent.Driven), with the real rules; all that
// it meets is played.
//
// Everything here is a test. It must never reach for the real clock, the network
// or chance without the seed, because a life has to replay to the last step.
package sim
