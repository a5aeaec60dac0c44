package flowtest

import (
	"context"
	"strconv"

	"github.com/medlar-flow/medlar/diag"
)

// Report is what came of the tests of a suite.
type Report struct {
	Suite    *Suite     // that was run
	Outcomes []*Outcome // in the order of the tests
	// Warnings are answers that no test used.
	Warnings *FileError
	// Coverage says which steps the tests reached; nil where not all ran.
	Coverage *Coverage
}

// OK reports whether every test is good.
func (r *Report) OK() bool {
	for _, o := range r.Outcomes {
		if !o.OK() {
			return false
		}
	}
	return true
}

// Run runs the tests in their order, one at a time.
func (s *Suite) Run(ctx context.Context, options ...Option) *Report {
	c := newConfig(options)
	report := &Report{Suite: s}
	for _, t := range s.tests {
		if c.only == nil || c.only.MatchString(t.name) {
			report.Outcomes = append(report.Outcomes, t.run(ctx, c))
		}
	}
	report.Warnings = s.unused(report.Outcomes)
	if len(report.Outcomes) == len(s.tests) {
		report.Coverage = newCoverage(s.steps.all, s.shown)
		for _, o := range report.Outcomes {
			report.Coverage.reach(o.reached)
		}
	}
	return report
}

// unused returns a warning for each answer that no test used.
func (s *Suite) unused(outcomes []*Outcome) *FileError {
	r := &reader{label: s.reader.label, source: s.reader.source}
	all := len(outcomes) == len(s.tests)
	shared := map[*answer]bool{}
	for _, o := range outcomes {
		all = all && !o.broken
		for a := range o.used {
			shared[a] = true
		}
		if o.broken || len(o.Test.always) > 0 {
			continue // a test that says what always holds has answers for what a failure leads to
		}
		for _, a := range o.Test.answers[:o.Test.own] {
			if o.used[a] == 0 {
				r.warnUnused(a, "the test calls nothing that this answers")
				continue
			}
			r.warnAttempts(a, o)
		}
	}
	for _, a := range s.shared {
		if all && !shared[a] {
			r.warnUnused(a, "no test calls anything that this answers")
		}
	}
	if list := r.unsilenced(r.diags).Sort(); len(list) > 0 {
		return &FileError{Diagnostics: list, source: r.source.Excerpts}
	}
	return nil
}

// warnAttempts tells of the attempts of an answer that a test did not make.
func (r *reader) warnAttempts(a *answer, o *Outcome) {
	attempts := a.at.Get("attempts")
	if attempts == nil {
		return
	}
	for _, key := range attempts.Keys() {
		number, _ := strconv.Atoi(key.Text)
		if one := a.attempts[number]; one != nil && !o.given[one] {
			r.report(diag.Warning, r.source.At(key), "unused-answer", "take it out; attempts are those of a call, and where a step around it is tried again they begin anew: for these there is times",
				"the test makes no attempt "+key.Text+" that this answers")
		}
	}
}

func (r *reader) warnUnused(a *answer, message string) {
	span := r.source.At(a.at)
	if len(a.at.Keys()) > 0 {
		span = r.source.At(a.at.Keys()[0])
	}
	r.report(diag.Warning, span, "unused-answer", "take it out, or see whether an answer before it fits first", message)
}
