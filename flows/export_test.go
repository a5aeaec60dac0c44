package flows

import "github.com/medlar-flow/medlar/connector"

// Taken is what options say that belongs to whoever makes the attempts.
type Taken struct {
	Sandbox   *connector.Sandbox
	Listeners []Listener
	Env       func(string) (string, bool)
	Secrets   SecretProvider
}

// Take reads options for tests that carry a run in another way.
func Take(options []RunOption) Taken {
	c := &Options{}
	c.reset()
	for _, option := range options {
		option(c)
	}
	return Taken{c.sandbox, c.listeners, c.env, SecretProvider(c.provider)}
}
