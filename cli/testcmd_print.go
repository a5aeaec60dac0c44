package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/flowtest"
)

func asFileError(err error) (*flowtest.FileError, error) {
	var found *flowtest.FileError
	if !errors.As(err, &found) {
		return nil, failedBecause("reading tests: %w", err)
	}
	return found, nil
}

// printWrong shows what is wrong with a test file and with its flow.
func (r *testRun) printWrong(file *flowFile, s suiteResult) error {
	if r.flags.json {
		return r.jsonLine(wrongLine{Type: "wrong", File: s.path, Mistakes: s.mistakes(file)})
	}
	var b bytes.Buffer
	if s.wrong.Flow != nil {
		if err := file.print(&b, s.wrong.Flow); err != nil {
			return failedBecause("printing mistakes: %w", err)
		}
	}
	own := *s.wrong
	own.Flow = nil
	if err := own.Print(&b); err != nil {
		return failedBecause("printing mistakes: %w", err)
	}
	fmt.Fprintf(&b, "WRONG %s: no test of it ran\n", s.path)
	return r.print(b.String())
}

func (s *suiteResult) mistakes(file *flowFile) flows.Diagnostics {
	var list flows.Diagnostics
	if s.wrong.Flow != nil {
		list = file.diagnostics(s.wrong.Flow)
	}
	return append(list, s.wrong.Diagnostics...)
}

func (r *testRun) printReport(s suiteResult) error {
	if r.flags.json {
		return r.jsonReport(s)
	}
	var b bytes.Buffer
	if err := s.report.Print(&b); err != nil {
		return failedBecause("printing tests: %w", err)
	}
	return r.print(printable(b.String()))
}

// printEnd tells what no test reaches, and the summary.
func (r *testRun) printEnd(missing flows.Diagnostics) error {
	if r.flags.json {
		return r.jsonEnd(missing)
	}
	var b bytes.Buffer
	for _, d := range missing {
		if r.flags.require {
			d.Severity = "error"
		}
		fmt.Fprintln(&b, d.Header())
	}
	fmt.Fprintln(&b, r.summary())
	return r.print(b.String())
}

func (r *testRun) print(text string) error {
	if _, err := io.WriteString(r.app.Stdout, text); err != nil {
		return failedBecause("printing tests: %w", err)
	}
	return nil
}

// The lines of --json.
type (
	testLine struct {
		Type     string   `json:"type"` // "test"
		File     string   `json:"file"`
		Line     int      `json:"line"`
		Name     string   `json:"name"`
		OK       bool     `json:"ok"`
		Failures []string `json:"failures,omitempty"`
		Virtual  float64  `json:"virtualSeconds"`
		Real     float64  `json:"seconds"`
	}
	wrongLine struct {
		Type     string            `json:"type"` // "wrong" or "warnings"
		File     string            `json:"file"`
		Mistakes flows.Diagnostics `json:"mistakes"`
	}
	endLine struct {
		Type    string            `json:"type"` // "end"
		Tests   int               `json:"tests"`
		Failed  int               `json:"failed"`
		Wrong   int               `json:"wrong"`
		Found   *int              `json:"found,omitempty"` // by --explore
		Missing flows.Diagnostics `json:"notCovered,omitempty"`
	}
)

func (r *testRun) jsonLine(v any) error {
	encoder := json.NewEncoder(r.app.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return failedBecause("printing tests: %w", err)
	}
	return nil
}

func (r *testRun) jsonReport(s suiteResult) error {
	var warnings flows.Diagnostics
	for _, found := range []*flowtest.FileError{s.report.Suite.Warnings(), s.report.Warnings} {
		if found != nil {
			warnings = append(warnings, found.Diagnostics...)
		}
	}
	if len(warnings) > 0 {
		if err := r.jsonLine(wrongLine{Type: "warnings", File: s.path, Mistakes: warnings}); err != nil {
			return err
		}
	}
	for _, o := range s.report.Outcomes {
		line := testLine{
			Type: "test", File: s.path, Line: o.Test.Line(), Name: o.Test.Name(), OK: o.OK(), Failures: o.Failures,
			Virtual: o.Virtual.Seconds(), Real: o.Real.Seconds(),
		}
		if err := r.jsonLine(line); err != nil {
			return err
		}
	}
	return nil
}

func (r *testRun) jsonEnd(missing flows.Diagnostics) error {
	end := endLine{Type: "end", Tests: r.count(), Missing: missing}
	if r.flags.explore.on {
		end.Found = new(int)
	}
	for _, s := range r.suites {
		if s.wrong != nil {
			end.Wrong++
			continue
		}
		if s.explored != nil {
			for _, t := range s.explored.Tests {
				*end.Found += len(t.Findings)
			}
		}
		for _, o := range s.report.Outcomes {
			if !o.OK() {
				end.Failed++
			}
		}
	}
	return r.jsonLine(end)
}
