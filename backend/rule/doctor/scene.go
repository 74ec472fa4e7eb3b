package doctor

import (
	"strings"

	"pilotlight/backend"
)

// scene is what most checks start from: the first model of OpenClaw's chain, and
// what its server and its config say of it. Whatever is nil is not known.
type scene struct {
	Facts
	status   *backend.Status // never nil
	claw     *backend.OpenClaw
	primary  *backend.Hop
	server   *backend.Server // that the primary is on
	model    *backend.Model  // the primary, as its server lists it
	provider *backend.ConfigProvider
	entry    *backend.ConfigModel // the primary, as its provider lists it
}

// sceneOf finds what belongs together. The parts point into f.
func sceneOf(f Facts) *scene {
	s := &scene{Facts: f, status: f.Status}
	if s.status == nil {
		s.status = &backend.Status{}
	}
	s.claw = s.status.OpenClaw
	if s.claw != nil && len(s.claw.Chain) > 0 {
		s.primary = &s.claw.Chain[0]
	}
	if s.primary == nil {
		return s
	}
	s.server = s.serverBy(s.primary.Server)
	s.model = modelOf(s.server, s.primary.Key)
	s.provider = s.providerBy(s.primary.Provider)
	s.entry = entryOf(s.provider, s.primary.Model)
	return s
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
