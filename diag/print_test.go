package diag

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func printed(t *testing.T, source string, list ...Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, list, func(string) []byte { return []byte(source) }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrint(t *testing.T) {
	tests := []struct {
		name   string
		source string
		span   Span
		want   string // below the header
	}{
		{"a word", "id: x\nmode: fast\n", Span{"", 2, 7, 4}, " 2 | mode: fast\n   |       ^^^^\n"},
		{"no width", "id: x", Span{"", 1, 5, 0}, " 1 | id: x\n   |     ^\n"},
		{"no column", "id: x", Span{"", 1, 0, 2}, " 1 | id: x\n   | ^^\n"},
		{"a line number of two digits", strings.Repeat("a\n", 11) + "b", Span{"", 12, 1, 1}, " 12 | b\n    | ^\n"},
		{"a tab is one column", "\tid:\tx", Span{"", 1, 6, 1}, " 1 |  id: x\n   |      ^\n"},
		{"characters, not bytes", "grüße: ö", Span{"", 1, 8, 1}, " 1 | grüße: ö\n   |        ^\n"},
		{"CR LF", "id: x\r\nmode: y\r\n", Span{"", 1, 5, 1}, " 1 | id: x\n   |     ^\n"},
		{"wider than the line", "id: x", Span{"", 1, 5, 90}, " 1 | id: x\n   |     ^\n"},
		{"just behind the line", "id: x", Span{"", 1, 6, 3}, " 1 | id: x\n   |      ^\n"},
		{"far behind the line", "id: x", Span{"", 1, 1 << 40, 1 << 40}, " 1 | id: x\n   |      ^\n"},
		{"who stands in a URL", "u: http://grüße:pw-12345@h # x", Span{"", 1, 4, 23}, " 1 | u: http://***@h # x\n   |    ^^^^^^^^^^^^\n"},
		{"before who stands in a URL", "u: http://me:pw-12345@h", Span{"", 1, 1, 1}, " 1 | u: http://***@h\n   | ^\n"},
		{"inside who stands in a URL", "u: http://me:pw-12345@h", Span{"", 1, 14, 3}, " 1 | u: http://***@h\n   |           ^\n"},
		{"behind two URLs", "[http://me:pw-1@h, http://a@i, x]", Span{"", 1, 32, 1}, " 1 | [http://***@h, http://***@i, x]\n   |                              ^\n"},
		{"inside the second of two URLs", "[http://me:pw-1@h, http://me:pw-2@i]", Span{"", 1, 31, 4}, " 1 | [http://***@h, http://***@i]\n   |                       ^^^^\n"},
		{"behind the file", "id: x", Span{"", 7, 1, 1}, ""},
		{"the whole file", "id: x", Span{"", 0, 0, 0}, ""},
		{"an empty line", "a\n\nb", Span{"", 2, 1, 1}, ""},
		{"a blank line", "a\n \t \nb", Span{"", 2, 1, 1}, ""},
		{"no UTF-8", "a: \xff\xfe", Span{"", 1, 1, 1}, ""},
		{"control characters", "a: \x1b[31mred\x07\u009b\u202e\u2028", Span{"", 1, 4, 4}, " 1 | a:  [31mred    \n   |    ^^^^\n"},
		{
			"the beginning of a long line", strings.Repeat("x", 300),
			Span{"", 1, 3, 200},
			" 1 | " + strings.Repeat("x", 160) + "\n   |   " + strings.Repeat("^", 158) + "\n",
		},
		{
			"the end of a long line", strings.Repeat("x", 290) + "MARKED" + strings.Repeat("y", 100),
			Span{"", 1, 291, 6},
			" 1 | " + strings.Repeat("x", 79) + "MARKED" + strings.Repeat("y", 75) + "\n   | " + strings.Repeat(" ", 79) + "^^^^^^\n",
		},
		{
			"behind a long line", strings.Repeat("x", 300),
			Span{"", 1, 400, 5},
			" 1 | " + strings.Repeat("x", 79) + "\n   | " + strings.Repeat(" ", 79) + "^\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Diagnostic{Span: tt.span, Severity: Error, Rule: "r", Message: "m"}
			d.File = "f.yaml"
			want := d.Header() + "\n" + tt.want
			if diff := cmp.Diff(want, printed(t, tt.source, d)); diff != "" {
				t.Errorf("Print (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrintHelp(t *testing.T) {
	tests := []struct{ name, help, want string }{
		{"none", "", ""},
		{"a line", "do it so", "  help: do it so\n"},
		{"lines", "do it so:\r\n  a: b\n\nor not", "  help: do it so:\n          a: b\n        or not\n"},
		{"first line empty", "\ndo it so", "  help: do it so\n"},
		{"control characters", "a\x1b]0;title\x07b", "  help: a ]0;title b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Diagnostic{Span: Span{File: "f"}, Severity: Error, Rule: "r", Message: "m", Help: tt.help}
			if diff := cmp.Diff("f: error: m [r]\n"+tt.want, printed(t, "", d)); diff != "" {
				t.Errorf("Print (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrintReadsEachFileOnce(t *testing.T) {
	reads := map[string]int{}
	source := func(file string) []byte {
		reads[file]++
		if file == "missing" {
			return nil
		}
		return []byte("one\ntwo")
	}
	list := List{at("a", 1, 1, Error, "r", "m"), at("missing", 1, 1, Error, "r", "m"), at("a", 2, 1, Error, "r", "m"), at("missing", 2, 1, Error, "r", "m")}
	var b strings.Builder
	if err := Print(&b, list, source); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"a": 1, "missing": 1}, reads); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	want := "a:1:1: error: m [r]\n 1 | one\n   | ^\nmissing:1:1: error: m [r]\na:2:1: error: m [r]\n 2 | two\n   | ^\nmissing:2:1: error: m [r]\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("Print (-want +got):\n%s", diff)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestPrintFails(t *testing.T) {
	full := errors.New("disk full")
	if err := Print(brokenWriter{full}, List{at("a", 1, 1, Error, "r", "m")}, nil); !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

func FuzzPrint(f *testing.F) {
	f.Add("a: b\n", "f.yaml", "message", "help", 1, 1, 1)
	f.Add("a:\tb\r\n", "f\n", "\x1b[31m", "one\n\ntwo\r\n", 1, 400, -3)
	f.Add(strings.Repeat("ü", 400), "", "", "\n", 1, 399, 1<<40)
	f.Add("\xff", "f", "\xff", "\xff", -1, -1, -1)
	f.Fuzz(func(t *testing.T, source, file, message, help string, line, col, width int) {
		got := printed(t, source, Diagnostic{Span{file, line, col, width}, Error, "rule", message, help})
		if !utf8.ValidString(got) {
			t.Errorf("no UTF-8: %q", got)
		}
		if len(got) > 4*(len(file)+len(message)+len(help))+len(help)*20+2000 {
			t.Errorf("%d bytes", len(got))
		}
		for _, r := range got {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q reaches the terminal", r)
			}
		}
	})
}

func ExamplePrint() {
	source := "steps:\n  - call: lambda.updateAlias\n    with: {functionNam: orders}\n"
	list := List{{
		Span:     Span{File: "release.yaml", Line: 3, Col: 12, Width: 11},
		Severity: Error, Rule: "unknown-parameter", Message: `unknown parameter "functionNam"`,
		Help: Suggest("functionNam", []string{"functionName", "name"}, "it takes"),
	}}
	if err := Print(os.Stdout, list.Sort(), func(string) []byte { return []byte(source) }); err != nil {
		panic(err)
	}
	// Output:
	// release.yaml:3:12: error: unknown parameter "functionNam" [unknown-parameter]
	//  3 |     with: {functionNam: orders}
	//    |            ^^^^^^^^^^^
	//   help: did you mean "functionName"? it takes: functionName, name
}
