package agents

// SetMostSessions bounds the sessions of older versions.
func SetMostSessions(a *Agents, n int) { a.sessions.most = n }
