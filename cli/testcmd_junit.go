package cli

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// The elements of a JUnit report, as CI systems read it.
type (
	junitReport struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr,omitempty"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr,omitempty"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure,omitempty"`
		Error   *junitMessage `xml:"error,omitempty"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
		Output  string        `xml:"system-out,omitempty"` // the table of what was explored
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit returns the report of test files; one that is wrong is a test with an
// error.
func junit(suites []suiteResult) ([]byte, error) {
	var report junitReport
	for _, s := range suites {
		report.Suites = append(report.Suites, s.junit())
	}
	text, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

func (s *suiteResult) junit() junitSuite {
	out := junitSuite{Name: s.path}
	if s.wrong != nil {
		out.Tests, out.Errors, out.Time = 1, 1, seconds(0)
		out.Cases = []junitCase{{
			Name: "test file", Class: s.path, File: s.path, Time: seconds(0), Error: message(s.wrong.Error()),
		}}
		return out
	}
	var total time.Duration
	for _, o := range s.report.Outcomes {
		c := junitCase{
			Name: o.Test.Name(), Class: s.report.Suite.Flow().Name(), File: s.path, Line: o.Test.Line(), Time: seconds(o.Real),
		}
		if !o.OK() {
			out.Failures++
			c.Failure = message(strings.Join(o.Failures, "\n"))
		}
		total += o.Real
		out.Cases = append(out.Cases, c)
	}
	if s.explored != nil {
		for _, t := range s.explored.Tests {
			total += t.Real
		}
	}
	for _, c := range s.junitExplored() {
		if c.Failure != nil {
			out.Failures++
		}
		if c.Skipped != nil {
			out.Skipped++
		}
		out.Cases = append(out.Cases, c)
	}
	out.Tests, out.Time = len(out.Cases), seconds(total)
	return out
}

func message(text string) *junitMessage {
	first, _, _ := strings.Cut(text, "\n")
	return &junitMessage{Message: strings.TrimSuffix(first, ":"), Text: text}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
