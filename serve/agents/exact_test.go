package agents_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// speaker speaks over HTTP without a library.
type speaker struct {
	t                     *testing.T
	url, version, session string
}

// say sends a message, and returns the status and the first message of the answer.
func (s *speaker) say(method, name, message string) (status int, answer string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url, strings.NewReader(message))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, v := range map[string]string{
		"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": s.version,
		"Mcp-Session-Id": s.session, "Mcp-Method": method, "Mcp-Name": name,
	} {
		if v != "" {
			req.Header.Set(name, v)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if id := res.Header.Get("Mcp-Session-Id"); id != "" {
		s.session = id
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	answer = strings.TrimSpace(string(text))
	if _, data, ok := strings.Cut(answer, "data: "); ok {
		answer, _, _ = strings.Cut(data, "\n")
	}
	return res.StatusCode, answer
}

// Over HTTP, too, numbers that name requests come back as they were sent, in each version
// of the protocol, and a message that names a member twice is refused.
func TestExactOverHTTP(t *testing.T) {
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			server, a := serving(t, &shop{held: make(chan struct{})}, nil)
			web := httptest.NewServer(server)
			t.Cleanup(func() { web.CloseClientConnections(); web.Close(); a.Close() })
			s := &speaker{t: t, url: web.URL + mounted, version: version}
			params := `{` + meta + `}`
			if version != versions[0] {
				s.version, params = "", `{}`
				if status, text := s.say("", "", `{"jsonrpc":"2.0","id":9007199254740993,"method":"initialize","params":{"protocolVersion":"`+version+`","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`); status != http.StatusOK || !strings.Contains(text, `"id":9007199254740993,`) {
					t.Fatal(status, text)
				}
				s.version = version
				if status, text := s.say("", "", `{"jsonrpc":"2.0","method":"notifications/initialized"}`); status != http.StatusAccepted {
					t.Fatal(status, text)
				}
			}
			for _, id := range []string{"1", "9007199254740993", "-123456789012345678901234567890", "1.50", `"9007199254740993"`} {
				status, text := s.say("tools/list", "", `{"jsonrpc":"2.0","id":`+id+`,"method":"tools/list","params":`+params+`}`)
				var m struct {
					ID     json.RawMessage
					Result struct{ Tools []json.RawMessage }
				}
				if err := json.Unmarshal([]byte(text), &m); err != nil || status != http.StatusOK || string(m.ID) != id || len(m.Result.Tools) == 0 {
					t.Errorf("%s is answered %d %.300s", id, status, text)
				}
			}
			for name, message := range map[string]string{
				"id":      `{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list","params":` + params + `}`,
				"x":       `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"list":[{"y":1},{"x":1,"y":{"x":"x"},"x":2}]}}`,
				"\u00fcx": `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"\u00fcx":[],"\u00FCx":{}}}`,
			} {
				status, text := s.say("tools/list", "", message)
				var m struct {
					ID    json.RawMessage
					Error struct {
						Code    int
						Message string
					}
				}
				err := json.Unmarshal([]byte(text), &m)
				if err != nil || status != http.StatusBadRequest || string(m.ID) != "null" || m.Error.Code != -32600 || !strings.Contains(m.Error.Message, `two members "`+name+`"`) {
					t.Errorf("a message with two members %s is answered %d %s", name, status, text)
				}
			}
			if status, text := s.say("tools/list", "", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"`+strings.Repeat("x", 1<<20)+`"}}`); status != http.StatusRequestEntityTooLarge {
				t.Errorf("a long message is answered %d %s", status, text)
			}
		})
	}
}
