package main

type openCmd struct {
	Print bool `name:"print" help:"Only print the link; it works once, for ten minutes."`
}

// Run opens the dashboard: in its window, or in the browser, signed in by a
// link that works once.
func (c openCmd) Run(e *env) error {
	agent := e.client()
	defer agent.Close()
	if !c.Print && !e.json {
		st, err := agent.Status(e.ctx)
		if err != nil {
			return err
		}
		return e.openDashboard(e.ctx, agent, st.Demo, "")
	}
	link, err := agent.Link(e.ctx)
	if err != nil {
		return err
	}
	return e.show(map[string]string{"url": link}, func() { e.line("%s", link) })
}
