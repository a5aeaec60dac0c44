package temporal

import (
	"testing"
	"testing/fstest"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// FuzzSignal: whatever Temporal's own command, or another program, sends a run as a
// signal, it is refused with a reason, or it is one that the flow takes, with values
// that are taken again as they are. Nothing but signal, key and with is read over.
func FuzzSignal(f *testing.F) {
	reg, err := connector.NewRegistry()
	if err != nil {
		f.Fatal(err)
	}
	text := `flow: t
steps:
  - {wait: {signal: go, timeout: 1h, accepts: {n: {type: integer}, at: {type: timestamp}, for: {type: duration}, list: {type: list, items: {type: number}}, any: {type: any}, code: {type: secret}}}}
  - forEach: [1]
    do: [{wait: {signal: each, key: "${item}", timeout: 1h, accepts: {on: {type: boolean, required: true}}}}]
`
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		f.Fatal(err)
	}
	for _, data := range []string{
		`{"signal": "go", "with": {"n": 1, "at": "2026-01-31T10:00:00Z", "for": "1h", "list": [1, 2.5], "any": {"a": [null]}}}`,
		`{"signal": "each", "key": "1", "with": {"on": true}}`, `{"signal": "each", "with": {"on": true}}`, `{"signal": "go", "key": "1"}`, `{"signal": "go", "key": 1}`,
		`{"signal": "go", "with": {"code": "a-code-of-ada"}}`, `{"signal": "go", "with": []}`, `{"signal": "go", "values": {"n": 1}}`, `{"signal": "go", "signal": "each"}`, `{}`, `null`, `[]`, `"go"`, `{"signal": "go"} {}`, ``,
	} {
		f.Add("json/plain", []byte(data))
	}
	f.Add("binary/null", []byte{})
	f.Add("binary/plain", []byte("{}"))
	f.Add("json/protobuf", []byte(`{"signal": "go"}`))
	f.Add("", []byte(`{"signal": "go"}`))
	f.Fuzz(func(t *testing.T, encoding string, data []byte) {
		r := &run{engine: &engine{data: converter.GetDefaultDataConverter()}, flow: flow, id: "r"}
		payload := &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encoding)}, Data: data}
		id, values, refused := r.readSignal(converter.NewRawValue(payload))
		if refused != nil {
			if refused.Reason == "" || refused.Error() == "" {
				t.Errorf("refused without a reason: %+v", refused)
			}
			if values != nil {
				t.Errorf("refused and read: %v", values)
			}
			if err := r.untaken(refused); err == nil {
				t.Error("a refusal is none for the server")
			}
			return
		}
		taken, secret, err := flow.CheckSignal(id.Name, id.Key, values)
		if err != nil || secret || !runtime.SameSignal(taken, values) {
			t.Errorf("%s is not taken again as it is: %v, secret %t, %v is %v", data, err, secret, values, taken)
		}
		if wrong := r.signals.Give(id, values); wrong != nil {
			t.Errorf("the run does not take it: %v", wrong)
		}
		if wrong := r.signals.Give(id, taken); wrong != nil {
			t.Errorf("the same again is refused: %v", wrong)
		}
	})
}
