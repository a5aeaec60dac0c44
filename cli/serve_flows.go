package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
)

// servedFlows are flows with triggers, and their folders, which stay open.
type servedFlows struct {
	list  []serve.Served
	open  []*flowFile
	flows []*flows.Flow // of each of open; one that others call among them
}

// close closes the folders.
func (s *servedFlows) close() {
	for _, file := range s.open {
		_ = file.close() // it was only read
	}
}

// checkSecrets refuses flows whose runs would miss a secret: none of them could begin.
// Secrets of stores are asked for by runs alone.
func (s *servedFlows) checkSecrets(ctx context.Context, options []flows.RunOption) error {
	var problems []error
	for _, one := range s.list {
		err := one.Flow.CheckSecrets(ctx, slices.Concat(options, one.Options)...)
		var missing *flows.InputError
		if !errors.As(err, &missing) {
			problems = append(problems, err)
			continue
		}
		for _, e := range missing.Errors {
			problems = append(problems, fmt.Errorf("%s: %s of flow %s: %s (%s)", one.File, e.Path, one.Flow.Name(), e.Message, e.Help))
		}
	}
	return errors.Join(problems...)
}

// served loads the flows that have triggers, each as load does.
func (a *app) served(ctx context.Context, patterns []string, root string, load func(*flowFile) (*flows.Flow, error)) (_ *servedFlows, err error) {
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	s := &servedFlows{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	paths, err := expand(patterns)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		file, err := a.openFlow(ctx, path, root)
		if err != nil {
			return nil, err
		}
		s.open = append(s.open, file)
		flow, err := load(file)
		if err != nil {
			return nil, err
		}
		s.flows = append(s.flows, flow)
		if len(flow.Triggers()) == 0 {
			if slices.Contains(patterns, path) {
				return nil, wrong("give it triggers, or leave it out", "%s has no triggers", path)
			}
			continue // one that others call
		}
		one := serve.Served{Flow: flow, File: path}
		if folder, err := filepath.Abs(file.folder); err == nil {
			one.Options = append(one.Options, flows.WithOrigin(folder))
		}
		s.list = append(s.list, one)
	}
	if len(s.list) == 0 {
		return nil, wrong("a flow says with triggers: what begins its runs", "no flow has triggers")
	}
	return s, nil
}
