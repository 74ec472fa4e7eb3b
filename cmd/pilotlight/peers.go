package main

import (
	"io"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
	"pilotlight/backend/rule/say"
)

type peersCmd struct {
	List   peerListCmd   `cmd:"" default:"withargs" help:"The other machines, as last seen (the default)."`
	Add    peerAddCmd    `cmd:"" help:"Add one, by the address and the token of its Pilotlight."`
	Change peerChangeCmd `cmd:"" help:"Rename one, or give it another token."`
	Remove peerRemoveCmd `cmd:"" help:"Look at one no more, and forget its token."`
}

type peerListCmd struct{}

// Run prints the other machines.
func (peerListCmd) Run(e *env) error {
	c := e.client()
	defer c.Close()
	page, err := c.Peers(e.ctx)
	if err != nil {
		return err
	}
	return e.show(page, func() {
		if len(page.Items) == 0 {
			e.line("No other machine was added. On another one run: pilotlight token --read")
			return
		}
		rows := [][]string{{"ID", "NAME", "ADDRESS", "MAY", "STATE", "KEPT", "MEMORY"}}
		for _, p := range page.Items {
			rows = append(rows, []string{p.ID, p.Name, p.URL, peerMay[p.Rights], say.PeerState(p, e.now()), say.PeerKeep(p, e.now()), peerMemory(p)})
		}
		e.table(rows)
	})
}

var peerMay = map[backend.Rights]string{backend.RightsFull: "act", backend.RightsRead: "look"}

func peerMemory(p backend.Peer) string {
	if p.Seen == nil || p.Seen.Machine == nil || p.Seen.Machine.Memory == nil {
		return ""
	}
	m := p.Seen.Machine.Memory
	return fit.RAM(m.UsedBytes) + " of " + fit.RAM(m.TotalBytes)
}

// peers prints the other machines in a line each.
func (e *env) peers(list []backend.Peer) {
	for _, p := range list {
		parts := []string{}
		for _, part := range []string{say.PeerKeep(p, e.now()), peerMemory(p)} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		if p.State != backend.PeerUp || len(parts) == 0 {
			parts = append([]string{say.PeerState(p, e.now())}, parts...)
		}
		e.line("%s: %s", say.PeerName(p), strings.Join(parts, " · "))
		if p.Error != nil {
			e.line("  %s %s", p.Error.Message, p.Error.Hint)
		}
	}
}

// tokenFlags are the two ways to give a token.
type tokenFlags struct {
	TokenStdin bool   `name:"token-stdin" xor:"token" help:"Read the token from standard input, where no list of programs shows it."`
	Token      string `name:"token" xor:"token" help:"The token, as pilotlight token --read prints it there."`
}

// tokenCap bounds what is read of standard input, in bytes.
const tokenCap = 4 << 10

// read is the token, "" where none was given.
func (f tokenFlags) read(e *env) (string, error) {
	if !f.TokenStdin {
		return strings.TrimSpace(f.Token), nil
	}
	b, err := io.ReadAll(io.LimitReader(e.in, tokenCap))
	token := strings.TrimSpace(string(b))
	if err != nil || token == "" {
		return "", &backend.Error{
			Code: backend.CodeInvalid, Message: "No token came on standard input.", Err: err,
			Hint: "Pipe it in, or paste it and press Ctrl-D.",
		}
	}
	return token, nil
}

type peerAddCmd struct {
	URL  string `arg:"" name:"url" help:"Where it answers, as http://192.168.1.20:7456."`
	Name string `name:"name" help:"What to call it here; its own name when left out."`
	tokenFlags
}

// Run adds another Pilotlight.
func (c peerAddCmd) Run(e *env) error {
	token, err := c.read(e)
	if err != nil {
		return err
	}
	if token == "" {
		return &backend.Error{
			Code: backend.CodeInvalid, Message: "The other machine's token is missing.",
			Hint: "On that machine run: pilotlight token --read. Give it here with --token-stdin.",
		}
	}
	client := e.client()
	defer client.Close()
	p, err := client.AddPeer(e.ctx, backend.PeerWish{Name: c.Name, URL: c.URL, Token: token})
	return e.showPeer(p, err)
}

type peerChangeCmd struct {
	ID   string `arg:"" help:"Its id, or its name."`
	Name string `name:"name" help:"What to call it here."`
	tokenFlags
}

// Run changes what is known of another Pilotlight.
func (c peerChangeCmd) Run(e *env) error {
	var change backend.PeerChange
	token, err := c.read(e)
	if err != nil {
		return err
	}
	if token != "" {
		change.Token = &token
	}
	if c.Name != "" {
		change.Name = &c.Name
	}
	if change == (backend.PeerChange{}) {
		return &backend.Error{Code: backend.CodeInvalid, Message: "There is nothing to change.", Hint: "Give --name, or --token-stdin."}
	}
	client := e.client()
	defer client.Close()
	p, err := client.ChangePeer(e.ctx, c.ID, change)
	return e.showPeer(p, err)
}

func (e *env) showPeer(p backend.Peer, err error) error {
	if err != nil {
		return err
	}
	return e.show(p, func() {
		may := "look"
		if p.Rights == backend.RightsFull {
			may = "look and act"
		}
		e.line("%s at %s (%s): its token lets you %s there.", p.Name, p.URL, p.ID, may)
		if keep := say.PeerKeep(p, e.now()); keep != "" {
			e.line("  %s", keep)
		}
	})
}

type peerRemoveCmd struct {
	ID string `arg:"" help:"Its id, or its name."`
}

// Run removes another Pilotlight.
func (c peerRemoveCmd) Run(e *env) error {
	client := e.client()
	defer client.Close()
	if err := client.RemovePeer(e.ctx, c.ID); err != nil {
		return err
	}
	return e.show(map[string]bool{"ok": true}, func() { e.line("Removed. Nothing changed on that machine.") })
}
