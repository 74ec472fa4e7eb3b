package main

import (
	"fmt"
	"net"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/agent"
)

type tokenCmd struct {
	Read bool `name:"read" help:"The token that may only look: it changes nothing, and OpenClaw's config is not shown to it."`
}

// Run prints a token on standard output, and what to do with it beside that.
func (c tokenCmd) Run(e *env) error {
	rights := backend.RightsFull
	if c.Read {
		rights = backend.RightsRead
	}
	token, err := agent.Token(e.home(), rights)
	if err != nil {
		return err
	}
	listen := e.listens()
	if e.json {
		return e.print(map[string]string{"token": token, "rights": string(rights), "listen": listen})
	}
	e.line("%s", token)
	for _, line := range howToUse(rights, listen) {
		fmt.Fprintln(e.err, line)
	}
	return nil
}

// listens is the running agent's address, or the usual one.
func (e *env) listens() string {
	c := e.client()
	defer c.Close()
	if st, err := c.Status(e.ctx); err == nil {
		return st.Listen
	}
	return "http://127.0.0.1:7456"
}

// howToUse says how the other machine gets to see this one.
func howToUse(rights backend.Rights, listen string) []string {
	may := "With this token another Pilotlight sees this machine, and may change everything on it: give it away as you would a password."
	if rights == backend.RightsRead {
		may = "With this token another Pilotlight sees this machine, and can change nothing."
	}
	lines := []string{may, "On the other machine run: pilotlight peers add ADDRESS --token-stdin", "and paste it there."}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(listen, "http://"))
	if err != nil {
		return lines
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return append(lines, "ADDRESS is this machine's own, with the port "+port+". The way there is not encrypted: let it be a VPN, or a network that you trust.")
	}
	return append(lines,
		"This Pilotlight answers on this machine alone ("+listen+"). Either, on the other machine, keep an ssh tunnel:",
		fmt.Sprintf("  ssh -N -L 7457:127.0.0.1:%s USER@THIS-MACHINE     and ADDRESS is http://127.0.0.1:7457", port),
		"or start this one where the other can reach it, on the address of a VPN or of a network that you trust (it is not encrypted):",
		fmt.Sprintf("  pilotlight agent --listen 192.168.1.20:%s --listen-unsafe     and ADDRESS is http://192.168.1.20:%s", port, port))
}
