package bind

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newFrame is the state of an evaluation that has done nothing yet.
func newFrame() *frame { return &frame{left: maxProduced, work: maxWork, patterns: &patterns{}} }

// What was read from CSV is written so that the same is read again.
func FuzzCSV(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a\n\"\"\n", "a;b\r\n\"x\ny\";z", "\ufeffa", "a,a", "\"", "a\n\n1", "é,\"\"\"\"\n,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := fromCSV(newFrame(), []any{text})
		if err != nil || len(rows.([]any)) == 0 {
			return
		}
		again, err := toCSV(newFrame(), []any{rows})
		if err != nil {
			t.Fatal(err)
		}
		read, err := fromCSV(newFrame(), []any{again})
		if err != nil {
			t.Fatalf("%q is not read: %v", again, err)
		}
		if diff := cmp.Diff(rows, read); diff != "" {
			t.Errorf("%q (-want +got)\n%s", again, diff)
		}
	})
}

// What was read from XML is written, and the same is read again. Names that
// the reader takes and the writer does not are the exception.
func FuzzXML(f *testing.F) {
	for _, text := range []string{
		"<a/>", "<a b='1'>x<c/>y<c>2</c></a>", "<s:a xmlns:s='u'/>", "<a><![CDATA[<]]></a>", "<!DOCTYPE a><a>&amp;</a>", "<a>", "<a b='&#10;'/>", "<a>&#13;</a>",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := fromXML(newFrame(), []any{text})
		if err != nil {
			return
		}
		again, err := toXML(newFrame(), []any{v})
		if err != nil {
			return
		}
		read, err := fromXML(newFrame(), []any{again})
		if err != nil {
			t.Fatalf("%q is not read: %v", again, err)
		}
		if diff := cmp.Diff(v, read); diff != "" {
			t.Errorf("%q (-want +got)\n%s", again, diff)
		}
	})
}

// No text makes the readers of times fail otherwise than with an error, and
// what they read is written so that the same is read again.
func FuzzTimes(f *testing.F) {
	for _, text := range []string{"2026-01-31T08:00:00Z", "2019-03-05T08:43:52.123+0000", "20190305T084352Z", "1551775432.5", "-90d", "1d12h", "106751d", "Tue, 05 Mar 2019 08:43:52 GMT"} {
		f.Add(text, "2006-01-02")
	}
	f.Fuzz(func(t *testing.T, text, layout string) {
		if at, err := parseTime(newFrame(), []any{text}); err == nil {
			if again, err := parseTime(newFrame(), []any{at}); again != at || err != nil {
				t.Errorf("%v is read as %v, %v", at, again, err)
			}
			formatTime(newFrame(), []any{at, layout}) //nolint:errcheck // it must not panic
		}
		if d, err := durationOf(text); err == nil {
			if again, err := durationOf(d.String()); again != d || err != nil {
				t.Errorf("%v is read as %v, %v", d, again, err)
			}
		}
		layoutHelp(layout)
		syntaxHelp(text, len(layout))
	})
}
