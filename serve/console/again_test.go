package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/console"
)

const againFlow = `flow: again
inputs:
  text: {type: string, default: hello}
  kind: {type: string, enum: [a, ""], default: a}
  data: {type: bytes}
  any: {type: any, default: 5}
  number: {type: number}
  at: {type: timestamp}
  map: {type: map}
  token: {type: secret}
steps: []
output: done
`

var (
	hiddenEntry = regexp.MustCompile(`<input type="hidden" name="(like|version|once)" value="([^"]*)">`)
	textEntry   = regexp.MustCompile(`(?s)<textarea [^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>`)
	lineEntry   = regexp.MustCompile(`<input id="[^"]*" name="([^"]*)" value="([^"]*)"`)
	choiceEntry = regexp.MustCompile(`(?s)<select [^>]*name="([^"]*)".*?</select>`)
	chosen      = regexp.MustCompile(`<option selected>([^<]*)</option>`)
	lines       = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n")
)

// sends returns what a browser sends of a form that nobody has changed.
func sends(page string) (fields []string) {
	for _, m := range hiddenEntry.FindAllStringSubmatch(page, -1) {
		fields = append(fields, m[1]+"="+html.UnescapeString(m[2]))
	}
	for _, m := range textEntry.FindAllStringSubmatch(page, -1) {
		fields = append(fields, m[1]+"="+lines.Replace(html.UnescapeString(m[2])))
	}
	for _, m := range lineEntry.FindAllStringSubmatch(page, -1) {
		fields = append(fields, m[1]+"="+strings.NewReplacer("\r", "", "\n", "").Replace(html.UnescapeString(m[2])))
	}
	for _, m := range choiceEntry.FindAllStringSubmatch(page, -1) {
		text := ""
		if o := chosen.FindStringSubmatch(m[0]); o != nil {
			text = html.UnescapeString(o[1])
		}
		fields = append(fields, m[1]+"="+text)
	}
	return fields
}

// A run that is run again, with nothing changed, has the inputs that it had: an entry of
// a form does not tell all values apart.
func TestRunAgainIsTheSame(t *testing.T) {
	w := newWorld(t, map[string]string{"again.yaml": againFlow})
	w.login()
	for name, given := range map[string]map[string]any{
		"nothing":         {},
		"the empty text":  {"text": ""},
		"several lines":   {"text": "\n a\nb\n\n"},
		"other line ends": {"text": "a\r\nb\rc"},
		"markup":          {"text": "</textarea><b>&amp;\x00\u2028"},
		"an empty choice": {"kind": ""},
		"bytes":           {"data": []byte{0, 1, 255}},
		"a text like a number, where any value is taken":   {"any": "17"},
		"a text like null, where any value is taken":       {"any": "null"},
		"the empty text, where any value is taken":         {"any": ""},
		"a text of JSON in quotes":                         {"any": `"x"`},
		"a map with lines":                                 {"map": map[string]any{"a": "x\r\ny", "b": []any{nil, true}}},
		"numbers":                                          {"number": 0.1, "any": 9007199254740993},
		"a number, where the default is one":               {"any": 0},
		"what looks like something that is hidden by type": {"at": "2026-11-28T08:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			id := url.QueryEscape(name)
			w.run("again.yaml", id, given)
			fields := sends(w.get("/flows/again?like=" + url.QueryEscape(id)).body)
			if !slices.Contains(fields, "like="+id) {
				t.Fatalf("the form does not tell the run: %q", fields)
			}
			a := w.post("/flows/again", fields...)
			path, _, _ := strings.Cut(a.url, "?")
			if a.status != http.StatusOK || !strings.HasPrefix(path, "/runs/") {
				t.Fatalf("%d %s\n%s", a.status, a.url, a.body)
			}
			w.until(path, stands("done"))
			if diff := cmp.Diff(w.inputs(id), w.inputs(strings.TrimPrefix(path, "/runs/"))); diff != "" {
				t.Errorf("the inputs (-of the run +of the run again):\n%s", diff)
			}
		})
	}
}

func (w *world) inputs(id string) map[string]any {
	w.t.Helper()
	d, err := w.journal.Show(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d.Inputs
}

// What somebody writes in the form of a run counts.
func TestRunAgainWithOthers(t *testing.T) {
	w := newWorld(t, map[string]string{"again.yaml": againFlow})
	w.login()
	w.run("again.yaml", "r", map[string]any{"text": "", "kind": "", "data": []byte("x"), "any": "17"})
	form := w.get("/flows/again?like=r")
	has(t, form, "It was the empty text, and is that again unless something is written.", `<option selected>&#34;&#34;</option>`)
	a := w.post("/flows/again", "like=r", "i.text=one\r\ntwo", "i.kind=", "i.data=", "i.any=18")
	path, _, _ := strings.Cut(a.url, "?")
	w.until(path, stands("done"))
	got := w.inputs(strings.TrimPrefix(path, "/runs/"))
	for name, want := range map[string]any{"text": "one\ntwo", "kind": "a", "data": nil, "any": int64(18)} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if a := w.post("/flows/again", "i.kind="+`""`); a.status == http.StatusOK {
		path, _, _ := strings.Cut(a.url, "?")
		w.until(path, stands("done"))
		if got := w.inputs(strings.TrimPrefix(path, "/runs/"))["kind"]; got != "" {
			t.Errorf("the empty choice gives %v", got)
		}
	}
	a = w.post("/flows/again", "like=none", "i.text=")
	if has(t, a, "not in the journal any more"); a.status != http.StatusConflict {
		t.Errorf("a run that is gone: %d", a.status)
	}
}

// What held a secret is not in the form, which says so.
func TestRunAgainWithSecrets(t *testing.T) {
	j := keyed(t)
	w := newWorld(t, map[string]string{"again.yaml": againFlow}, func(c *console.Config) { c.Journal = j })
	w.journal = j
	w.login()
	w.run("again.yaml", "r", map[string]any{"token": schema.Secret("a-long-secret"), "text": "it is a-long-secret"})
	form := w.get("/flows/again?like=r")
	has(t, form, "It held a secret, and is to be given again.")
	if strings.Contains(form.body, "a-long-secret") || strings.Contains(form.body, "It was the empty text") {
		t.Errorf("the form:\n%s", form.body)
	}
}

// A form that is sent twice, also at the same time, begins one run; with something else in
// it, or opened anew, another one.
func TestAFormBeginsOneRun(t *testing.T) {
	w := newWorld(t, map[string]string{"again.yaml": againFlow})
	w.login()
	form := sends(w.get("/flows/again").body)
	answers := make(chan answer, 4)
	for range cap(answers) {
		go func() { answers <- w.post("/flows/again", form...) }()
	}
	runs := map[string]int{}
	for range cap(answers) {
		a := <-answers
		path, did, _ := strings.Cut(a.url, "?did=")
		runs[path]++
		runs[did]++
	}
	if len(runs) != 3 || runs["start"] != 1 || runs["started"] != 3 {
		t.Fatalf("what began: %v", runs)
	}
	has(t, w.post("/flows/again", form...), "nothing began now")
	for name, other := range map[string][]string{"others": append(slices.Clone(form), "i.text=other"), "anew": sends(w.get("/flows/again").body), "no page": {"i.text=x"}} {
		if a := w.post("/flows/again", other...); !strings.HasSuffix(a.url, "?did=start") {
			t.Errorf("%s: %d %s", name, a.status, a.url)
		}
	}
	if a := w.post("/flows/again", "once=x", "i.data=?"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("wrong inputs: %d", a.status)
	}
	if a := w.post("/flows/again", "once=x", "i.data=eA=="); !strings.HasSuffix(a.url, "?did=start") {
		t.Errorf("mended inputs: %d %s", a.status, a.url)
	}
	if n := strings.Count(strings.Join(w.did(), "\n")+"\n", "start "); n != 6 { // one was refused
		t.Errorf("the log tells of %d starts, want 6: %q", n, w.did())
	}
}

// The empty text is given by the mark beside an entry, also where there is a default.
func TestEmptyText(t *testing.T) {
	w := newWorld(t, map[string]string{"again.yaml": againFlow})
	w.login()
	has(t, w.get("/flows/again"), `name="i.text.empty"`)
	for _, row := range []struct {
		fields []string
		want   any
	}{
		{[]string{"i.text="}, "hello"},
		{[]string{"i.text=", "i.text.empty=1"}, ""},
		{[]string{"i.text=x", "i.text.empty="}, "x"},
	} {
		a := w.post("/flows/again", row.fields...)
		path, _, _ := strings.Cut(a.url, "?")
		w.until(path, stands("done"))
		if got := w.inputs(strings.TrimPrefix(path, "/runs/"))["text"]; got != row.want {
			t.Errorf("%q gives %v, want %v", row.fields, got, row.want)
		}
	}
	a := w.post("/flows/again", "i.text=x", "i.text.empty=1")
	if has(t, a, "write something, or have the empty text, and not both", `name="i.text.empty" value="1" checked`); a.status == http.StatusOK {
		t.Errorf("both: %d", a.status)
	}
	w.run("again.yaml", "r", map[string]any{"text": "was"})
	a = w.post("/flows/again", "like=r", "i.text=", "i.text.empty=1")
	path, _, _ := strings.Cut(a.url, "?")
	w.until(path, stands("done"))
	if got := w.inputs(strings.TrimPrefix(path, "/runs/"))["text"]; got != "" {
		t.Errorf("in place of what it was it is %v", got)
	}
}

// Characters that turn the direction of text are written out where people read, and stay
// in what a form sends back.
func TestTurnedTextIsShown(t *testing.T) {
	w := newWorld(t, map[string]string{"again.yaml": againFlow})
	w.login()
	w.run("again.yaml", "r", map[string]any{"text": "pay \u202e001\u202c", "map": map[string]any{"\u2066k": 1}})
	a := w.get("/runs/r")
	if has(t, a, `pay \u202e001\u202c`, `\u2066k`); strings.ContainsAny(a.body, "\u202e\u202c\u2066") {
		t.Error("they stand in the page")
	}
	has(t, w.get("/flows/again?like=r"), "pay \u202e001\u202c</textarea>")
}
