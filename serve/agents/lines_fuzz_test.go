package agents

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

type answers struct{ bytes.Buffer }

func (*answers) Close() error { return nil }

// Whatever an agent sends, the library gets messages and the agent answers that are
// JSON, each a line.
func FuzzLines(f *testing.F) {
	for _, text := range []string{
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, `{"jsonrpc":"2.0","id":-0,"method":"ping","params":{"requestId":1.5,"_meta":{"progressToken":1e3}}}`,
		"{\n}\n[]\n1\n\"x\"\n", `{"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"2025-03-26"}}` + "\n" + `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
		`{"id":{"a":1},"method":3}`, "\x00\xff\n\r\n ", `{"jsonrpc":"2.0","id":"number-","result":{}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out := &answers{}
		l := newLines(io.NopCloser(bytes.NewReader(text)), out)
		got, err := io.ReadAll(l)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(got) {
			if _, err := jsonrpc.DecodeMessage(line); err != nil && line[0] != '[' {
				t.Errorf("%q is read as a message: %v", line, err)
			}
			if _, err := l.Write(line); err != nil {
				t.Error(err)
			}
		}
		for line := range bytes.Lines(out.Bytes()) {
			if !json.Valid(line) || bytes.Contains(line, []byte(string(l.numbers))) {
				t.Errorf("%q is answered", line)
			}
		}
	})
}
