package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// lostSpans is the error of so many spans that found a full queue. Runs wait for no
// collector: where the requests to it, one after the other, stand still for a moment,
// what 16 calls at once make then is more than may wait.
type lostSpans int

func (n lostSpans) Error() string {
	return fmt.Sprintf("%d spans were lost, since more waited than the queue has room for", int(n))
}

// mostLost is how many spans may be lost of 1,000 calls, each of which has several: less
// than what the figures of two rounds differ by.
const mostLost = 10

// countLost makes a figure of lost spans, and leaves an error of more than may be.
func countLost(sample figures.Sample, closed error, o *order) error {
	sample["lost"] = 0
	var lost lostSpans
	if !errors.As(closed, &lost) || closed.Error() != lost.Error() { // something else went wrong, too
		return closed
	}
	sample["lost"] = 1000 * float64(lost) / (sample["calls_s"] * (o.Warm + o.For).Seconds())
	if sample["lost"] > mostLost {
		return closed
	}
	return nil
}

// noRoom is in what is told of spans that found a full queue.
const noRoom = "than the queue has room for"

// lossOf is the error of what was told first and last of lost spans.
func lossOf(first, last *string) error {
	if first == nil {
		return nil
	}
	var n int
	if _, err := fmt.Sscanf(*last, "spans were lost, %d", &n); err != nil || !strings.Contains(*first, noRoom) {
		return fmt.Errorf("measuring traces: %w", errors.New(*first))
	}
	return lostSpans(n)
}
