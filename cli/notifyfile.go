package cli

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/notify"
)

// notifyFile is a file of --notify.
type notifyFile struct {
	Notify []notifyIn `param:"notify,required" minLen:"1" doc:"Who is told."`
}

type notifyIn struct {
	Name        string        `param:"name,required" pattern:"^[a-z0-9][a-z0-9-]*$" maxLen:"64" doc:"Names it in the log, and what is kept for it."`
	URL         string        `param:"url" doc:"Where the requests go; https or http."`
	URLSecret   string        `param:"urlSecret" doc:"The secret whose value that is, where the address is one."`
	Secrets     []string      `param:"secrets,required" alias:"secret" minLen:"1" doc:"The secrets that sign the requests, by their names."`
	Flows       []string      `param:"flows" minLen:"1" doc:"The flows that it is about, as patterns: order-*; all if left out."`
	NotUndone   bool          `param:"notUndone" default:"true" doc:"Whether it is told of runs that could not undo what they did."`
	FailureRate *rateIn       `param:"failureRate" doc:"The rate of failures of a flow that it is told of."`
	Every       time.Duration `param:"every" default:"10s" doc:"The least time between two requests."`
}

type rateIn struct {
	Over    float64       `param:"over,required" min:"0" max:"1" doc:"The share of failed runs beyond which it is told: 0.2 for a fifth."`
	Within  time.Duration `param:"within" default:"10m" doc:"The time whose runs are counted."`
	AtLeast int           `param:"atLeast" default:"10" min:"1" max:"1000000" doc:"How many runs must have ended in it."`
}

// notifyFile reads the file of --notify, with the secrets that it names: those of
// --secrets-file, else of the environment.
func (a *app) notifyFile(ctx context.Context, path string, secrets flows.SecretProvider) ([]notify.Target, error) {
	if path == "" {
		return nil, nil
	}
	in, err := settings[notifyFile](ctx, a, "--notify", path, func(s *schema.Schema) {
		all := s.Field("notify")
		for _, list := range []*schema.Field{all, all.Elem.Members.Field("secrets"), all.Elem.Members.Field("flows")} {
			list.BareElement = true
		}
	})
	if err != nil {
		return nil, err
	}
	var list []notify.Target
	for _, one := range in.Notify {
		target, err := a.target(ctx, one, secrets)
		if err != nil {
			return nil, err
		}
		list = append(list, target)
	}
	if _, err := notify.New(notify.Config{Targets: list}); err != nil {
		return nil, wrong("", "%s: %w", path, err)
	}
	return list, nil
}

// placed puts mistakes where they are in a file.
func placed(file *yamlfile.File, found schema.Errors) (list diag.List) {
	root, _, _ := file.Parse()
	for _, e := range found {
		at := root
		if root != nil {
			key, at2 := root.Find(e.Path)
			if at = at2; key != nil && (e.Rule == schema.RuleUnknown || at == nil) {
				at = key
			}
		}
		d := diag.Diagnostic{Severity: diag.Error, Rule: e.Rule, Message: e.Error(), Help: e.Help}
		if at != nil {
			d.Span = file.At(at)
		}
		list = append(list, d)
	}
	return list
}

// target reads the secrets of a target.
func (a *app) target(ctx context.Context, in notifyIn, secrets flows.SecretProvider) (notify.Target, error) {
	t := notify.Target{Name: in.Name, URL: in.URL, Flows: in.Flows, NotUndone: in.NotUndone, Every: in.Every}
	if r := in.FailureRate; r != nil {
		t.Rate = notify.Rate{On: true, Over: r.Over, Within: r.Within, AtLeast: r.AtLeast}
	}
	if (in.URL == "") == (in.URLSecret == "") {
		return t, wrong("give url: https://…, or urlSecret: and the name of a secret", "--notify: %s has not exactly one address", in.Name)
	}
	read := func(name string) (string, error) {
		if secrets != nil {
			if text, ok, err := secrets(ctx, name); ok || err != nil {
				return text, err
			}
		}
		if text, ok := a.Env(name); ok && text != "" {
			return text, nil
		}
		return "", wrong("give it in the secrets file, or set the environment variable "+name, "--notify: the secret %s of %s is missing", name, in.Name)
	}
	var err error
	if in.URLSecret != "" {
		if t.URL, err = read(in.URLSecret); err != nil {
			return t, err
		}
	}
	for _, name := range in.Secrets {
		text, err := read(name)
		if err != nil {
			return t, err
		}
		t.Secrets = append(t.Secrets, text)
	}
	return t, nil
}
