package flows_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/telemetry"
)

// outlets are ways for a text to leave a run. In them T is the derivation in
// the middle of a text, and V the derivation as a value.
var outlets = map[string]string{
	"log message":             "steps: [{call: log.info, with: {message: T}}]",
	"log field":               "steps: [{call: log.warn, with: {message: m, fields: {a: V, b: {c: [V, T]}}}}]",
	"log of an operation":     "steps: [{call: spy.log, with: {value: V}}]",
	"fail message":            "steps: [{fail: {code: X, message: T}}]",
	"fail code":               "steps: [{fail: {code: T, message: m}}]",
	"fail details":            "steps: [{fail: {code: X, message: m, details: {a: V, b: [T]}}}]",
	"error of an operation":   "steps: [{call: spy.fail, with: {value: V, text: T}}]",
	"retried":                 "steps: [{call: spy.fail, retry: {attempts: 2, delay: 1ms}, with: {value: V}}]",
	"caught and failed again": "steps: [{try: [{call: spy.fail, with: {value: V, text: T}}], catch: [{do: [{fail: {code: X, message: \"${error.message} ${error.requestId}\"}}]}]}]",
	"gathered":                "steps: [{forEach: [1, 2], onError: collect, do: [{call: spy.fail, with: {value: V}}]}]",
	"undo":                    "steps: [{call: test.change, undo: {call: spy.fail, with: {value: V, text: T}}}, {fail: {code: X, message: m}}]",
	"parameter of a type":     "steps: [{call: spy.typed, with: {number: T}}]",
	"parameter of an enum":    "steps: [{call: spy.typed, with: {choice: T}}]",
	"parameter of a pattern":  "steps: [{call: spy.typed, with: {word: T}}]",
	"input of another flow":   "steps: [{flow: inner.yaml, with: {n: T}}]",
	"fail of another flow":    "steps: [{flow: inner.yaml, with: {text: T}}]",
	"wait":                    "steps: [{wait: T}]",
	"timeout":                 "steps: [{call: test.echo, timeout: T}]",
	"connection":              "connections: {spy: {level: T}}\nsteps: [{call: spy.typed}]",
	"opening of a connection": "connections: {spy: {host: T}}\nsteps: [{call: spy.typed}]",
	"output":                  "steps: [{set: {a: V}}]\noutput: {a: \"${ctx.a}\", b: T, c: V}",
	"return":                  "steps: [{return: {a: V, b: T}}]",
	"set before":              "steps: [{set: {a: V}}, {set: {b: \"<${json(ctx.a)}>\"}}, {call: spy.fail, with: {text: \"${ctx.b}\"}}]",
	"result of an operation":  "steps: [{id: e, call: test.echo, with: {value: V}}]\noutput: \"${steps.e}\"",
}

type spyIn struct {
	Value any    `param:"value"`
	Text  string `param:"text"`
}

type spyTyped struct {
	Number int    `param:"number"`
	Choice string `param:"choice" enum:"one,two"`
	Word   string `param:"word" pattern:"^[a-z]$"`
}

type spyConn struct{}

func (spyConn) Close() error { return nil }

// spy tells all that it is given.
func spy() *connector.Connector {
	tell := func(in spyIn) string {
		text, _ := value.EncodeJSON(in.Value)
		return fmt.Sprintf("got %s and %q", text, in.Text)
	}
	return &connector.Connector{
		Name:       "spy",
		Connection: schema.MustNew(&schema.Field{Name: "host", Type: schema.String}, &schema.Field{Name: "level", Type: schema.Integer}),
		Open: func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
			if host, ok := req.Params["host"].(string); ok {
				return nil, errors.New("there is no host " + host)
			}
			return spyConn{}, nil
		},
		Operations: []*connector.Operation{
			connector.OpWith("spy.log", "Log.", func(_ context.Context, call *connector.Call, in spyIn) (any, error) {
				if call.Log != nil {
					call.Log(connector.LogInfo, tell(in), map[string]any{"value": in.Value, "text": tell(in)})
				}
				return nil, nil
			}),
			connector.Op("spy.fail", "Fail.", func(_ context.Context, in spyIn) (any, error) {
				return nil, &connector.Error{
					Code: "No", Class: connector.ClassUnavailable, Message: tell(in), RequestID: tell(in), Details: map[string]any{"value": in.Value, "url": "?q=" + url.QueryEscape(tell(in))},
					Cause: map[string]any{"value": in.Value, "hex": hex.EncodeToString([]byte(in.Text))}, Outcome: connector.OutcomeFailed,
				}
			}),
			connector.Op("spy.typed", "Take types.", func(context.Context, spyTyped) (any, error) { return nil, nil }),
		},
	}
}

const innerFlow = `flow: inner
inputs: {n: {type: integer, default: 1}, text: {type: string, default: none}}
steps: [{call: log.info, with: {message: "${ctx.text}"}}, {fail: {code: Inner, message: "it is ${ctx.text}"}}]
`

// outletRegistry is made once: the flows are many.
var outletRegistry = sync.OnceValues(func() (*connector.Registry, error) {
	return connector.NewRegistry(append(operations.All(), (&recorder{}).connector(), spy())...)
})

func loadOutlet(t *testing.T, text string) *flows.Flow {
	t.Helper()
	registry, err := outletRegistry()
	if err != nil {
		t.Fatal(err)
	}
	f, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(text)}, "inner.yaml": {Data: []byte(innerFlow)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatalf("the flow is refused:\n%v\n%s", err, text)
	}
	return f
}

// seenOf runs a flow on a journal with a key, and gives what people and disks
// get of it.
func seenOf(t *testing.T, f *flows.Flow, secret string) string {
	t.Helper()
	folder := testenv.Memory(t)
	j := openJournal(t, filepath.Join(folder, "j.db"))
	seen := seenOn(t, j, f, secret)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return seen + onDisk(t, folder)
}

// seenOn gives what people get of a flow that runs on a journal.
func seenOn(t *testing.T, j *journal.Journal, f *flows.Flow, secret string) string {
	t.Helper()
	var seen bytes.Buffer
	sent, all := sentTo(t)
	defer all()
	result, err := j.Run(t.Context(), f, map[string]any{"s": secret}, flows.WithObserver(sent.Observer()),
		flows.WithListener(flows.LogEvents(zerolog.New(sent.Lines()).Level(zerolog.DebugLevel))),
		flows.WithListener(flows.LogEvents(zerolog.New(&seen).Level(zerolog.DebugLevel))),
		flows.WithListener(func(e report.Event) { fmt.Fprintf(&seen, "%+v\n", e) }))
	if err != nil {
		var failure *report.RunError
		if errors.As(err, &failure) {
			v, _ := value.EncodeJSON(failure.Value())
			p, _ := value.EncodeJSON(failure.Params)
			fmt.Fprintf(&seen, "%v\n%+v\n%s\n%s\n", err, failure.UndoErrors, v, p)
		} else {
			fmt.Fprintf(&seen, "%v\n", err)
		}
	} else {
		out, _ := value.EncodeJSON(result.Shown)
		seen.Write(out)
	}
	return seen.String() + all()
}

// sentTo returns what sends spans and log lines of runs, and what gives all that was
// sent.
func sentTo(t *testing.T) (sent *telemetry.Telemetry, all func() string) {
	t.Helper()
	var mu sync.Mutex
	var seen bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mu.Lock()
		defer mu.Unlock()
		seen.Write(body)
	}))
	to := &telemetry.Endpoint{URL: collector.URL, JSON: true}
	sent = telemetry.New(telemetry.Config{Traces: to, Logs: to})
	return sent, sync.OnceValue(func() string {
		sent.Shutdown(t.Context())
		collector.Close()
		if n := strings.Count(seen.String(), `"attributes"`); n < 6 {
			t.Errorf("little was sent: %s", seen.String())
		}
		return seen.String()
	})
}

// onDisk gives what stands in the files of a folder.
func onDisk(t *testing.T, folder string) string {
	t.Helper()
	var seen bytes.Buffer
	if err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		disk, err := os.ReadFile(name)
		seen.Write(disk)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return seen.String()
}

// spellings are the forms in which a text could be seen.
func spellings(text string) []string {
	quoted, _ := json.Marshal(text)
	forms := []string{text, strings.Trim(string(quoted), `"`), url.QueryEscape(text), strings.ToLower(url.QueryEscape(text)), url.PathEscape(text)}
	if len(text) >= 8 {
		encoded := base64.StdEncoding.EncodeToString([]byte(text))
		forms = append(forms, hex.EncodeToString([]byte(text)), encoded[:len(encoded)-4])
	}
	return forms
}

// leaves returns the texts in a value.
func leaves(v any) []string {
	var found []string
	switch x := v.(type) {
	case string:
		found = append(found, x)
	case []any:
		for _, item := range x {
			found = append(found, leaves(item)...)
		}
	case map[string]any:
		for _, member := range x {
			found = append(found, leaves(member)...)
		}
	}
	return found
}

// leaked returns what of a secret, and of what was made of it, stands in a text.
func leaked(seen string, secrets []string) []string {
	var found []string
	for _, secret := range secrets {
		for _, form := range spellings(secret) {
			if len(form) >= 5 && strings.Contains(seen, form) {
				found = append(found, form)
			}
		}
	}
	return found
}

// TestNoOutletShowsSecrets: whatever is made of a secret, and wherever that goes,
// neither is seen. Short secrets are followed as well.
func TestNoOutletShowsSecrets(t *testing.T) {
	if len(hidings) < 20 || len(outlets) < 15 {
		t.Fatalf("%d derivations, %d outlets", len(hidings), len(outlets))
	}
	header := "flow: t\ninputs: {s: {type: secret}}\n"
	for made, expression := range hidings {
		for _, secret := range []string{`abc"123`, "a-longer secret/4711+" + strings.Repeat("jwt.", 20)} {
			plain, err := loadOutlet(t, header+"steps: [{set: {a: 1}}]\noutput: "+quote(expression)).Run(t.Context(), map[string]any{"s": secret})
			if err != nil {
				t.Fatal(err)
			}
			secrets := append(leaves(plain.Output), secret)
			folder := testenv.Memory(t)
			j := openJournal(t, filepath.Join(folder, "j.db"))
			for name, steps := range outlets {
				comesBack := name == "result of an operation"
				if comesBack && len(secret) < 8 {
					continue // nothing says that what comes back is the secret
				}
				t.Run(fmt.Sprintf("%s/%s/%d", made, name, len(secret)), func(t *testing.T) {
					text := strings.NewReplacer("T", quote("x "+textOf(expression)+" y"), "V", quote(expression)).Replace(steps)
					f, looked := loadOutlet(t, header+text), secrets
					var seen string
					if comesBack {
						seen, looked = seenOf(t, f, secret), long(secrets) // as above
					} else {
						seen = seenOn(t, j, f, secret) + onDisk(t, folder)
					}
					if found := leaked(seen, looked); found != nil {
						t.Errorf("%.80q can be seen, with\n%s\nin\n%.3000q", found, text, readable(seen))
					}
				})
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if found := leaked(onDisk(t, folder), secrets); found != nil {
				t.Errorf("%.80q stands on the disk, with %s", found, made)
			}
		}
	}
}

// long returns the texts that are looked for in whatever comes back.
func long(secrets []string) []string {
	return slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < 8 })
}

// textOf makes a text of what an expression gives.
func textOf(expression string) string {
	if !strings.HasPrefix(expression, "${") {
		return expression // it is a text already
	}
	return "${json(" + strings.TrimSuffix(strings.TrimPrefix(expression, "${"), "}") + ")}"
}

func readable(seen string) string {
	before, _, _ := strings.Cut(seen, "SQLite format 3")
	return before
}

// The test above finds an outlet that hides nothing.
func TestOutletsCanBeFound(t *testing.T) {
	const secret = `a-longer secret/4711+"`
	for name, seen := range map[string]string{
		"clear": "x " + secret, "JSON": `{"a": "a-longer secret/4711+\""}`, "URL": "?q=" + strings.ToLower(url.QueryEscape(secret)),
		"hex": hex.EncodeToString([]byte(secret)), "base64": base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		if leaked(seen, []string{secret}) == nil {
			t.Errorf("%s is not found", name)
		}
	}
	f := loadOutlet(t, "flow: t\ninputs: {s: {type: string}}\nsteps: [{call: log.info, with: {message: \"${ctx.s}\"}}, {call: spy.fail, with: {text: \"${ctx.s}\"}}]")
	if found := leaked(seenOf(t, f, secret), []string{secret}); len(found) < 2 {
		t.Errorf("of a text that is no secret only %q is found", found)
	}
}

// The check warns of a secret that goes to a log, wherever it stands in it.
func TestSecretsInLogsAreWarnedOf(t *testing.T) {
	for _, with := range []string{`{message: "${ctx.s}"}`, `{message: m, fields: {a: "${upper(ctx.s)}"}}`, `{message: m, fields: {a: [{b: "<${ctx.s}>"}]}}`} {
		f := load(t, &recorder{}, "flow: t\ninputs: {s: {type: secret}}\nsteps: [{call: log.info, with: "+with+"}]")
		if f.Warnings() == nil || !strings.Contains(f.Warnings().Error(), "[secret-shown]") {
			t.Errorf("%s: no warning", with)
		}
	}
}
