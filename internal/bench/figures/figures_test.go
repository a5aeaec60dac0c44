package figures_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

func TestStatOf(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   figures.Stat
	}{
		{"none", nil, figures.Stat{}},
		{"one", []float64{3}, figures.Stat{Median: 3, Min: 3, Max: 3, Rounds: 1}},
		{"odd", []float64{9, 1, 4}, figures.Stat{Median: 4, Min: 1, Max: 9, Rounds: 3}},
		{"even", []float64{8, 2, 4, 1}, figures.Stat{Median: 3, Min: 1, Max: 8, Rounds: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := append([]float64(nil), tt.values...)
			if diff := cmp.Diff(tt.want, figures.StatOf(tt.values)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(given, tt.values); diff != "" {
				t.Errorf("the values were changed: %s", diff)
			}
		})
	}
}

// measured has two rows: the second is slower by 2, 4 and 5, with a machine
// whose speed drifts. A fourth round lacks the second row.
func measured() *figures.Rounds {
	var r figures.Rounds
	for round, speed := range []float64{100, 40, 10} {
		r.Add(round, "fast", figures.Sample{"calls": speed})
		r.Add(round, "slow", figures.Sample{"calls": speed / []float64{2, 4, 5}[round]})
	}
	r.Add(3, "fast", figures.Sample{"calls": 7})
	return &r
}

func TestCompare(t *testing.T) {
	fast, slow := figures.Quantity{Row: "fast", Metric: "calls"}, figures.Quantity{Row: "slow", Metric: "calls"}
	yes, no := true, false
	tests := []struct {
		name string
		c    figures.Comparison
		want figures.Compared
	}{
		{
			"a ratio is taken within a round",
			figures.Comparison{Name: "x", Of: fast, Over: slow, Goal: figures.Goal{AtLeast: 4}},
			figures.Compared{Name: "x", AtLeast: 4, Met: &yes, Stat: figures.Stat{Median: 4, Min: 2, Max: 5, Rounds: 3}},
		},
		{
			"a goal that is missed",
			figures.Comparison{Name: "x", Of: fast, Over: slow, Goal: figures.Goal{AtMost: 3.9}},
			figures.Compared{Name: "x", AtMost: 3.9, Met: &no, Stat: figures.Stat{Median: 4, Min: 2, Max: 5, Rounds: 3}},
		},
		{
			"the ratio of medians",
			figures.Comparison{Name: "x", Of: fast, Over: slow, OfMedians: true},
			figures.Compared{Name: "x", Stat: figures.Stat{Median: 2.5, Min: 2, Max: 5, Rounds: 3}},
		},
		{
			"a figure itself",
			figures.Comparison{Name: "x", Of: fast, Unit: "µs", Goal: figures.Goal{AtMost: 25}},
			figures.Compared{Name: "x", Unit: "µs", AtMost: 25, Met: &yes, Stat: figures.Stat{Median: 25, Min: 7, Max: 100, Rounds: 4}},
		},
		{
			"what was not measured is neither reached nor missed",
			figures.Comparison{Name: "x", Of: figures.Quantity{Row: "fast", Metric: "cpu"}, Over: slow, Goal: figures.Goal{AtMost: 1}},
			figures.Compared{Name: "x", AtMost: 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, measured().Compare(tt.c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.00", 0.126: "0.13", 9.994: "9.99", 9.996: "10.0", 99.94: "99.9", 99.96: "100", 1234567.8: "1,234,568", 123456: "123,456", -4321: "-4,321",
	} {
		if got := figures.Number(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}

func report() *figures.Report {
	met := false
	section := func(atOnce int, ratio float64) figures.Section {
		return figures.Section{
			Name: "a", Title: "Work", AtOnce: atOnce,
			Columns:  []figures.Column{{Metric: "calls", Header: "calls/s"}, {Metric: "cpu", Header: "CPU"}},
			Rows:     []figures.Row{{Name: "fast", Label: "the fast one", Figures: map[string]figures.Stat{"calls": {Median: 1234, Rounds: 1}}}},
			Compared: []figures.Compared{{Name: "speed", AtLeast: 2, Met: &met, Stat: figures.Stat{Median: ratio, Min: 1, Max: 2, Rounds: 3}}},
		}
	}
	return &figures.Report{Sections: []figures.Section{section(1, 1.5), section(16, 1.7), {
		Name: "b", Title: "Start", Compared: []figures.Compared{{Name: "time", Unit: "ms", AtMost: 5}},
	}}}
}

func TestTables(t *testing.T) {
	r := report()
	var b bytes.Buffer
	for _, table := range []figures.Table{r.Sections[0].Table(), r.Ratios()} {
		if err := table.Text(&b); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []figures.Table{r.ByCalls(), r.Others()} {
		if err := table.Markdown(&b); err != nil {
			t.Fatal(err)
		}
	}
	want := `Work, 1 at once
                calls/s  CPU
  the fast one  1,234    

Against the goals
                           median  spread        goal      
  Work, 1 at once: speed   1.50    1.00 to 2.00  ≥ 2.00    miss
  Work, 16 at once: speed  1.70    1.00 to 2.00  ≥ 2.00    miss
  Start: time                                    ≤ 5.00 ms  

|  | 1 at once | 16 at once |
| --- | ---: | ---: |
| Work: speed | 1.50 | 1.70 |
|  | median | spread |
| --- | ---: | ---: |
| Start: time |  |  |
`
	if diff := cmp.Diff(trimmed(want), trimmed(b.String())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// trimmed takes spaces from the ends of lines, and makes runs of them one.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

func TestJSONIsReadBack(t *testing.T) {
	var b bytes.Buffer
	if err := report().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got figures.Report
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report(), &got); diff != "" {
		t.Error(diff)
	}
}
