package doctor

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"pilotlight/backend"
)

// trouble looks for what goes wrong now, or went wrong lately.
func trouble(s *scene) []backend.Check {
	return []backend.Check{
		s.gateway(), s.reaches(), s.wentAway(), s.contextErrors(), s.coldLoads(), s.duplicates(), s.expiry(), s.refusals(), s.preload(),
		s.heldUp(), s.crashLoop(), s.storm(), s.stuck(), s.repeats(), s.edit(), s.journal(),
	}
}

func (s *scene) gateway() backend.Check {
	d := about("gateway", groupTrouble, "OpenClaw's gateway runs")
	if why := s.noClaw(); why != "" {
		return d.skip("%s", why)
	}
	switch s.claw.Gateway {
	case "up":
		return d.ok("It answers.")
	case "down":
		return d.fail("Start OpenClaw's gateway: in its app, or with: openclaw gateway.", "It does not answer, so no message reaches your agent.")
	}
	return d.skip("It was not asked yet.")
}

// reach is what came of asking the model's provider as OpenClaw would.
func (s *scene) reach() (backend.Reach, bool) {
	if s.hop == nil {
		return backend.Reach{}, false
	}
	r, ok := s.Reach[s.hop.Provider]
	return r, ok
}

// denied says that an answer asks for a key, or for another one.
func denied(r backend.Reach) bool { return r.Status == 401 || r.Status == 403 }

// slow is an answer to a list of models that took suspiciously long, in seconds.
const slow = 2.0

func (s *scene) reaches() backend.Check {
	d := about("gateway_reaches_server", groupTrouble, "OpenClaw reaches the model's server")
	r, asked := s.reach()
	switch {
	case s.hop == nil:
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	case !asked:
		return d.skip("It was not tried yet.")
	}
	at := "curl " + clip(r.URL, 2*maxWord)
	fix := s.addressFix()
	switch {
	case r.Error != nil && r.Status == 0:
		return mends(d.fail(cmp.Or(s.addressHint(), hintOf(r.Error, "Start the server, or correct baseUrl of the provider in Config.")),
			"%s: %s", at, messageOf(r.Error)), s.startFix(), fix)
	case denied(r) && !r.Keyed && (s.isHosted(s.hop) || s.provider != nil && s.provider.HasKey):
		return d.ok("%s: it answers %d%s to a request without the key, which Pilotlight does not have. So it is reachable.", at, r.Status, latency(r.LatencySeconds))
	case denied(r):
		return d.fail(s.keyHint(s.hop), "%s: it answers %d%s, so it wants another key.", at, r.Status, latency(r.LatencySeconds))
	case r.Status == 0:
		return d.skip("%s: what came of it is not known.", at)
	case r.Status < 200 || r.Status > 299:
		return on("config", mends(d.fail(cmp.Or(s.addressHint(), "Correct baseUrl of the provider in Config."), "%s: it answers %d%s.", at, r.Status, latency(r.LatencySeconds)), fix))
	case r.Error != nil || !r.Lists && len(r.Models) == 0:
		return on("config", mends(d.fail(cmp.Or(s.addressHint(), hintOf(r.Error, "Correct baseUrl of the provider in Config: it should end with /v1.")),
			"%s: it answers %d%s, but with no list of models. %s", at, r.Status, latency(r.LatencySeconds), messageOf(r.Error)), fix))
	case fix.ID != "":
		return on("config", mends(d.warn(cmp.Or(s.addressHint(), "Correct baseUrl of the provider in Config."), "%s: %d%s. %s", at, r.Status, latency(r.LatencySeconds), ended(clip(s.addressIssue().Message, 2*maxWord))), fix))
	case r.LatencySeconds != nil && *r.LatencySeconds > slow:
		return d.warn("Look what keeps it busy: memory that is swapped out, or a slow network.", "%s: %d, but only after %s.", at, r.Status, seconds(*r.LatencySeconds))
	}
	count := fmt.Sprint(len(r.Models))
	if !r.Lists {
		count = "more than " + count
	}
	return d.ok("%s: %d%s, %s models.", at, r.Status, latency(r.LatencySeconds), count)
}

// addressIssue is what the check of the config says of the provider's address.
func (s *scene) addressIssue() *backend.ConfigIssue {
	if s.provider == nil {
		return nil
	}
	return s.issue(s.provider.Path+".baseUrl", "no_v1", "localhost", "no_url")
}

func (s *scene) addressHint() string {
	if issue := s.addressIssue(); issue != nil {
		return clip(issue.Hint, 2*maxWord)
	}
	return ""
}

// addressFix makes the edits that mend the address. The edits of two issues would
// undo each other, so where there are both the second goes into the first.
func (s *scene) addressFix() backend.Fix {
	issue := s.addressIssue()
	if issue == nil || len(issue.Edits) == 0 {
		return backend.Fix{}
	}
	path := s.provider.Path + ".baseUrl"
	if better, ok := bothMended(s.provider.BaseURL, s.issue(path, "localhost") != nil, s.issue(path, "no_v1") != nil); ok {
		return configFix("address", "Correct the address", set(path, better))
	}
	return issueFix("address", "Correct the address", issue)
}

func bothMended(base string, localhost, noV1 bool) (string, bool) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || !localhost || !noV1 {
		return "", false
	}
	u.Host = strings.Replace(u.Host, u.Hostname(), "127.0.0.1", 1)
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api/v1")
	if !strings.HasSuffix(u.Path, "/v1") {
		u.Path += "/v1"
	}
	return u.String(), true
}

func (s *scene) heldUp() backend.Check {
	d := about("keep_held_up", groupTrouble, "Keeping the model loaded works")
	k := s.status.Keep
	name := s.keptName()
	next := ""
	if k.NextAttemptAt != nil {
		next = " The next try is at " + clock(k.NextAttemptAt.Time, s.Now) + "."
	}
	switch k.State {
	case backend.KeepWarm:
		if k.Reason != nil {
			return on("now", d.warn(hintOf(k.Reason, "Keep a smaller context or model."), "%s is warm. %s", name, messageOf(k.Reason)))
		}
		return d.ok("%s is warm since %s.", name, clock(k.Since.Time, s.Now))
	case backend.KeepLoading:
		return d.ok("%s is being loaded.", name)
	case backend.KeepPaused:
		return d.skip("It is paused%s.", until(k, s))
	case backend.KeepBlocked:
		return on("now", mends(d.fail(hintOf(k.Reason, "Do what it says, then go on."), "Pilotlight gave up keeping %s. %s%s", name, messageOf(k.Reason), next), s.resumeFix()))
	case backend.KeepWaiting:
		if k.Reason == nil || s.Now.Sub(k.Since.Time) < patience {
			return d.ok("%s", strings.TrimSpace(fmt.Sprintf("%s will be loaded soon. %s%s", name, messageOf(k.Reason), next)))
		}
		return on("now", mends(d.warn(hintOf(k.Reason, "Look in Now what it waits for."), "%s should be loaded, and waits since %s. %s%s",
			name, clock(k.Since.Time, s.Now), messageOf(k.Reason), next), s.waitFix()))
	}
	return d.skip("Nothing is kept.")
}

// waitFix is what ends the wait of a keep: its server, or a person's word.
func (s *scene) waitFix() backend.Fix {
	switch s.status.Keep.Reason.Code {
	case backend.CodeServerOff:
		return s.startFix()
	case backend.CodeAppOff, backend.CodeNetwork, backend.CodeTimeout:
		return backend.Fix{} // trying again at once would end the same
	}
	return s.resumeFix()
}
