package lmstudio

import (
	"context"
	"time"

	"pilotlight/backend"
)

// standsAgainst is why a load of the model must not be asked for now, nil where nothing
// is known to. LM Studio begins one whatever it has in memory or is loading already
// (lmstudio-bug-tracker #1751), and its list of REST v1 shows nothing of a load that
// somebody else's request began. The list of REST v0, which LM Studio still has, has a
// state for that: "loading", as several programs read it; its documentation names
// "loaded" and "not-loaded" alone. It is asked right before the load, since what another
// look found may be over.
//
// A list that does not come says nothing, and holds nothing up.
func (c *Client) standsAgainst(ctx context.Context, model string) *backend.Error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	l, _, err := c.fetch(ctx, dialectV0, time.Now)
	if err != nil || l.apiErr != nil {
		return nil
	}
	for _, m := range l.models {
		switch {
		case m.Loading && m.Key == model:
			return busy("LM Studio is loading "+m.Name+" already: something else asked for it.", "Pilotlight asks for no second copy. Wait until it is loaded.")
		case m.Loading:
			return busy("LM Studio is loading "+m.Name+" right now: something else asked for it.", "Two loads at once would each reckon with the same memory. Wait for it to end.")
		case m.Key == model && len(m.Instances) > 0:
			return busy("LM Studio has just loaded "+m.Name+": something else asked for it.", "Pilotlight asks for no second copy. It shows at the next look.")
		}
	}
	return nil
}

func busy(message, hint string) *backend.Error {
	return &backend.Error{Code: backend.CodeBusy, Message: message, Hint: hint}
}
