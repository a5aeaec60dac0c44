package figures_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

func TestGoalsOf(t *testing.T) {
	yes, no := true, false
	compared := func(name string, number int, met *bool) figures.Compared {
		return figures.Compared{Name: name, Goal: number, Met: met}
	}
	section := func(name string, of ...figures.Compared) figures.Section {
		return figures.Section{Name: name, Title: name, Compared: of}
	}
	all := []figures.Section{
		section("a", compared("speed", 1, nil), compared("memory", 1, nil), compared("aside", 0, nil)),
		section("b", compared("speed", 1, nil)),
	}
	for _, tt := range []struct {
		name     string
		measured []figures.Section
		want     figures.Standing
	}{
		{"nothing measured", nil, figures.Standing{State: figures.Unmeasured}},
		{
			"all met; what is none of the goals counts for none",
			[]figures.Section{section("a", compared("speed", 1, &yes), compared("memory", 1, &yes), compared("aside", 0, &no)), section("b", compared("speed", 1, &yes))},
			figures.Standing{State: figures.Held},
		},
		{
			"a section was left out",
			[]figures.Section{section("a", compared("speed", 1, &yes), compared("memory", 1, &yes))},
			figures.Standing{State: figures.Unmeasured, Why: []string{"b: speed"}},
		},
		{
			"one misses and another has no figure",
			[]figures.Section{section("a", compared("speed", 1, &no), compared("memory", 1, nil))},
			figures.Standing{State: figures.Missed, Why: []string{"a: speed"}},
		},
		{
			"what was compared with another build is no part of the goal",
			[]figures.Section{section("a", compared("speed", 0, &yes), compared("memory", 1, &yes)), section("b", compared("speed", 1, &yes))},
			figures.Standing{State: figures.Unmeasured, Why: []string{"a: speed"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Number, tt.want.Title = 1, "durable"
			want := figures.Goals{tt.want, {Number: 2, Title: "none", State: figures.Unmeasured}}
			if diff := cmp.Diff(want, figures.GoalsOf([]string{"durable", "none"}, all, tt.measured)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGoalsFail(t *testing.T) {
	for _, tt := range []struct {
		name   string
		states string // a letter for each: held, missed, unmeasured
		want   bool
		says   string
	}{
		{"all held", "hhhhhhhhh", false, "held: 1, 2, 3, 4, 5, 6, 7, 8, 9; missed: none; not measured: none"},
		{"two missed", "hhmhhhhhm", false, "held: 1, 2, 4, 5, 6, 7, 8; missed: 3, 9; not measured: none"},
		{"three missed", "hmmhhhhhm", true, "held: 1, 4, 5, 6, 7, 8; missed: 2, 3, 9; not measured: none"},
		{"the first missed", "mhhhhhhhh", true, "held: 2, 3, 4, 5, 6, 7, 8, 9; missed: 1; not measured: none"},
		{"what was not measured is not missed", "uuummuuuu", false, "held: none; missed: 4, 5; not measured: 1, 2, 3, 6, 7, 8, 9"},
		{"nothing", "", false, "held: none; missed: none; not measured: none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var goals figures.Goals
			for i, letter := range tt.states {
				state := map[rune]string{'h': figures.Held, 'm': figures.Missed, 'u': figures.Unmeasured}[letter]
				goals = append(goals, figures.Standing{Number: i + 1, State: state})
			}
			if got := goals.Failed(); got != tt.want {
				t.Errorf("failed: %v", got)
			}
			if got := goals.Summary(); got != tt.says {
				t.Errorf("it says %q, not %q", got, tt.says)
			}
		})
	}
}

func TestGoalsTable(t *testing.T) {
	goals := figures.Goals{
		{Number: 1, Title: "durable", State: figures.Held},
		{Number: 2, Title: "start", State: figures.Missed, Why: []string{"time", "memory"}},
		{Number: 3, Title: "load", State: figures.Unmeasured},
	}
	var b bytes.Buffer
	if err := goals.Table().Text(&b); err != nil {
		t.Fatal(err)
	}
	want := `The goals; the first is to be held, and 2 of the others may be missed

1 durable held
2 start missed time
memory
3 load not measured

`
	if diff := cmp.Diff(want, trimmed(b.String())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
