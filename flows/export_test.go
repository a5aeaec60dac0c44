package flows

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Taken is what options say that belongs to whoever makes the attempts.
type Taken struct {
	Sandbox   *connector.Sandbox
	Listeners []report.Listener
	Env       func(string) (string, bool)
	Secrets   SecretProvider
}

// Take reads options for tests that carry a run in another way.
func Take(options []RunOption) Taken {
	c := &runtime.Options{}
	c.Reset()
	for _, option := range options {
		option(c)
	}
	return Taken{c.Sandbox, c.Listeners, c.Env, SecretProvider(c.Provider)}
}
