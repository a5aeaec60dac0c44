package lambdasvc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// savedState is the file that keeps the state of Lambda between runs. It holds
// the environment of functions, so only its owner may read it.
type savedState struct {
	Format int // of this file
	Realms []savedRealm
}

const savedFormat = 1

type savedRealm struct {
	Account   string
	Region    string
	Declared  []string // what the functions file had put here
	Functions []savedFunction
	Layers    []savedLayer
}

type savedFunction struct {
	Name      string
	Latest    savedVersion
	Published []savedVersion `json:",omitempty"`
	Last      int
	Aliases   []aliasShape           `json:",omitempty"`
	Policies  map[string]savedPolicy `json:",omitempty"`
	Tags      map[string]string      `json:",omitempty"`
	Reserved  *int                   `json:",omitempty"`
	Events    map[string]eventConfig `json:",omitempty"`
	URLs      map[string]urlConfig   `json:",omitempty"`

	Provisioned map[string]provisionedConfig `json:",omitempty"`
}

type savedVersion struct {
	Config configuration
	Code   code
}

type savedPolicy struct {
	Revision   string
	Statements []statement
}

type savedLayer struct {
	Name     string
	Last     int64
	Versions []savedLayerVersion
}

type savedLayerVersion struct {
	layerVersion
	Code   code
	Policy *savedPolicy `json:",omitempty"`
}

// save writes everything down, or changes nothing.
func (s *store) save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := savedState{Format: savedFormat}
	for _, r := range s.realms {
		state.Realms = append(state.Realms, r.saved())
	}
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return writeWhole(s.file, text)
}

// writeWhole puts content in the place of a file, all of it or nothing.
func writeWhole(path string, content []byte) error {
	half, err := os.CreateTemp(filepath.Dir(path), "state-*.tmp") // only its owner may read it
	if err != nil {
		return err
	}
	defer os.Remove(half.Name())
	_, err = half.Write(content)
	err = errors.Join(err, half.Sync(), half.Close())
	if err != nil {
		return err
	}
	return os.Rename(half.Name(), path)
}

func (r *realm) saved() savedRealm {
	out := savedRealm{Account: r.place.Account, Region: r.place.Region, Declared: r.declared}
	for _, name := range sortedKeys(r.functions) {
		out.Functions = append(out.Functions, r.functions[name].saved())
	}
	for _, name := range sortedKeys(r.layers) {
		l := savedLayer{Name: name, Last: r.layers[name].last}
		for _, v := range r.layers[name].versions {
			l.Versions = append(l.Versions, savedLayerVersion{*v, v.code, v.policy.saved()})
		}
		out.Layers = append(out.Layers, l)
	}
	return out
}

func (f *function) saved() savedFunction {
	out := savedFunction{
		Name: f.ref.name, Latest: f.latest.saved(), Last: f.last, Tags: f.tags, Reserved: f.reserved, Events: f.events,
		URLs: f.urls, Provisioned: f.provisioned,
		Policies: map[string]savedPolicy{},
	}
	for _, v := range f.published {
		out.Published = append(out.Published, v.saved())
	}
	for _, name := range sortedKeys(f.aliases) {
		out.Aliases = append(out.Aliases, f.aliases[name].aliasShape)
	}
	for qualifier, p := range f.policies {
		if p != nil {
			out.Policies[qualifier] = *p.saved()
		}
	}
	return out
}

func (v *version) saved() savedVersion { return savedVersion{Config: v.config, Code: v.code} }

func (p *policy) saved() *savedPolicy {
	if p == nil {
		return nil
	}
	return &savedPolicy{Revision: p.revision, Statements: p.statements}
}

// restore reads what save has written; where there is nothing yet it does
// nothing.
func (s *store) restore() error {
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var state savedState
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("%s is damaged: %w", s.file, err)
	}
	if state.Format != savedFormat {
		return fmt.Errorf("%s has the format %d, and this version reads %d", s.file, state.Format, savedFormat)
	}
	for _, saved := range state.Realms {
		r := s.newRealm(service.Place{Account: saved.Account, Region: saved.Region})
		if err := r.restore(saved, s.fixture); err != nil {
			return err
		}
		s.realms[r.place] = r
	}
	return nil
}

func (r *realm) restore(in savedRealm, f *fixture.File) error {
	r.declared = in.Declared
	for _, saved := range in.Functions {
		one, err := r.restoreFunction(saved, f)
		if err != nil {
			return err
		}
		r.functions[saved.Name] = one
	}
	for _, saved := range in.Layers {
		l := &layer{last: saved.Last}
		for _, v := range saved.Versions {
			one := v.layerVersion
			one.code, one.policy = v.Code, v.Policy.restore()
			l.versions = append(l.versions, &one)
		}
		r.layers[saved.Name] = l
	}
	return r.furnish(f, in.Declared)
}

func (r *realm) restoreFunction(in savedFunction, f *fixture.File) (*function, error) {
	out := newFunction(functionRef{place: r.place, name: in.Name})
	out.last, out.tags, out.reserved = in.Last, in.Tags, in.Reserved
	if in.Events != nil {
		out.events = in.Events
	}
	if in.URLs != nil {
		out.urls = in.URLs
	}
	if in.Provisioned != nil {
		out.provisioned = in.Provisioned
	}
	var err error
	if out.latest, err = r.restoreVersion(in.Latest, f); err != nil {
		return nil, err
	}
	for _, saved := range in.Published {
		v, err := r.restoreVersion(saved, f)
		if err != nil {
			return nil, err
		}
		out.published = append(out.published, v)
	}
	for _, shape := range in.Aliases {
		out.aliases[shape.Name] = &alias{aliasShape: shape}
	}
	for qualifier, p := range in.Policies {
		out.policies[qualifier] = p.restore()
	}
	return out, nil
}

// restoreVersion returns a version the code that the functions file declares for
// it now.
func (r *realm) restoreVersion(in savedVersion, f *fixture.File) (*version, error) {
	v := &version{config: in.Config, code: in.Code}
	declared, ok := f.DeclaredCode(r.place.Account, in.Code.Declared)
	if !ok {
		return v, nil
	}
	var err error
	v.code, err = codeOf(declared, r.source, in.Code.Declared)
	return v, err
}

func (p *savedPolicy) restore() *policy {
	if p == nil {
		return nil
	}
	return &policy{revision: p.Revision, statements: p.Statements}
}
