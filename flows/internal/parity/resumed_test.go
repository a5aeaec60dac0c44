package parity_test

import (
	"testing"
	"time"
)

const ms = time.Millisecond

// goneBy are flows with branches that have ended long before the run is resumed,
// or continued by another workflow.
var goneBy = map[string]steps{
	"the time limit of a branch passes after the branch, and the run has gone on": {
		together{parts: []steps{
			{pause(10 * ms), trying{id: "1", body: steps{change{name: "c1"}}, limit: 50 * ms, attempts: 1}},
			{pause(20 * ms)},
		}},
		together{parts: []steps{{pause(30 * ms), change{name: "c2"}}, {pause(600 * ms), change{name: "c3"}}}},
	},
	"a branch with a loop in it is found to be stopped behind the loop": {
		together{parts: []steps{
			{pause(500 * ms)},
			{pause(300 * ms), change{name: "c1", undo: true, delay: 200 * ms}, failing("F")},
			{pause(20 * ms), change{name: "c2"}, together{id: "3", apart: 10 * ms, items: 1, limit: 3, parts: []steps{
				{change{name: "c4", undo: true, delay: 290 * ms}},
			}}},
		}},
	},
	"branches are late, and are tried again": {
		trying{id: "1", body: steps{
			together{id: "2", apart: 470 * ms, items: 5, limit: 3, parts: []steps{{change{name: "c3"}, pause(10 * ms)}}}, change{name: "c4"},
		}, limit: 480 * ms, attempts: 2, delay: 140 * ms, caught: true},
	},
	"a branch with branches in it is found to be stopped behind them": {
		together{parts: []steps{
			{pause(300 * ms), change{name: "c1", undo: true, delay: 400 * ms}, failing("F")},
			{pause(20 * ms), change{name: "c2"}, together{parts: []steps{
				{pause(10 * ms), change{name: "c3", undo: true, delay: 500 * ms}}, {pause(20 * ms), change{name: "c4", undo: true, delay: 600 * ms}},
			}}},
		}},
	},
}

// TestBranchesThatEndedBefore: what has ended is not asked again whether it is to
// stop, and where that was found is where it was.
func TestBranchesThatEndedBefore(t *testing.T) {
	for name, root := range goneBy {
		t.Run(name, func(t *testing.T) {
			p, want := playerOf(root)
			for way, run := range p.ways() {
				if diff := differs(t, way, want, run); diff != "" {
					t.Errorf("%s (-want +got):\n%s\n%s", way, diff, p.text())
				}
			}
		})
	}
}
