package interp

import "sync"

// transitive are a program and those that it calls, looked up once: a run does not
// go over all steps before it begins.
type transitive struct {
	once     sync.Once
	programs []*Program
	secrets  []SecretSpec
}

// allPrograms returns the program and those that it calls, each once.
func (p *Program) allPrograms() []*Program {
	p.transitive.once.Do(func() {
		found := []*Program{p}
		seen := map[*Program]bool{p: true}
		for i := 0; i < len(found); i++ {
			p.transitive.secrets = append(p.transitive.secrets, found[i].Secrets...)
			for _, sub := range subPrograms(found[i].Steps) {
				if !seen[sub] {
					seen[sub] = true
					found = append(found, sub)
				}
			}
		}
		p.transitive.programs = found
	})
	return p.transitive.programs
}

// AllSecrets returns the secrets that the program and those that it calls
// declare.
func (p *Program) AllSecrets() []SecretSpec {
	p.allPrograms()
	return p.transitive.secrets
}
