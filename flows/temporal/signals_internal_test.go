package temporal

import (
	"testing"
	"testing/fstest"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// What the server's own command sends is taken whole or not at all.
func TestForeignSignals(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	text := "flow: t\nsteps:\n  - {wait: {signal: go, timeout: 1h, accepts: {n: {type: integer}}}}\n  - forEach: [1]\n    do: [{wait: {signal: each, key: \"${item}\", timeout: 1h, accepts: {}}}]\n"
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	for data, want := range map[string]string{
		`{"signal": "go"}`: "",
		`{"signal": "go", "key": null, "with": null}`: "",
		`{"signal": "go", "with": {"n": "7"}}`:        "",
		`{"signal": "each", "key": "1"}`:              "",
		`{"signal": "each", "key": 1}`:                "key is no text",
		`{"signal": "go", "key": 1}`:                  "key is no text",
		`{"signal": "go", "key": "1"}`:                "it takes no key",
		`{"signal": ["go"]}`:                          "signal is no text",
		`{"signal": null}`:                            "signal is no text",
		`{"signal": "go", "with": [1]}`:               "with is no object",
		`{"signal": "go", "with": "n=1"}`:             "with is no object",
		`{"signal": "go", "values": {"n": 1}}`:        `it has "values", where signal, key and with are expected`,
		`{"signal": "go", "with": {"n": 1.5}}`:        "invalid",
		`{"signal": "go", "with": {"m": 1}}`:          "invalid",
		`{"signal": "go", "with": {"n": 1}} trailing`: `it is no JSON such as {"signal": "approval", "with": {}}`,
		`["go"]`: `it is no JSON such as {"signal": "approval", "with": {}}`,
		``:       `it is no JSON such as {"signal": "approval", "with": {}}`,
	} {
		r := &run{engine: &engine{data: converter.GetDefaultDataConverter()}, flow: flow, id: "r"}
		payload := &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingJSON)}, Data: []byte(data)}
		_, _, refused := r.readSignal(converter.NewRawValue(payload))
		got := ""
		if refused != nil {
			if got = refused.Detail; got == "" {
				got = string(refused.Reason)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}
