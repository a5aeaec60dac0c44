package console

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/graph"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/internal/visible"
	"github.com/medlar-flow/medlar/serve/people"
)

// The script is htmx with its extension for server-sent events, as npm has them:
// htmx.org 4.0.1, dist/htmx.min.js and dist/ext/hx-sse.min.js; and a few lines of our own.
var (
	//go:embed static/htmx.min.js
	htmx []byte
	//go:embed static/hx-sse.min.js
	htmxSSE []byte
	//go:embed static/away.js
	away []byte
	//go:embed static/htmx.LICENSE
	htmxLicense []byte
	//go:embed static/console.css
	styles []byte
	//go:embed static/icon.svg
	icon []byte
	//go:embed templates
	files embed.FS
)

// page is what the frame of every page shows.
type page struct {
	Title   string
	Here    string // the entry of the menu
	Problem string
	Note    string
	Bare    bool // without a menu
	Body    any

	// Behind says that the runs are shown as they were before what was written last; empty
	// where they are shown as they are.
	Behind string

	console *Console
	by      *visitor // who sees it; nil for somebody who has not logged in
}

// Base is what stands before the paths of links.
func (p page) Base() string { return p.console.config.Prefix }

// Changes reports whether there are buttons for whoever may run flows.
func (p page) Changes() bool { return p.mayChange(people.Run) }

// Settles reports whether there is what is for an admin alone.
func (p page) Settles() bool { return p.mayChange(people.Admin) }

func (p page) mayChange(role string) bool {
	return !p.console.config.ReadOnly && p.by != nil && p.by.may(role)
}

// Who returns who has logged in; empty for the token, which has no name.
func (p page) Who() string {
	if p.by == nil || p.by.owner {
		return ""
	}
	return p.by.Name
}

// MayAnswer reports whether there is a form that answers a wait.
func (p page) MayAnswer(roles []string) bool {
	return !p.console.config.ReadOnly && p.by != nil && p.by.mayAnswer(roles)
}

// templates are read when the first page is made.
var templates = late.Value[*template.Template]{Make: func() *template.Template {
	t := template.New("console").Funcs(template.FuncMap{
		"clock": clock, "took": took, "ago": func(now, t time.Time) string { return now.Sub(t).Round(time.Second).String() },
		"json": shownJSON, "path": escapeRun, "short": func(s string) string { return shorten(s, 120) },
		"oneOf": oneOf, "ends": ends, "stepRows": stepRows, "rows": func(base, run string, steps []stepRow) map[string]any {
			return map[string]any{"Base": base, "Run": run, "Steps": steps}
		},
	})
	return template.Must(t.ParseFS(files, "templates/*.html"))
}}

// render writes a page whole, or says that it cannot be made.
// r is nil before somebody has logged in.
func (c *Console) render(w http.ResponseWriter, r *request, status int, name string, p page) {
	if r != nil {
		p.by = &r.visitor
		p.Behind = c.behindOf(r.Context(), p.Here)
	}
	text, err := c.text(name, p)
	if err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// behindOf says in pages about runs why they show less than was written. A console that
// changes something needs a journal that is whole.
func (c *Console) behindOf(ctx context.Context, here string) string {
	if !c.config.ReadOnly || here != "overview" && here != "runs" {
		return ""
	}
	why := c.behind(ctx)
	if why == nil {
		return ""
	}
	file := c.config.JournalFile
	if file == "" {
		file = "FILE"
	}
	return "This is how it was before what was written last, which cannot be read: runs may have begun, gone on or ended since, and none runs now. " +
		sentence(why) + " The command “runner runs repair --journal " + file + "” says what is damaged, and changes nothing."
}

// text makes a template, or a part of one.
func (c *Console) text(name string, p page) ([]byte, error) {
	p.console = c
	var out bytes.Buffer
	if err := templates.Get().ExecuteTemplate(&out, name, p); err != nil {
		return nil, fmt.Errorf("making the page %s: %w", name, err)
	}
	if text := out.Bytes(); !visible.Turned(text) {
		return text, nil
	}
	return []byte(visible.HTML(out.String())), nil
}

// fail says in a page why there is nothing else to see.
func (c *Console) fail(w http.ResponseWriter, r *request, status int, err error) {
	if status == http.StatusInternalServerError {
		var unknown *journal.UnknownRunError
		if errors.As(err, &unknown) {
			status = http.StatusNotFound
		}
	}
	c.render(w, r, status, "failed", page{Title: "That did not work", Problem: sentence(err)})
}

// static gives the script, the style sheet and the licence.
func (c *Console) static(w http.ResponseWriter, req *http.Request) {
	var body []byte
	kind := "text/plain; charset=utf-8"
	switch req.PathValue("file") {
	case "console.js":
		kind = "text/javascript; charset=utf-8"
		body = bytes.Join([][]byte{[]byte("/* htmx 4.0.1 and its extension sse; Zero-Clause BSD, see LICENSE beside this file; the rest is Medlar's */"), htmx, htmxSSE, away}, []byte("\n;"))
	case "console.css":
		kind = "text/css; charset=utf-8"
		body = append(bytes.Clone(styles), graph.CSS...)
	case "icon.svg":
		kind, body = "image/svg+xml", icon
	case "LICENSE":
		body = htmxLicense
	default:
		http.NotFound(w, req)
		return
	}
	tag := `"` + digest(body) + `"`
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", tag)
	if req.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body)
}

// clock returns a time as pages show it.
func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// took returns the time between two moments.
func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "–"
	}
	return rounded(to.Sub(from)).String()
}

// rounded leaves out of a time what nobody reads.
func rounded(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

// mostShown is how many bytes of a value a page shows.
const mostShown = 64 << 10

// shownJSON returns a value for people to read.
func shownJSON(v any) string {
	text, err := value.EncodeJSON(value.Brief(value.Plain(v)))
	var out bytes.Buffer
	if err != nil || json.Indent(&out, text, "", "  ") != nil {
		return "it cannot be shown"
	}
	return shorten(out.String(), mostShown)
}

func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

func itoa(n int) string { return strconv.Itoa(n) }

// ends ends a text as a sentence does.
func ends(text string) string {
	if text = strings.TrimSpace(text); text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:") {
		return text
	}
	return text + "."
}

// sentence begins a message of an error as a sentence does.
func sentence(err error) string {
	text := strings.TrimSpace(err.Error())
	_, first := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:first]) + text[first:]
}
