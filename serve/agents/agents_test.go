package agents_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

// everyWay tries something over HTTP by each version of the protocol, and on streams.
func everyWay(t *testing.T, try func(t *testing.T, s *shop, agent *session)) {
	for _, version := range versions {
		t.Run("http "+version, func(t *testing.T) {
			s := &shop{held: make(chan struct{})}
			server, a := serving(t, s, nil)
			try(t, s, overHTTP(t, server, a, version, "s3cret-token"))
		})
		t.Run("streams "+version, func(t *testing.T) {
			s := &shop{held: make(chan struct{})}
			_, a := serving(t, s, func(c *serve.Config) { c.OnlyTools = true })
			agent, hangUp := overPipe(t, a, version)
			try(t, s, agent)
			hangUp()
		})
	}
}

func TestCalls(t *testing.T) {
	everyWay(t, func(t *testing.T, s *shop, agent *session) {
		for _, c := range []struct {
			name, tool string
			arguments  map[string]any
			structured string
			fails      bool
			text       string // part of what is told as text
		}{
			{"done", "place_order", map[string]any{"id": "a", "many": 2}, `{"price":14}`, false, `{"price":14}`},
			{"no object", "look_up", map[string]any{"id": "a"}, `{"result":3}`, false, `{"result":3}`},
			{"reads", "read", map[string]any{"a": 1}, `null`, false, `{"given":{"a":1}}`},
			{"fails", "place_order", map[string]any{"id": "wrong"}, `"class":"failed","code":"Wrong","help":"calling again with the same arguments does not help","message":"not this one","run":"`, true, "Wrong (failed): not this one\nhelp: "},
			{"upstream", "look_up", map[string]any{"id": "busy"}, `"class":"throttled","code":"Busy","help":"what stands behind the tool`, true, "Busy (throttled)"},
			{"wrong argument", "place_order", map[string]any{"id": "A-1"}, `"pointer":"#/id"`, true, "WrongInput: what the request says does not fit\n- /id \"A-1\" does not match"},
			{"missing argument", "place_order", map[string]any{}, `it is missing`, true, "WrongInput"},
			{"unknown argument", "place_order", map[string]any{"id": "a", "colour": "red"}, `"code":"UnknownInput"`, true, "/colour the flow has no such input; inputs are: id, many"},
			{"bad key", "place_order", map[string]any{"id": "a", "idempotencyKey": "a b"}, `"code":"BadKey"`, true, "BadKey"},
		} {
			r, structured, err := agent.call(t.Context(), c.tool, c.arguments, nil)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			text := r.Content[0].(*mcp.TextContent).Text
			if r.IsError != c.fails || !strings.Contains(structured, c.structured) || !strings.Contains(text, c.text) {
				t.Errorf("%s: %v\n%s\n%s", c.name, r.IsError, structured, text)
			}
			if strings.Contains(text+structured, "s3cret") {
				t.Errorf("%s: the answer holds a secret: %s %s", c.name, text, structured)
			}
		}
		if got, want := s.done(), []string{"order a", "order wrong", "return wrong"}; !slices.Equal(got, want) {
			t.Errorf("the shop was asked for %q, want %q", got, want)
		}
		if _, _, err := agent.call(t.Context(), "nothing", nil, nil); err == nil {
			t.Error("a tool that is not there was called")
		}
	})
}

// What the flows say is what agents are told.
func TestListed(t *testing.T) {
	everyWay(t, func(t *testing.T, _ *shop, agent *session) {
		list, err := agent.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, tool := range list.Tools {
			names = append(names, tool.Name)
			if tool.Name == "read" {
				continue
			}
			in, _ := json.Marshal(tool.InputSchema)
			out, _ := json.Marshal(tool.OutputSchema)
			hints := tool.Annotations
			switch reads := tool.Name == "look_up"; {
			case hints.ReadOnlyHint != reads, *hints.DestructiveHint == reads, hints.IdempotentHint != reads:
				t.Errorf("%s: %+v", tool.Name, hints)
			case reads && (!strings.Contains(string(out), `"result":{"type":"integer"`) && !strings.Contains(string(out), `"result":{"`) || strings.Contains(string(in), "idempotencyKey")):
				t.Errorf("%s: %s %s", tool.Name, in, out)
			case !reads && (!strings.Contains(string(in), `"pattern":"^[a-z]+$"`) || !strings.Contains(string(in), `"required":["id"]`) || !strings.Contains(string(in), `"idempotencyKey"`) || !strings.Contains(string(out), `"price"`)):
				t.Errorf("%s: %s %s", tool.Name, in, out)
			}
		}
		if want := []string{"look_up", "place_order", "read"}; !slices.Equal(names, want) {
			t.Errorf("%q, want %q", names, want)
		}
	})
}

// A call that is canceled undoes what it did.
func TestCancel(t *testing.T) {
	everyWay(t, func(t *testing.T, s *shop, agent *session) {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error)
		go func() {
			_, _, err := agent.call(ctx, "place_order", map[string]any{"id": "held"}, nil)
			over <- err
		}()
		<-s.held
		cancel()
		if err := <-over; err == nil {
			t.Error("the call has a result")
		}
		want := []string{"order held", "return held"}
		eventually(t, "an order that was taken back", func() bool { return slices.Equal(s.done(), want) })
	})
}

// An agent that goes away has its calls canceled.
func TestHangUp(t *testing.T) {
	s := &shop{held: make(chan struct{})}
	_, a := serving(t, s, func(c *serve.Config) { c.OnlyTools = true })
	agent, hangUp := overPipe(t, a, versions[0])
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _, _ = agent.call(context.WithoutCancel(t.Context()), "place_order", map[string]any{"id": "held"}, nil)
	}()
	<-s.held
	hangUp()
	<-over
	want := []string{"order held", "return held"}
	eventually(t, "an order that was taken back", func() bool { return slices.Equal(s.done(), want) })
}

func TestProgress(t *testing.T) {
	everyWay(t, func(t *testing.T, _ *shop, agent *session) {
		if _, _, err := agent.call(t.Context(), "place_order", map[string]any{"id": "wrong"}, "p1"); err != nil {
			t.Fatal(err)
		}
		want := []string{"/ordered done", "/1/then/0 failed: Wrong", "/1 failed: Wrong", "/ordered undone"}
		eventually(t, strings.Join(want, ", "), func() bool {
			agent.mu.Lock()
			defer agent.mu.Unlock()
			for _, one := range want {
				if !slices.Contains(agent.said, one) && !strings.HasPrefix(one, "/1") {
					return false
				}
			}
			return true
		})
	})
}

// A call that comes again with its key does nothing twice, also after the end of the
// process.
func TestKey(t *testing.T) {
	path := t.TempDir() + "/runs.db"
	s := &shop{held: make(chan struct{})}
	for range 2 {
		j, err := journal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("", func(t *testing.T) {
			server, a := serving(t, s, func(c *serve.Config) { c.Journal = j })
			for _, version := range versions {
				agent := overHTTP(t, server, a, version, "s3cret-token")
				for id, want := range map[string]string{"a": `{"price":7}`, "wrong": `"code":"Wrong"`} {
					_, structured, err := agent.call(t.Context(), "place_order", map[string]any{"id": id, "idempotencyKey": "k-" + id}, nil)
					if err != nil || !strings.Contains(structured, want) {
						t.Errorf("%s: %s %v", version, structured, err)
					}
				}
				_, structured, err := agent.call(t.Context(), "place_order", map[string]any{"id": "b", "idempotencyKey": "k-a"}, nil)
				if err != nil || !strings.Contains(structured, `"code":"KeyReused"`) {
					t.Errorf("%s: %s %v", version, structured, err)
				}
				r, err := agent.CallTool(t.Context(), &mcp.CallToolParams{Meta: mcp.Meta{"medlar/idempotencyKey": "k-a"}, Name: "place_order", Arguments: map[string]any{"id": "a"}})
				if err != nil || r.IsError {
					t.Errorf("%s: by _meta: %v %v", version, r, err)
				}
			}
		})
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got := s.done()
	slices.Sort(got)
	if want := []string{"order a", "order wrong", "return wrong"}; !slices.Equal(got, want) {
		t.Errorf("the shop was asked for %q, want %q", got, want)
	}
}

// Who may not call a tool does not see it; who may call none is told to say who it is.
func TestCallers(t *testing.T) {
	for _, version := range versions {
		s := &shop{held: make(chan struct{})}
		server, a := serving(t, s, nil)
		agent := overHTTP(t, server, a, version, "")
		list, err := agent.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tool := range list.Tools {
			if tool.Name == "place_order" {
				t.Errorf("%s: the tool of others is listed", version)
			}
		}
		if _, structured, err := agent.call(t.Context(), "place_order", map[string]any{"id": "a"}, nil); err != nil || !strings.Contains(structured, "UnknownTool") {
			t.Errorf("%s: %s %v", version, structured, err)
		}
		if len(s.done()) > 0 {
			t.Error("it was called")
		}
	}
	s := &shop{held: make(chan struct{})}
	server, a := serving(t, s, func(c *serve.Config) { c.Flows = c.Flows[:1] })
	defer a.Close()
	for _, c := range []struct {
		name   string
		header []string
		status int
	}{
		{"no token", nil, 401},
		{"wrong token", []string{"Authorization", "Bearer x"}, 401},
		{"page of another origin", []string{"Authorization", "Bearer s3cret-token", "Origin", "https://evil.example.com"}, 403},
		{"page of another site", []string{"Authorization", "Bearer s3cret-token", "Sec-Fetch-Site", "cross-site"}, 403},
		{"its own page", []string{"Authorization", "Bearer s3cret-token", "Origin", "http://example.com"}, 200},
		{"no page", []string{"Authorization", "Bearer s3cret-token"}, 200},
	} {
		const body = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`
		req := httptest.NewRequest(http.MethodPost, "http://example.com"+mounted, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		for i := 0; i < len(c.header); i += 2 {
			req.Header.Set(c.header[i], c.header[i+1])
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, req)
		if w.Code != c.status || c.status == 401 && !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %s %s", c.name, w.Code, w.Header(), w.Body)
		}
	}
}

// Who calls more often than the limit of a tool is told when it may again.
func TestLimit(t *testing.T) {
	limited := func(c *serve.Config) {
		reg := (&shop{}).registry(t)
		flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(strings.Replace(lookFlow, "triggers: [{", "triggers: [{limit: {rate: 2/h}, ", 1))}}, "flow.yaml", reg)
		if err != nil {
			t.Fatal(err)
		}
		c.Flows[1].Flow = flow
	}
	for _, version := range versions {
		s := &shop{held: make(chan struct{})}
		server, a := serving(t, s, limited)
		agent := overHTTP(t, server, a, version, "s3cret-token")
		for i := range 4 {
			r, structured, err := agent.call(t.Context(), "look_up", map[string]any{"id": "a"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			refused := strings.Contains(structured, `"code":"TooManyRequests"`) && strings.Contains(structured, `"class":"throttled"`) && strings.Contains(structured, "call again in 1800 s")
			if r.IsError != (i >= 2) || refused != (i >= 2) {
				t.Errorf("%s: call %d: %v %s", version, i, r.IsError, structured)
			}
		}
		if r, _, err := agent.call(t.Context(), "place_order", map[string]any{"id": "a"}, nil); err != nil || r.IsError {
			t.Errorf("%s: another tool is limited, too: %v %v", version, r, err)
		}
	}
}
