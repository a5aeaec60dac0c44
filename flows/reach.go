package flows

import "sync"

// reach are a program and those that it calls, looked up once: a run does not
// go over all steps before it begins.
type reach struct {
	once     sync.Once
	programs []*program
	secrets  []secretSpec
}

// all gives the program and those that it calls, each once.
func (p *program) all() []*program {
	p.reach.once.Do(func() {
		found := []*program{p}
		seen := map[*program]bool{p: true}
		for i := 0; i < len(found); i++ {
			p.reach.secrets = append(p.reach.secrets, found[i].secrets...)
			for _, sub := range subPrograms(found[i].steps) {
				if !seen[sub] {
					seen[sub] = true
					found = append(found, sub)
				}
			}
		}
		p.reach.programs = found
	})
	return p.reach.programs
}

// allSecrets gives the secrets that the program and those that it calls
// declare.
func (p *program) allSecrets() []secretSpec {
	p.all()
	return p.reach.secrets
}
