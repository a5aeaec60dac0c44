package agents

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// lines are the messages of an agent on streams, a line each. The library ends a
// connection at the first line that it cannot read, and changes numbers that name
// requests where they are no integers of 53 bits. So lines that are no messages are
// answered here, and such numbers stand as texts in what the library reads, and as
// they came in what it writes.
type lines struct {
	in      *bufio.Reader
	closeIn func() error
	out     io.WriteCloser
	numbers numbers
	batches bool   // the agent speaks a version that has them
	line    []byte // what is left to be read

	mu sync.Mutex // one message is written at a time
}

func newLines(in io.ReadCloser, out io.WriteCloser) *lines {
	return &lines{in: bufio.NewReader(in), closeIn: in.Close, out: out, numbers: newNumbers()}
}

// Read reads of the messages that the library can read.
func (l *lines) Read(to []byte) (int, error) {
	for len(l.line) == 0 {
		line, err := l.next()
		if line = bytes.TrimSpace(line); len(line) > 0 {
			l.line = l.message(line)
		}
		if err != nil && len(l.line) == 0 {
			return 0, err
		}
	}
	n := copy(to, l.line)
	l.line = l.line[n:]
	return n, nil
}

// next reads a line; of one that is too long the beginning, which is no message.
func (l *lines) next() (line []byte, err error) {
	for {
		part, err := l.in.ReadSlice('\n')
		if room := mcp.DefaultMaxLineLength - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err //nolint:wrapcheck // it is the end of the stream
		}
	}
}

// message returns a line as the library reads it; nil for one that is answered.
func (l *lines) message(line []byte) []byte {
	if !json.Valid(line) {
		l.refuse(nil, jsonrpc.CodeParseError, "the line is no JSON: each message is one line")
		return nil
	}
	if line[0] == '[' {
		if !l.batches {
			l.refuse(nil, jsonrpc.CodeInvalidRequest, "this version of the protocol has no batches: send each message by itself")
			return nil
		}
		return append(line, '\n')
	}
	members := map[string]json.RawMessage{}
	if json.Unmarshal(line, &members) != nil {
		l.refuse(nil, jsonrpc.CodeInvalidRequest, "the message is no object")
		return nil
	}
	if name, ok := namedTwice(line); ok {
		l.refuse(nil, jsonrpc.CodeInvalidRequest, twice(name))
		return nil
	}
	l.batches = l.batches || hasBatches(members)
	if l.numbers.stand(members) {
		if again, err := json.Marshal(members); err == nil {
			line = again
		}
	}
	if _, err := jsonrpc.DecodeMessage(line); err != nil || !isMessage(members) {
		l.refuse(members["id"], jsonrpc.CodeInvalidRequest, "the message is neither a request nor an answer of JSON-RPC 2.0")
		return nil
	}
	return append(line, '\n')
}

// isMessage reports whether a message asks something, or answers.
func isMessage(members map[string]json.RawMessage) bool {
	for _, name := range []string{"method", "result", "error"} {
		if _, ok := members[name]; ok {
			return true
		}
	}
	return false
}

// firstWithoutBatches is the version of the protocol that took them out.
const firstWithoutBatches = "2025-06-18"

// hasBatches reports whether a message begins a session of a version that has batches.
func hasBatches(members map[string]json.RawMessage) bool {
	var hello struct{ ProtocolVersion string }
	return string(members["method"]) == `"initialize"` && json.Unmarshal(members["params"], &hello) == nil &&
		hello.ProtocolVersion != "" && hello.ProtocolVersion < firstWithoutBatches
}

// refusal is the answer to what is no message.
type refusal struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   *jsonrpc.Error  `json:"error"`
}

// refuse answers a line, by its id where it has one.
func (l *lines) refuse(id json.RawMessage, code int64, why string) {
	if len(id) == 0 || id[0] == '{' || id[0] == '[' || id[0] == 't' || id[0] == 'f' {
		id = json.RawMessage("null")
	}
	line := refused(id, code, why)
	_, _ = l.Write(append(line, '\n')) // an agent that has gone reads nothing
}

// refused is the answer to what is no message.
func refused(id json.RawMessage, code int64, why string) []byte {
	line, _ := json.Marshal(refusal{Version: "2.0", ID: id, Error: &jsonrpc.Error{Code: code, Message: why}}) // texts and what was JSON
	return line
}

// Write writes a message, with numbers as they came.
func (l *lines) Write(line []byte) (int, error) {
	told := l.numbers.told(line)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.out.Write(told); err != nil {
		return 0, err //nolint:wrapcheck // it is that of the stream
	}
	return len(line), nil
}

// Close closes both streams.
func (l *lines) Close() error { return errors.Join(l.closeIn(), l.out.Close()) }
