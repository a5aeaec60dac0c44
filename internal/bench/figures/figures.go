// Package figures turns what was measured, round by round, into medians,
// ratios held against goals, and tables.
//
// Begin with [Rounds.Add] for each sample, then ask for [Rounds.Stat] and
// [Rounds.Compare]. The package measures nothing itself.
package figures

import "slices"

// Sample is one measurement: values by metric. A metric that could not be had
// is left out.
type Sample map[string]float64

// Rounds holds samples: for each round one sample by row.
type Rounds struct {
	rounds []map[string]Sample
}

// Add keeps the sample of a row in a round. Rounds count from 0.
func (r *Rounds) Add(round int, row string, s Sample) {
	for len(r.rounds) <= round {
		r.rounds = append(r.rounds, map[string]Sample{})
	}
	r.rounds[round][row] = s
}

// Stat is the median of values with their spread.
type Stat struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Rounds int     `json:"rounds"` // how many values; with 0 the others mean nothing
}

// StatOf returns the median and spread of values.
func StatOf(values []float64) Stat {
	n := len(values)
	if n == 0 {
		return Stat{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return Stat{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1], Rounds: n}
}

// Stat returns a row's metric over the rounds that have it.
func (r *Rounds) Stat(row, metric string) Stat { return StatOf(r.values(row, metric)) }

func (r *Rounds) values(row, metric string) []float64 {
	var values []float64
	for _, samples := range r.rounds {
		if v, ok := samples[row][metric]; ok {
			values = append(values, v)
		}
	}
	return values
}

// Quantity is one metric of one row.
type Quantity struct{ Row, Metric string }

// Goal bounds a value; a bound of 0 is none. Number is that of the goal whose
// part it is, 0 for a value that is held and belongs to none.
type Goal struct {
	AtLeast, AtMost float64
	Number          int
}

func (g Goal) bounded() bool { return g.AtLeast != 0 || g.AtMost != 0 }

// Met says whether a value is within the bounds.
func (g Goal) Met(v float64) bool {
	return (g.AtLeast == 0 || v >= g.AtLeast) && (g.AtMost == 0 || v <= g.AtMost)
}

// Comparison is a value to hold against a goal: a quantity, or where Over
// names one, its ratio to another. Values are compared within a round, so that
// a machine whose speed drifts does not change the ratio.
type Comparison struct {
	Name     string
	Of, Over Quantity
	// OfMedians takes the ratio of the two medians, for samples whose rounds
	// belong less together than their medians.
	OfMedians bool
	Unit      string
	Goal      Goal
}

// Compared is the outcome of a comparison. Met is nil where there is no goal,
// or nothing was measured.
type Compared struct {
	Name    string  `json:"name"`
	Unit    string  `json:"unit,omitempty"`
	AtLeast float64 `json:"atLeast,omitempty"`
	AtMost  float64 `json:"atMost,omitempty"`
	Goal    int     `json:"goal,omitempty"` // the number of the goal whose part it is
	Met     *bool   `json:"met,omitempty"`
	Stat
}

// Compare returns the median over the rounds that have both quantities.
func (r *Rounds) Compare(c Comparison) Compared {
	var values []float64
	for _, samples := range r.rounds {
		of, ok := samples[c.Of.Row][c.Of.Metric]
		if !ok {
			continue
		}
		if c.Over == (Quantity{}) {
			values = append(values, of)
		} else if over := samples[c.Over.Row][c.Over.Metric]; over != 0 {
			values = append(values, of/over)
		}
	}
	out := Compared{
		Name: c.Name, Unit: c.Unit, AtLeast: c.Goal.AtLeast, AtMost: c.Goal.AtMost, Goal: c.Goal.Number, Stat: StatOf(values),
	}
	if c.OfMedians && out.Rounds > 0 {
		out.Median = r.Stat(c.Of.Row, c.Of.Metric).Median / r.Stat(c.Over.Row, c.Over.Metric).Median
	}
	if out.Rounds > 0 && c.Goal.bounded() {
		met := c.Goal.Met(out.Median)
		out.Met = &met
	}
	return out
}
