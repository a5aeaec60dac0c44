package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// short is a section with a row whose figure is within the goal that the section is
// part of. fails says of a round what goes wrong in it.
func short(name string, goal int, fails func(round int) error) *section {
	s := &section{Section: figures.Section{Name: name, Title: name, Columns: []figures.Column{{Metric: "ns", Header: "ns"}}}}
	s.add("a", "A", func(_ context.Context, _ *bench, round int) (samples, error) {
		if err := fails(round); err != nil {
			return nil, err
		}
		return samples{"a": {"ns": 1}}, nil
	})
	s.value("time", "ns", "a", "ns", 2)
	s.toward(goal)
	return s
}

func well(int) error { return nil }

// A section that fails costs the others nothing: they are measured in every round, and
// what there is stands in the report. The one that failed is named, is not tried again,
// and meets no goal with what it had before.
func TestSectionThatFails(t *testing.T) {
	var notes bytes.Buffer
	file := filepath.Join(t.TempDir(), "figures.json")
	tried := 0
	some := []*section{
		short("first", 0, well),
		short("traced", goalResume, func(round int) error {
			tried++
			if round == 1 {
				return errors.New("spans were lost")
			}
			return nil
		}),
		short("last", 0, well),
	}
	var kept []string // of the sections that had figures
	save := (&settings{file: file}).keeper()
	keep := func(r *figures.Report) error {
		var with []string
		for _, s := range r.Sections {
			if n := s.Rows[0].Figures["ns"].Rounds; n > 0 {
				with = append(with, s.Name)
			}
		}
		kept = append(kept, strings.Join(with, " "))
		return save(r)
	}
	report, err := (&bench{notes: &notes}).sections(t.Context(), some, 3, keep)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{3, 1, 3} {
		if got := report.Sections[i].Rows[0].Figures["ns"].Rounds; got != want {
			t.Errorf("%s has %d rounds, not %d", report.Sections[i].Name, got, want)
		}
	}
	if got := report.Failed(); tried != 2 || len(got) != 1 || got[0] != "traced" {
		t.Errorf("tried %d times, and given up are %v", tried, got)
	}
	for i, want := range []bool{true, false, true} {
		if got := report.Sections[i].Compared[0].Met != nil; got != want {
			t.Errorf("%s: %+v", report.Sections[i].Name, report.Sections[i].Compared[0])
		}
	}
	if len(kept) != 9 || kept[0] != "" || kept[1] != "first" || kept[3] != "first traced last" {
		t.Errorf("what was kept had %q", kept)
	}
	var stdout bytes.Buffer
	for _, as := range []*settings{{}, {markdown: true}, {json: true}} {
		stdout.Reset()
		err := conclude(report, nil, as, &stdout)
		if !errors.Is(err, errSections) || !strings.HasSuffix(err.Error(), ": traced") {
			t.Errorf("it ends with %v", err)
		}
		if !strings.Contains(stdout.String(), "spans were lost") {
			t.Errorf("%+v lack the reason:\n%s", as, stdout.String())
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(text, stdout.Bytes()) {
		t.Errorf("the file differs from what --json prints: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Errorf("it left %v behind", left)
	}
}

// A bench that is interrupted has what it measured until then, and no section failed.
func TestInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	some := []*section{
		short("first", 0, well),
		short("second", 0, func(int) error {
			interrupt()
			return errors.New("killed")
		}),
		short("third", 0, func(int) error {
			t.Error("it goes on")
			return nil
		}),
	}
	var last *figures.Report
	report, err := (&bench{notes: t.Output()}).sections(ctx, some, 2, func(r *figures.Report) error { last = r; return nil })
	if !errors.Is(err, context.Canceled) || report == nil || report != last {
		t.Fatalf("%+v, %v", report, err)
	}
	if report.Interrupted != "round 1 of 2, at second" || len(report.Failed()) > 0 || report.Sections[0].Rows[0].Figures["ns"].Rounds != 1 {
		t.Errorf("the report is %+v", report)
	}
	var stdout bytes.Buffer
	if err := conclude(report, err, &settings{}, &stdout); !errors.Is(err, context.Canceled) || !strings.Contains(stdout.String(), "Interrupted in round 1 of 2, at second.") {
		t.Errorf("%v\n%s", err, stdout.String())
	}
}

// A file that cannot be written ends the bench before it measures.
func TestFileThatCannotBeWritten(t *testing.T) {
	s := &settings{file: filepath.Join(t.TempDir(), "no", "figures.json")}
	measured := short("first", 0, func(int) error {
		t.Error("it measures")
		return nil
	})
	report, err := (&bench{notes: t.Output()}).sections(t.Context(), []*section{measured}, 1, s.keeper())
	if report != nil || err == nil || !strings.Contains(err.Error(), "writing figures") {
		t.Errorf("%+v, %v", report, err)
	}
}
