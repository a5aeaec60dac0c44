package agents_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/serve"
)

// A line that is no message is answered, and what follows is, too; numbers that name
// requests come back as they were sent.
func TestLines(t *testing.T) {
	s := &shop{held: make(chan struct{})}
	_, a := serving(t, s, func(c *serve.Config) { c.OnlyTools = true })
	fromAgent, toServer := io.Pipe()
	fromServer, toAgent := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(context.WithoutCancel(t.Context()), fromAgent, toAgent) }()
	answers := bufio.NewReader(fromServer)
	say := func(line string) {
		t.Helper()
		if _, err := io.WriteString(toServer, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	hear := func() (id, code string) {
		t.Helper()
		line, err := answers.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			ID    json.RawMessage
			Error struct{ Code json.RawMessage }
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		return string(m.ID), string(m.Error.Code)
	}
	say(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`)
	if id, code := hear(); id != "0" || code != "" {
		t.Fatal(id, code)
	}
	say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	for _, tt := range []struct{ name, line, id, code string }{
		{"no JSON", `{"jsonrpc":`, "null", "-32700"},
		{"two messages", `{"jsonrpc":"2.0","id":1,"method":"ping"} {}`, "null", "-32700"},
		{"a batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "null", "-32600"},
		{"a text", `"ping"`, "null", "-32600"},
		{"a member twice", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":{"b":1,"c":2,"b":3}}}`, "null", "-32600"},
		{"the id twice", `{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`, "null", "-32600"},
		{"no version", `{"id":7,"method":"ping"}`, "7", "-32600"},
		{"an id that is none", `{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, "null", "-32600"},
		{"neither request nor answer", `{"jsonrpc":"2.0","id":"x"}`, `"x"`, "-32600"},
		{"too long", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"` + strings.Repeat("x", 17<<20) + `"}}`, "null", "-32700"},
		{"integer", `{"jsonrpc":"2.0","id":12,"method":"ping"}`, "12", ""},
		{"negative", `{"jsonrpc":"2.0","id":-12,"method":"ping"}`, "-12", ""},
		{"beyond 53 bits", `{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, "9007199254740993", ""},
		{"beyond 64 bits", `{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"ping"}`, "123456789012345678901234567890", ""},
		{"fraction", `{"jsonrpc":"2.0","id":1.50,"method":"ping"}`, "1.50", ""},
		{"exponent", `{"jsonrpc":"2.0","id":1e+3,"method":"ping"}`, "1e+3", ""},
		{"text", `{"jsonrpc":"2.0","id":"9007199254740993","method":"ping"}`, `"9007199254740993"`, ""},
		{"another method", `{"jsonrpc":"2.0","id":3,"method":"nothing/known"}`, "3", "-32601"},
		{"another tool", `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"none","arguments":{}}}`, "4", "-32602"},
	} {
		say(tt.line)
		id, code := hear()
		if diff := cmp.Diff([]string{tt.id, tt.code}, []string{id, code}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	_ = toServer.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A call that is canceled by such a number is, and its progress has its token.
func TestCancelByLongNumber(t *testing.T) {
	s := &shop{held: make(chan struct{})}
	_, a := serving(t, s, func(c *serve.Config) { c.OnlyTools = true })
	fromAgent, toServer := io.Pipe()
	fromServer, toAgent := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(context.WithoutCancel(t.Context()), fromAgent, toAgent) }()
	heard := make(chan string, 100)
	go func() {
		defer close(heard)
		for lines := bufio.NewScanner(fromServer); lines.Scan(); {
			heard <- lines.Text()
		}
	}()
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"place_order","arguments":{"id":"held"},"_meta":{"progressToken":9007199254740995}}}`,
	} {
		if _, err := io.WriteString(toServer, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	<-s.held
	for line := range heard {
		if strings.Contains(line, `"progressToken":9007199254740995`) {
			break
		}
		if strings.Contains(line, "rogress") {
			t.Errorf("the progress has another token:\n%s", line)
		}
	}
	if _, err := io.WriteString(toServer, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9007199254740993}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an order that was taken back", func() bool { return len(s.done()) == 2 })
	_ = toServer.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = toAgent.Close()
	for range heard { // to its end
	}
}

// A call with the key of another one attaches to its run: only the last one that waits
// cancels that.
func TestCancelOneOfTwo(t *testing.T) {
	s := &shop{held: make(chan struct{})}
	server, _ := serving(t, s, func(c *serve.Config) { c.OnlyTools = true })
	call := func(ctx context.Context) *serve.ToolResult {
		r, err := server.CallTool(ctx, serve.ToolCall{Name: "place_order", Key: "k-1", Arguments: map[string]any{"id": "held"}})
		if err != nil {
			t.Error(err)
		}
		return r
	}
	first, cancelFirst := context.WithCancel(t.Context())
	over := make(chan *serve.ToolResult, 1)
	go func() { over <- call(first) }()
	<-s.held
	second, cancelSecond := context.WithCancel(t.Context())
	cancelSecond()
	told := map[string]bool{}
	for range 50 { // who comes canceled is told so before or after it has found the run
		if r := call(second); r != nil && r.Problem != nil {
			told[r.Problem.Code] = true
		}
	}
	if got := s.done(); len(got) != 1 || told["Canceled"] {
		t.Errorf("the order of the first caller was taken back: %q, told %v", got, told)
	}
	cancelFirst()
	if r := <-over; r == nil || r.Problem == nil || len(s.done()) != 2 {
		t.Errorf("the last one that waits got %+v, and %q was done", r, s.done())
	}
}

// A key that is empty is none.
func TestEmptyKey(t *testing.T) {
	everyWay(t, func(t *testing.T, s *shop, agent *session) {
		r, structured, err := agent.call(t.Context(), "place_order", map[string]any{"id": "a", "idempotencyKey": ""}, nil)
		if err != nil || !r.IsError || !strings.Contains(structured, `"code":"BadKey"`) || len(s.done()) != 0 {
			t.Errorf("%s %v, done %q", structured, err, s.done())
		}
	})
}
