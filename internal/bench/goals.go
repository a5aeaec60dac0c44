package main

import "github.com/medlar-flow/medlar/internal/bench/figures"

// The numbers of the goals.
const (
	goalDurable = iota + 1
	goalResume
	goalStart
	goalPass
	goalInvoke
	goalHTTP
	goalLoading
	goalTemporal
	goalEach
)

// goalTitles are the goals by their numbers.
func goalTitles() []string {
	return []string{
		"durable runs", "resuming runs", "cold start", "64 KiB passed through", "one invoke in memory",
		"http.request", "loading", "Temporal", "forEach",
	}
}

// goalsOf says how the goals stand in sections that were measured.
func goalsOf(measured []figures.Section) figures.Goals {
	var all []figures.Section
	for _, s := range sections() {
		all = append(all, s.filled(&figures.Rounds{}))
	}
	return figures.GoalsOf(goalTitles(), all, measured)
}
