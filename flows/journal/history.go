package journal

import (
	"strconv"
	"strings"
)

// history is what the records of a run say, by scope. It is read while the
// run goes on, and each part is given up when it was read.
type history struct {
	queues map[string][]*record
	// below counts the records of a scope and of those inside it.
	below map[string]int64
	// forks holds the number of branches of a fork that the records know of.
	forks map[string]int64
	// inside counts the records inside of a fork.
	inside map[string]int64
	// settled is what iterations came to on another runtime, by their forks.
	settled map[string][]*record
	// kept is the number of the last record that an earlier generation made.
	kept int64
}

func newHistory(records []*record) *history {
	if len(records) == 0 {
		return &history{} // as most runs begin
	}
	h := &history{queues: map[string][]*record{}, below: map[string]int64{}, forks: map[string]int64{}, inside: map[string]int64{}, settled: map[string][]*record{}}
	for _, r := range records {
		if r.settled {
			h.settled[r.operation] = append(h.settled[r.operation], r)
			continue
		}
		h.queues[r.scope] = append(h.queues[r.scope], r)
		h.below[""]++
		for scope := r.scope; scope != ""; {
			h.below[scope]++
			fork, branch, _ := strings.Cut(scope[strings.LastIndexByte(scope, '/'):], ".")
			scope = scope[:strings.LastIndexByte(scope, '/')]
			i, _ := strconv.ParseInt(branch, 10, 64)
			h.forks[scope+fork] = max(h.forks[scope+fork], i+1)
			h.inside[scope+fork]++
		}
	}
	return h
}

func forkID(scope string, fork int) string { return scope + "/" + strconv.Itoa(fork) }

func branchID(fork string, i int64) string { return fork + "." + strconv.FormatInt(i, 10) }
