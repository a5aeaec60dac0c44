package diag

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func at(file string, line, col int, severity Severity, rule, message string) Diagnostic {
	return Diagnostic{Span: Span{file, line, col, 1}, Severity: severity, Rule: rule, Message: message}
}

func TestSort(t *testing.T) {
	wide := at("a.yaml", 2, 5, Error, "rule", "m")
	wide.Width = 4
	helpful := at("a.yaml", 2, 5, Error, "rule", "m")
	helpful.Help = "do it so"
	got := List{
		at("b.yaml", 1, 1, Error, "rule", "m"),
		at("a.yaml", 10, 1, Error, "rule", "m"),
		wide,
		helpful,
		at("a.yaml", 2, 5, Warning, "rule", "m"),
		at("a.yaml", 2, 5, Error, "rule", "m"),
		at("a.yaml", 2, 5, Error, "other", "m"),
		at("a.yaml", 2, 5, Error, "rule", "k"),
		helpful,
		at("a.yaml", 2, 4, Warning, "rule", "z"),
		at("a.yaml", 0, 0, Error, "rule", "whole file"),
		wide,
	}.Sort()
	want := List{
		at("a.yaml", 0, 0, Error, "rule", "whole file"),
		at("a.yaml", 2, 4, Warning, "rule", "z"),
		at("a.yaml", 2, 5, Error, "other", "m"),
		at("a.yaml", 2, 5, Error, "rule", "k"),
		at("a.yaml", 2, 5, Error, "rule", "m"),
		helpful,
		wide,
		at("a.yaml", 2, 5, Warning, "rule", "m"),
		at("a.yaml", 10, 1, Error, "rule", "m"),
		at("b.yaml", 1, 1, Error, "rule", "m"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Sort (-want +got):\n%s", diff)
	}
}

func TestSpanString(t *testing.T) {
	tests := []struct {
		name string
		span Span
		want string
	}{
		{"a place", Span{"a.yaml", 3, 7, 2}, "a.yaml:3:7"},
		{"no column", Span{"a.yaml", 3, 0, 0}, "a.yaml:3:1"},
		{"the whole file", Span{"a.yaml", 0, 9, 0}, "a.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.span.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	err, warning := at("f", 1, 1, Error, "r", "e"), at("f", 1, 1, Warning, "r", "w")
	tests := []struct {
		name      string
		list      List
		summary   string
		hasErrors bool
		text      string
	}{
		{"nothing", nil, "", false, ""},
		{"one error", List{err}, "1 error", true, "f:1:1: error: e [r]"},
		{"one warning", List{warning}, "1 warning", false, "f:1:1: warning: w [r]"},
		{"both", List{err, warning, err}, "2 errors, 1 warning", true, "f:1:1: error: e [r]\nf:1:1: warning: w [r]\nf:1:1: error: e [r]"},
		{"warnings", List{warning, warning}, "2 warnings", false, "f:1:1: warning: w [r]\nf:1:1: warning: w [r]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.list.Summary(); got != tt.summary {
				t.Errorf("Summary: got %q, want %q", got, tt.summary)
			}
			if got := tt.list.HasErrors(); got != tt.hasErrors {
				t.Errorf("HasErrors: got %t, want %t", got, tt.hasErrors)
			}
			if got := tt.list.Error(); got != tt.text {
				t.Errorf("Error: got %q, want %q", got, tt.text)
			}
		})
	}
}

func TestHeaderIsOneLine(t *testing.T) {
	got := at("a\x1b.yaml", 1, 2, Error, "rule", "a\nb\r\x1b[31m\u202ec").Header()
	if want := "a .yaml:1:2: error: a b  [31m c [rule]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	d := at("a.yaml", 3, 7, Warning, "rule-id", "tab\there")
	got, err := json.Marshal(List{d})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"file":"a.yaml","line":3,"column":7,"width":1,"severity":"warning","rule":"rule-id","message":"tab\there"}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	d.Help = "mend it"
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Diagnostic
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}
