package journal_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func TestMain(m *testing.M) {
	if childMain() || ownerMain() {
		return
	}
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

// calls is a connector whose operations write down what they are called with.
type calls struct {
	mu   sync.Mutex
	list []string
	keys []string // idempotency keys
	// fail gives the error of a call, or nil.
	fail func(name string) error
	// block, where not nil, is called by test.block with its context.
	block func(ctx context.Context)
	// hold, where not nil, is called by test.change with its context.
	hold  func(ctx context.Context, name string)
	light bool // do not keep what is called
}

type in struct {
	Name  string `param:"name"`
	Value any    `param:"value"`
}

type tokenOut struct {
	Token schema.Secret `param:"token"`
	User  string        `param:"user"`
}

func (c *calls) note(call *connector.Call, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.light {
		c.list = append(c.list, name)
		c.keys = append(c.keys, call.IdempotencyKey)
	}
	if c.fail != nil {
		return c.fail(name)
	}
	return nil
}

func (c *calls) noted() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

func (c *calls) registry(t testing.TB) *connector.Registry {
	t.Helper()
	do := func(ctx context.Context, call *connector.Call, p in) (any, error) {
		if c.hold != nil {
			c.hold(ctx, p.Name)
		}
		return p.Value, c.note(call, p.Name)
	}
	block := func(ctx context.Context, call *connector.Call, p in) (any, error) {
		err := c.note(call, p.Name)
		if c.block != nil {
			c.block(ctx)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return p.Value, err
	}
	login := func(_ context.Context, call *connector.Call, p in) (tokenOut, error) {
		return tokenOut{Token: "a-token-that-is-secret", User: "ada"}, c.note(call, p.Name)
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.OpWith("test.change", "Change something.", do),
		connector.OpWith("test.read", "Read something.", do, connector.WithEffect(connector.EffectReadOnly)),
		connector.OpWith("test.block", "Change something slowly.", block),
		connector.OpWith("test.login", "Log in.", login),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func load(t testing.TB, c *calls, text string) *flows.Flow {
	t.Helper()
	f, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", c.registry(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

func testKeys(t testing.TB, first byte) journal.Keys {
	t.Helper()
	keys, err := journal.ParseKeys(keyText(first))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func keyText(first byte) string {
	key := make([]byte, 32)
	key[0] = first
	return base64.StdEncoding.EncodeToString(key)
}

func open(t testing.TB, path string, options ...journal.Option) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, j) })
	return j
}

func closed(t testing.TB, j *journal.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// diskPath is a path for what is measured, and for large journals.
func diskPath(t testing.TB) string { return filepath.Join(t.TempDir(), "runs.db") }

func newPath(t testing.TB) string { return filepath.Join(testenv.Memory(t), "runs.db") }

// tables opens the tables of a journal, with all that was written in them.
func tables(t testing.TB, path string) *sql.DB {
	t.Helper()
	if j, err := journal.Inspect(path); err == nil { // one that is damaged or of another form stays as it is
		_, _ = j.Runs(context.Background(), journal.Filter{Limit: 1})
		closed(t, j)
	}
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(60000)") // the journal writes, too
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// change changes a journal behind its back, also that of what witnessed it.
func change(t testing.TB, path, text string, args ...any) {
	t.Helper()
	db := tables(t, path)
	defer db.Close()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(path + ".witness")
}

func count(t testing.TB, path, text string) int64 {
	t.Helper()
	db := tables(t, path)
	defer db.Close()
	var n int64
	if err := db.QueryRow(text).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	text, err := value.EncodeJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// outcome is how a run ended, as one line.
func outcome(t testing.TB, result *flows.Result, err error) string {
	t.Helper()
	if err == nil {
		return "done " + jsonOf(t, result.Output)
	}
	e := report.AsRunError(err)
	return fmt.Sprintf("%s at %s, undone %s, not undone %s", e.Code, e.Step, strings.Join(e.Undone, " "), strings.Join(e.NotUndone, " "))
}
