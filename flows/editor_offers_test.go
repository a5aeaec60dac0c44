package flows_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations"
)

// Editors offer values that stand in an enum, below anyOf and references: not from behind
// an if, where they look for keys alone.
func TestEditorsOfferValues(t *testing.T) {
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	text, err := value.EncodeJSON(flows.JSONSchema(reg))
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := value.DecodeJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	root := decoded.(map[string]any)
	found := 0
	for _, op := range reg.Operations() {
		parameters, _ := root["definitions"].(map[string]any)["with."+op.Name].(map[string]any)
		properties, _ := parameters["properties"].(map[string]any)
		for _, f := range op.Params().Fields() {
			if property := properties[f.Name]; property != nil && len(f.Enum) > 0 {
				found++
				if got := offered(root, property); !slices.Contains(got, f.Enum[0]) {
					t.Errorf("%s: %s offers %v, not %v", op.Name, f.Name, got, f.Enum)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d parameters with values", found)
	}
}

// A trigger whose kind is still to be written is offered each kind.
func TestEditorsOfferTriggers(t *testing.T) {
	reg, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	text, err := value.EncodeJSON(flows.JSONSchema(reg))
	if err != nil {
		t.Fatal(err)
	}
	v := validator(t, reg)
	for _, kind := range []string{"http", "schedule", "tool"} {
		// Beside the keys of its own kind it stands among those of a trigger without one.
		if n := strings.Count(string(text), `"`+kind+`":{"`); n < 2 {
			t.Errorf("%s is a key in %d places, want 2", kind, n)
		}
	}
	for name, c := range map[string]struct {
		trigger any
		fits    bool
	}{
		"a route":           {map[string]any{"http": "GET /x", "auth": "none"}, true},
		"a schedule":        {map[string]any{"schedule": "@daily"}, true},
		"five fields":       {map[string]any{"schedule": " 0 6-18/2  * JAN,MAR MON-FRI "}, true},
		"an interval":       {map[string]any{"schedule": "Every 15m"}, true},
		"six fields":        {map[string]any{"schedule": "0 0 6 * * *"}, false},
		"three fields":      {map[string]any{"schedule": "0 6 *"}, false},
		"a duration":        {map[string]any{"schedule": "15m"}, false},
		"a rate of AWS":     {map[string]any{"schedule": "rate(5 minutes)"}, false},
		"another cron":      {map[string]any{"schedule": "@every 5m"}, false},
		"a tool":            {map[string]any{"tool": map[string]any{"name": "a", "description": "b"}}, true},
		"no kind":           {map[string]any{"name": "x"}, false},
		"empty":             {map[string]any{}, false},
		"two kinds":         {map[string]any{"http": "GET /x", "schedule": "@daily"}, false},
		"text":              {"http", false},
		"null":              {nil, false},
		"a key of another":  {map[string]any{"schedule": "@daily", "respond": map[string]any{}}, false},
		"a misspelt key":    {map[string]any{"schedul": "@daily"}, false},
		"a kind in a list":  {[]any{"http"}, false},
		"a method too many": {map[string]any{"http": "FETCH /x"}, false},
	} {
		flow := map[string]any{"flow": "t", "triggers": []any{c.trigger}, "steps": []any{map[string]any{"wait": "1s"}}}
		if err := v.Validate(flow); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// offered are the values that editors find in a schema.
func offered(root map[string]any, schema any) []any {
	js, _ := schema.(map[string]any)
	if name, ok := js["$ref"].(string); ok {
		return offered(root, root["definitions"].(map[string]any)[strings.TrimPrefix(name, "#/definitions/")])
	}
	values, _ := js["enum"].([]any)
	for _, part := range []string{"anyOf", "allOf", "oneOf"} {
		inner, _ := js[part].([]any)
		for _, one := range inner {
			values = append(values, offered(root, one)...)
		}
	}
	return values
}
