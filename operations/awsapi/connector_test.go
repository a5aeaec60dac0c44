package awsapi

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func fakeCall(t *testing.T, c *connector.Connector, params map[string]any) (any, error) {
	t.Helper()
	for _, op := range c.Operations {
		if op.Name != "fake.putThing" {
			continue
		}
		converted, err := op.Params().Convert(params)
		if err != nil {
			t.Fatal(err)
		}
		service := newService(newFakeClient)
		conn := &Connection{client: &client{service: service, sdk: service.open(probeConfig())}}
		return op.Run(context.Background(), &connector.Call{Params: converted, Connection: conn})
	}
	t.Fatal("there is no putThing")
	return nil, nil
}

func TestOperationsAreTheClientsMethods(t *testing.T) {
	c := Connector("fake", newFakeClient, IAMPrefix("things"), Reference("https://example.com/%s.html"))
	type row struct{ Name, Alias, IAM, URL, Summary, Effect string }
	var got []row
	for _, op := range c.Operations {
		got = append(got, row{op.Name, op.Aliases[0], iamAction(op), op.URL, op.Summary, op.Effect.String()})
	}
	want := []row{
		{"fake.listThings", "ListThings", "things:ListThings", "https://example.com/ListThings.html", "List things.", "read-only"},
		{"fake.putThing", "PutThing", "things:PutThing", "https://example.com/PutThing.html", "Put thing.", "mutating"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestTypes(t *testing.T) {
	c := Connector("fake", newFakeClient)
	params := c.Operations[1].Params()
	for name, want := range map[string]string{
		"blob": "bytes", "body": "any", "color": "string", "double": "number", "flag": "boolean", "kmsKey": "string",
		"long": "integer", "nested": "object", "short": "integer", "tags": "map of string", "when": "timestamp", "whole": "integer",
	} {
		if f := params.Field(name); f == nil || f.TypeName() != want {
			t.Errorf("%s: %+v, want type %s", name, f, want)
		}
	}
	if params.Field("internal") != nil || len(params.Fields()) != 14 {
		t.Errorf("parameters are %v", params.Names())
	}
	color := params.Field("Color")
	if diff := cmp.Diff([]any{"red", "green"}, color.Enum); diff != "" || !color.OpenEnum {
		t.Errorf("color is %+v", color)
	}
	if short := params.Field("short"); *short.Minimum != -32768 || *short.Maximum != 32767 || params.Field("long").Minimum != nil {
		t.Errorf("short is bounded by %v and %v", *short.Minimum, *short.Maximum)
	}
	if !params.Field("tags").JSONText || !params.Field("nested").JSONText || !params.Field("blob").File {
		t.Error("JSON text or files are not accepted")
	}
}

func TestTypeThatContainsItself(t *testing.T) {
	nested := Connector("fake", newFakeClient).Operations[1].Params().Field("nested")
	if children := nested.Members.Field("children"); children.Elem.Members != nested.Members {
		t.Error("children are not described as their parent is")
	}
	in := map[string]any{"nested": map[string]any{"name": "a", "Children": []any{map[string]any{"Name": "b", "byName": map[string]any{"aKey": map[string]any{"name": "c"}}}}}}
	got, err := fakeCall(t, Connector("fake", newFakeClient), in)
	if err != nil {
		t.Fatal(err)
	}
	leaf := map[string]any{"Name": "c", "Children": nil, "ByName": nil}
	want := map[string]any{"Name": "a", "ByName": nil, "Children": []any{
		map[string]any{"Name": "b", "Children": nil, "ByName": map[string]any{"aKey": leaf}},
	}}
	echo := got.(map[string]any)["Echo"].(map[string]any)
	if diff := cmp.Diff(any(want), echo["Nested"]); diff != "" {
		t.Errorf("nested (-want +got):\n%s", diff)
	}
}

func TestValuesGoThereAndBack(t *testing.T) {
	got, err := fakeCall(t, Connector("fake", newFakeClient), map[string]any{
		"blob": "aGk=", "body": map[string]any{"a": 1}, "color": "blue", "double": "0.25", "flag": "true", "KMSKey": "k",
		"long": 9007199254740993, "nothing": nil, "short": -1, "tags": map[string]any{}, "when": "2026-01-31T09:00:00+01:00", "whole": 7.0,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Body": []byte(`{"a":1}`), "Color": "blue", "Nothing": nil, "Nodes": nil, "Short": int64(-1),
		"Union":    map[string]any{"Text": "u"},
		"Document": map[string]any{"n": int64(12345678901234567), "list": []any{0.5}},
		"Echo": map[string]any{
			"Blob": []byte("hi"), "Body": nil, "Choice": nil, "Color": "blue", "Double": 0.25, "Flag": true, "KMSKey": "k", "Long": int64(9007199254740993),
			"Nested": nil, "Nothing": nil, "Short": int64(-1), "Tags": map[string]any{}, "When": "2026-01-31T08:00:00Z", "Whole": int64(7),
		},
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestEmptyEnumIsNull(t *testing.T) {
	got, err := fakeCall(t, Connector("fake", newFakeClient), nil)
	if err != nil {
		t.Fatal(err)
	}
	result := got.(map[string]any)
	if v, ok := result["Color"]; !ok || v != nil {
		t.Errorf("Color is %v", v)
	}
	if result["Short"] != int64(0) {
		t.Errorf("Short is %v", result["Short"])
	}
}

func TestTablesGoOverTheSDK(t *testing.T) {
	c := Connector("fake", newFakeClient,
		Params(map[string]schema.Field{"kmsKey": {Description: "shared"}, "long": {Description: "shared"}}),
		Operations(map[string]Operation{"PutThing": {
			Summary: "Put.", IAMAction: "other:Put", Effect: Effect(connector.EffectIdempotent), Errors: []string{"ResourceNotFoundException"},
			Params: map[string]schema.Field{
				"kmsKey":      {Aliases: []string{"key"}, Pattern: "^k$", Secret: true},
				"long":        {Description: "own", Required: true},
				"nested.name": {Description: "deep"},
			},
			Spellings: map[string][]string{"nested.name": {"nestedName", "nodeName"}},
			Extra:     []*schema.Field{{Name: "short", Type: schema.String}, {Name: "more", Type: schema.Boolean}},
			Results:   map[string]schema.Field{"Nodes[].Name": {Secret: true}},
			Prepare: func(params map[string]any) error {
				params["short"] = int64(5)
				return nil
			},
			ExtraResults: []*schema.Field{{Name: "More", Type: schema.Any}},
			Finish: func(a Answer) (any, error) {
				return map[string]any{"More": a.Params["more"], "Short": a.Output.(*PutThingOutput).Short, "Name": a.Result["Echo"].(map[string]any)["Nested"]}, nil
			},
		}}),
	)
	op := c.Operations[1]
	if op.Summary != "Put." || iamAction(op) != "other:Put" || op.Effect != connector.EffectIdempotent || op.Errors[0].Class != connector.ClassNotFound {
		t.Errorf("operation is %+v", op)
	}
	key, long := op.Params().Field("key"), op.Params().Field("Long")
	if key == nil || key.Description != "shared" || !key.Secret || key.Pattern != "^k$" {
		t.Errorf("kmsKey is %+v", key)
	}
	if long.Description != "own" || !long.Required {
		t.Errorf("long is %+v", long)
	}
	if !op.Result().Members.Field("Nodes").HasSecret() || op.Result().Members.Field("More") == nil {
		t.Error("the tables of results are not there")
	}
	got, err := fakeCall(t, c, map[string]any{"long": 1, "more": true, "nodeName": "n", "short": "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"More": true, "Short": int16(5), "Name": map[string]any{"Name": "n", "Children": nil, "ByName": nil}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// An operation says what bytes become of a value; the parameters stay.
func TestBytes(t *testing.T) {
	c := Connector("fake", newFakeClient, Operations(map[string]Operation{"PutThing": {
		Extra: []*schema.Field{{Name: "blob"}},
		Bytes: map[string]func(any) ([]byte, error){"blob": func(v any) ([]byte, error) {
			if v == "bad" {
				return nil, errors.New("it is bad")
			}
			return value.EncodeJSON(v)
		}},
		Finish: func(a Answer) (any, error) {
			return []any{a.Params["blob"], a.Result["Echo"].(map[string]any)["Blob"]}, nil
		},
	}}))
	for _, tt := range []struct {
		params map[string]any
		want   any
	}{
		{map[string]any{"blob": map[string]any{"a": int64(1)}}, []any{map[string]any{"a": int64(1)}, []byte(`{"a":1}`)}},
		{map[string]any{"blob": nil}, []any{nil, nil}},
		{nil, []any{nil, nil}},
	} {
		got, err := fakeCall(t, c, tt.params)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%v gives %v (-want +got):\n%s", tt.params, err, diff)
		}
	}
	_, err := fakeCall(t, c, map[string]any{"blob": "bad"})
	if e := connector.AsError(err); e == nil || e.Class != connector.ClassInvalid || e.Message != "blob: it is bad" {
		t.Errorf("the error is %v", err)
	}
}

func TestMistakesOfTablesPanic(t *testing.T) {
	tests := map[string]func(){
		"no constructor": func() { Connector("fake", func() {}) },
		"no operation":   func() { Connector("fake", newFakeClient, Operations(map[string]Operation{"Nothing": {}})) },
		"no parameter": func() {
			table := map[string]Operation{"PutThing": {Params: map[string]schema.Field{"nothingHere": {}}}}
			Connector("fake", newFakeClient, Operations(table)).Operations[1].Params()
		},
		"no result": func() {
			table := map[string]Operation{"PutThing": {Results: map[string]schema.Field{"NothingHere": {}}}}
			Connector("fake", newFakeClient, Operations(table)).Operations[1].Params()
		},
		"no bytes": func() {
			table := map[string]Operation{"PutThing": {Bytes: map[string]func(any) ([]byte, error){"kmsKey": nil}}}
			Connector("fake", newFakeClient, Operations(table)).Operations[1].Params()
		},
		"no target": func() {
			table := map[string]Operation{"PutThing": {Spellings: map[string][]string{"nested.nothing": {"x"}}}}
			Connector("fake", newFakeClient, Operations(table)).Operations[1].Params()
		},
	}
	for name, do := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			do()
		})
	}
}

func TestAddedOperationReplaces(t *testing.T) {
	own := &connector.Operation{Name: "fake.putThing", Summary: "Mine."}
	c := Connector("fake", newFakeClient, Add(own))
	if len(c.Operations) != 2 || c.Operations[1] != own {
		t.Errorf("%d operations", len(c.Operations))
	}
}

func TestConnectionOfAnotherConnectorIsRefused(t *testing.T) {
	c := Connector("fake", newFakeClient)
	for _, conn := range []connector.Connection{nil, &Connection{client: &client{service: &service{}}}} {
		_, err := c.Operations[0].Run(context.Background(), &connector.Call{Connection: conn})
		if e := connector.AsError(err); e == nil || e.Class != connector.ClassInvalid {
			t.Errorf("error is %v", err)
		}
	}
}

func iamAction(op *connector.Operation) string {
	action, _ := IAMAction(op)
	return action
}
