package doctor

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// scene is what most checks start from. The model that it is about is the first of
// OpenClaw's chain that is on a server of one's own; where OpenClaw names none, the
// one that Pilotlight is asked to keep. Whatever is nil is not known.
type scene struct {
	Facts
	status   *backend.Status // never nil
	claw     *backend.OpenClaw
	primary  *backend.Hop // the first model of the chain, wherever it is
	hop      *backend.Hop // of the model that it is about
	server   *backend.Server
	key      string         // the model's key on the server, "" where it lists none
	model    *backend.Model // as its server lists it
	provider *backend.ConfigProvider
	entry    *backend.ConfigModel // as its provider lists it
	lmstudio *backend.Server      // the one that set-up is about: the model's, else the first on this machine
	uses     bool                 // the model is on LM Studio, or no model is named at all
	from9    bool                 // OpenClaw is 2026.9 or later
	before9  bool                 // it is earlier; both are false where the version is not known
}

// sceneOf finds what belongs together. The parts point into f.
func sceneOf(f Facts) *scene {
	s := &scene{Facts: f, status: f.Status}
	if s.status == nil {
		s.status = &backend.Status{}
	}
	if s.claw = s.status.OpenClaw; s.claw != nil {
		s.Version = cmp.Or(s.Version, s.claw.Version)
	}
	s.from9, s.before9 = generation(s.Version)
	s.cast()
	s.lmstudio, s.uses = s.server, true
	if s.server != nil && !isLMStudio(s.server) || s.server == nil && s.primary != nil {
		s.lmstudio, s.uses = nil, false
	}
	for i := range s.status.Servers {
		if srv := &s.status.Servers[i]; s.lmstudio == nil && isLMStudio(srv) && srv.Host == "" {
			s.lmstudio = srv
		}
	}
	return s
}

// cast finds the model that the checks are about.
func (s *scene) cast() {
	if s.claw != nil {
		for i := range s.claw.Chain {
			h := &s.claw.Chain[i]
			if i == 0 {
				s.primary = h
			}
			if srv := s.serverBy(h.Server); s.hop == nil && (srv != nil && srv.Engine != backend.EngineHosted || srv == nil && (h.Local || h.State == "elsewhere")) {
				s.hop, s.server, s.key = h, srv, h.Key
			}
		}
	}
	if keep := s.status.Keep; s.primary == nil && keep.Model != "" {
		s.server, s.key = s.serverBy(keep.Server), keep.Model
	}
	s.model = modelOf(s.server, s.key)
	if s.hop != nil {
		s.provider = s.providerBy(s.hop.Provider)
		s.entry = entryOf(s.provider, s.hop.Model)
	}
}

// generation tells on which side of 2026.9 a version of OpenClaw is: from it on the
// config takes a provider's timeoutSeconds and params and a model's contextTokens,
// and LM Studio is made to load a model before it is asked. Versions between 2026.3
// and it were not seen, and count as neither.
func generation(version string) (from9, before9 bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return false, false
	}
	year, err1 := strconv.Atoi(parts[0])
	month, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || year < 2000 || year > 9999 || month < 0 || month > 99 {
		return false, false
	}
	at := year*100 + month
	return at >= 202609, at <= 202603
}

func isLMStudio(s *backend.Server) bool {
	return s != nil && s.Kind == backend.KindLMStudio && (s.Engine == "" || s.Engine == backend.EngineLMStudio)
}

func (s *scene) serverBy(id string) *backend.Server {
	for i := range s.status.Servers {
		if id != "" && s.status.Servers[i].ID == id {
			return &s.status.Servers[i]
		}
	}
	return nil
}

func modelOf(s *backend.Server, key string) *backend.Model {
	if s == nil || key == "" {
		return nil
	}
	for i := range s.Models {
		if s.Models[i].Key == key {
			return &s.Models[i]
		}
	}
	return nil
}

// providerBy finds a provider of the config; OpenClaw does not mind capitals.
func (s *scene) providerBy(id string) *backend.ConfigProvider {
	if s.Config == nil || id == "" {
		return nil
	}
	for i := range s.Config.Providers {
		if strings.EqualFold(s.Config.Providers[i].ID, id) {
			return &s.Config.Providers[i]
		}
	}
	return nil
}

func entryOf(p *backend.ConfigProvider, id string) *backend.ConfigModel {
	if p == nil {
		return nil
	}
	for i := range p.Models {
		if p.Models[i].ID == id {
			return &p.Models[i]
		}
	}
	return nil
}

// isHosted tells whether a model of the chain is somebody's service.
func (s *scene) isHosted(h *backend.Hop) bool {
	srv := s.serverBy(h.Server)
	return h.State == "hosted" || srv != nil && srv.Engine == backend.EngineHosted
}

// issue is the first issue of the config with one of some codes, at or below a path.
func (s *scene) issue(path string, codes ...string) *backend.ConfigIssue {
	for i := range s.Issues {
		if in := &s.Issues[i]; under(in.Path, path) && oneOf(in.Code, codes) {
			return in
		}
	}
	return nil
}

func oneOf(code string, codes []string) bool {
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

// under tells whether a path of the config is another one, or lies below it.
func under(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (above == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// name is what a person calls the model.
func (s *scene) name() string {
	switch {
	case s.model != nil && s.model.Name != "":
		return clip(s.model.Name, maxWord)
	case s.key != "":
		return short(s.key)
	case s.hop != nil:
		return short(s.hop.Ref)
	}
	return "the model"
}

// called is what a person calls a model of a server.
func (s *scene) called(server, key string) string {
	if m := modelOf(s.serverBy(server), key); m != nil && m.Name != "" {
		return clip(m.Name, maxWord)
	}
	return short(key)
}

// keptName is what a person calls the model that Pilotlight keeps.
func (s *scene) keptName() string { return s.called(s.status.Keep.Server, s.status.Keep.Model) }

// first is what a person calls the first model of the chain.
func (s *scene) first() string {
	if s.primary == s.hop {
		return s.name()
	}
	return short(s.primary.Ref)
}

// host is what a person calls a server.
func host(srv *backend.Server) string {
	name := clip(cmp.Or(srv.Name, srv.ID), maxWord)
	if srv.Host != "" && !strings.Contains(name, srv.Host) {
		name += " on " + clip(srv.Host, maxWord)
	}
	return name
}

// live are the model's instances that can answer.
func live(m *backend.Model) []*backend.Instance {
	if m == nil || len(m.Instances) == 0 {
		return nil
	}
	list := make([]*backend.Instance, 0, len(m.Instances))
	for i := range m.Instances {
		if in := &m.Instances[i]; !in.Missing && !in.Crashed {
			list = append(list, in)
		}
	}
	return list
}

// loadedContext is the greatest context that the model is loaded with, in tokens.
func (s *scene) loadedContext() (most *int) {
	for _, i := range live(s.model) {
		if i.ContextLength != nil && *i.ContextLength > 0 && (most == nil || *i.ContextLength > *most) {
			most = i.ContextLength
		}
	}
	return most
}

// most is the greatest context that the model can have, in tokens.
func (s *scene) most() *int {
	if s.model == nil || s.model.MaxContextLength == nil || *s.model.MaxContextLength < 1 {
		return nil
	}
	return s.model.MaxContextLength
}

// window is the context that the config gives the model, in tokens.
func (s *scene) window() *int {
	if s.entry != nil {
		return s.entry.ContextWindow
	}
	if s.hop != nil {
		return s.hop.ContextWindow
	}
	return nil
}

// wanted is how many tokens OpenClaw will use of it at most.
func (s *scene) wanted() *int {
	if s.entry != nil && s.entry.ContextTokens != nil {
		return s.entry.ContextTokens
	}
	if s.entry == nil && s.hop != nil && s.hop.ContextTokens != nil {
		return s.hop.ContextTokens
	}
	return s.window()
}

// held names the model for what was measured of it.
func (s *scene) held() Held {
	if s.server == nil {
		return Held{}
	}
	return Held{s.server.ID, s.key}
}

// noClaw says why nothing is known of OpenClaw; "" where something is.
func (s *scene) noClaw() string {
	switch {
	case s.claw == nil:
		return "Pilotlight has not looked for OpenClaw yet."
	case !s.claw.Found:
		return "There is no OpenClaw on this machine."
	}
	return ""
}

// noChain says why there is no first model.
func (s *scene) noChain() string {
	if why := s.noClaw(); why != "" {
		return why
	}
	if s.primary == nil {
		return "OpenClaw's config chooses no first model."
	}
	return ""
}

// noServer says why there is no server that the model is on.
func (s *scene) noServer() string {
	switch {
	case s.server != nil:
		return ""
	case s.hop != nil:
		return fmt.Sprintf("%s is not on a server that Pilotlight watches.", s.name())
	case s.noChain() != "":
		return s.noChain()
	}
	return "No model of the chain is on a server of your own."
}

// noModel says why nothing is known of the model on its server.
func (s *scene) noModel() string {
	switch {
	case s.noServer() != "":
		return s.noServer()
	case s.server.State != backend.ServerUp:
		return fmt.Sprintf("%s cannot be asked now.", host(s.server))
	case s.model == nil && s.server.ListedAt == nil:
		return fmt.Sprintf("%s has not told its models yet.", host(s.server))
	case s.model == nil:
		return fmt.Sprintf("%s does not list %s.", host(s.server), s.name())
	}
	return ""
}
