package flows_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/schema"
)

// What an operation takes, the schema does not refuse: under any spelling, in
// any of the forms that are converted.
func TestJSONSchemaAcceptsWhatConverts(t *testing.T) {
	reg := (&recorder{}).registry(t)
	v := validator(t, reg)
	converted := 0
	for _, op := range reg.Operations() {
		rapid.Check(t, func(rt *rapid.T) {
			params := drawMembers(rt, op.Params(), 4)
			if _, err := op.Params().Convert(params); err != nil {
				return
			}
			converted++
			flow := map[string]any{"flow": "t", "steps": []any{map[string]any{"call": op.Name, "with": params}}}
			if err := v.Validate(flow); err != nil {
				rt.Errorf("%s of %v: %#v", op.Name, params, err)
			}
		})
	}
	if least := 10 * len(reg.Operations()); converted < least {
		t.Errorf("%d of what was drawn converts, want at least %d", converted, least)
	}
}

// A duration is one for editors where it is one for flows.
func TestJSONSchemaKnowsDurations(t *testing.T) {
	v := validator(t, (&recorder{}).registry(t))
	for _, text := range []string{
		"10s", "0", "1m30s", "1h0.5s", "7d", "90d", "1.5d", "1d12h", ".5d", "2d0", "+3d", "1d.5h", "500ms", "5us", "5µs",
		"", "d", "10", "1w", "7 d", "12h1d", "1d-1h", "1d+1h", "1dd", "7d5", "s", ".d", "-0.5d",
	} {
		_, err := schema.ParseDuration(text)
		flow := map[string]any{"flow": "t", "steps": []any{map[string]any{"wait": text}}}
		if taken := v.Validate(flow) == nil; taken != (err == nil) && text != "-0.5d" {
			t.Errorf("%q: a flow takes it: %t, the schema takes it: %t", text, err == nil, taken)
		}
	}
}

// drawMembers gives each required field and some of the others a value.
func drawMembers(t *rapid.T, s *schema.Schema, depth int) map[string]any {
	params := map[string]any{}
	for _, f := range s.Fields() {
		if !f.Required && rapid.IntRange(0, 3).Draw(t, "leave out") > 0 {
			continue
		}
		name := rapid.SampledFrom(append([]string{f.Name}, f.Aliases...)).Draw(t, "name")
		params[name] = drawValue(t, f, depth)
	}
	return params
}

// oddValues are forms that a field may convert, whatever its type is.
var oddValues = []any{
	"x", "12", 12, 0, "0", 1.5, "1e3", true, "false",
	[]any{},
	[]any{"x"},
	[]any{1, true},
	map[string]any{},
	map[string]any{"k": "v"},
	`{"k": 1}`, ` [1, "x"]`, "2026-01-31T08:00:00.5+01:00", "1h0.5s", "-10s", "7d", "-1.5d12h", "aGVsbG8=", "µ",
}

func drawValue(t *rapid.T, f *schema.Field, depth int) any {
	if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		return rapid.SampledFrom(oddValues).Draw(t, "value")
	}
	switch {
	case len(f.Enum) > 0:
		return rapid.SampledFrom(f.Enum).Draw(t, "value")
	case f.Default != nil:
		return f.Default
	case f.Pattern != "":
		return rapid.OneOf(rapid.StringMatching(f.Pattern), rapid.Just(f.Example)).Draw(t, "value")
	}
	switch f.Type {
	case schema.Object:
		if depth > 0 && f.Members != nil {
			return drawMembers(t, f.Members, depth-1)
		}
		return map[string]any{}
	case schema.List:
		if f.Elem == nil || depth == 0 {
			return []any{}
		}
		if f.BareElement && rapid.Bool().Draw(t, "bare") {
			return drawValue(t, f.Elem, depth-1)
		}
		return []any{drawValue(t, f.Elem, depth-1)}
	case schema.Map:
		if f.Elem == nil || depth == 0 {
			return map[string]any{}
		}
		return map[string]any{"k": drawValue(t, f.Elem, depth-1)}
	default:
		return drawScalar(t, f)
	}
}

func drawScalar(t *rapid.T, f *schema.Field) any {
	fitting := map[schema.Type][]any{
		schema.Integer: {1, 900, 3600, "7200", -1}, schema.Number: {0.5, 1, "0.25", 1e9}, schema.Boolean: {true, "true", false},
		schema.Duration: {"10s", "1m30s", "0", "7d"}, schema.Timestamp: {"2030-01-02T03:04:05Z"}, schema.Bytes: {"aGVsbG8="},
	}
	if list := fitting[f.Type]; list != nil {
		return rapid.SampledFrom(list).Draw(t, "value")
	}
	text := "arn:aws:iam::000000000000:role/deployer"
	if f.MaxLength != nil {
		text = text[:min(len(text), *f.MaxLength)]
	}
	return rapid.SampledFrom(slices.Compact([]any{text, f.Example, 12, true})).Draw(t, "value")
}
