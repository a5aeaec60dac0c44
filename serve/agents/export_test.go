package agents

// SetMostSessions bounds the sessions of older versions.
func SetMostSessions(a *Agents, n int) { a.sessions.most = n }

// Sessions is how many sessions there are.
func Sessions(a *Agents) int { return len(a.live()) }
