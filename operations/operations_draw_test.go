package operations_test

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// drawer makes up parameters that a schema takes, under canonical names.
type drawer struct {
	t   *rapid.T
	all bool // every member is given, and none is zero
}

// ours are parameters that no input of the SDK has.
var ours = []string{"paginate", "onFunctionError", "maxPayload"}

func (d drawer) object(s *schema.Schema, depth int) map[string]any {
	out := map[string]any{}
	for _, f := range s.Fields() {
		switch {
		case f.Drop, len(f.Into) > 0, slices.Contains(ours, f.Name):
		case f.Required, f.Default != nil, d.all && depth < 6, !d.all && depth < 4 && rapid.Bool().Draw(d.t, f.Name+"?"):
			out[f.Name] = d.value(f, depth)
		}
	}
	return out
}

func (d drawer) value(f *schema.Field, depth int) any {
	switch f.Type {
	case schema.String:
		return d.text(f)
	case schema.Integer:
		return d.integer(f)
	case schema.Number:
		low, high := bounds(f, -1e9, 1e9)
		return rapid.Float64Range(max(low, math.SmallestNonzeroFloat64), high).Draw(d.t, f.Name)
	case schema.Boolean:
		return d.all || rapid.Bool().Draw(d.t, f.Name)
	case schema.Timestamp:
		seconds := rapid.Int64Range(1, 4e9).Draw(d.t, f.Name)
		return value.FormatTime(time.Unix(seconds, 0))
	case schema.Object:
		return d.object(f.Members, depth+1)
	case schema.List:
		list := make([]any, d.count(f))
		for i := range list {
			list[i] = d.value(f.Elem, depth+1)
		}
		return list
	case schema.Map:
		m := map[string]any{}
		for _, key := range rapid.SliceOfNDistinct(rapid.StringN(1, 4, -1), d.least(), 2, rapid.ID[string]).Draw(d.t, f.Name) {
			m[key] = d.value(f.Elem, depth+1)
		}
		return m
	default: // bytes, and payloads, which send bytes as they are
		return rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(d.t, f.Name)
	}
}

func (d drawer) least() int {
	if d.all {
		return 1
	}
	return 0
}

func (d drawer) count(f *schema.Field) int {
	low, high := d.least(), 2
	if f.MinLength != nil {
		low = max(low, *f.MinLength)
	}
	if f.MaxLength != nil {
		high = min(high, *f.MaxLength)
	}
	return rapid.IntRange(low, max(low, high)).Draw(d.t, f.Name)
}

func bounds(f *schema.Field, low, high float64) (float64, float64) {
	if f.Minimum != nil {
		low = max(low, *f.Minimum)
	}
	if f.Maximum != nil {
		high = min(high, *f.Maximum)
	}
	return low, high
}

func (d drawer) integer(f *schema.Field) int64 {
	low, high := bounds(f, -1e15, 1e15)
	n := rapid.Int64Range(int64(low), int64(high)).Draw(d.t, f.Name)
	if n == 0 && d.all {
		n = 1
	}
	return n
}

// words are texts of which one fits each pattern of the tables.
var words = []string{
	"a", "live", "000000000000", "012345", "o-abcdefghij", "lambda:InvokeFunction", "lambda:GetLayerVersion", "ALL", "us-east-1", "$LATEST", "17",
	"s3.amazonaws.com", "index.handler", "AKIAIOSFODNN7EXAMPLE", "arn:aws:iam::000000000000:role/deployer", "GAHT12345678",
}

// headers are sent as headers, which hold no control characters.
var headers = map[string]bool{"tenantId": true, "clientContext": true, "durableExecutionName": true}

func (d drawer) text(f *schema.Field) string {
	if len(f.Enum) > 0 {
		return rapid.SampledFrom(f.Enum).Draw(d.t, f.Name).(string)
	}
	if f.Pattern == "" && f.Coerce == nil {
		low, high := 1, 12
		if f.MinLength != nil {
			low = max(low, *f.MinLength)
		}
		if f.MaxLength != nil {
			high = min(max(high, low), *f.MaxLength)
		}
		text := rapid.StringN(low, max(low, high), -1)
		if headers[f.Name] {
			text = text.Filter(func(text string) bool { return !strings.ContainsFunc(text, unicode.IsControl) })
		}
		return text.Draw(d.t, f.Name)
	}
	var fitting []string
	for _, word := range append([]string{base64.StdEncoding.EncodeToString([]byte("{}")), strings.Repeat("ab1", 7)}, words...) {
		if v, err := f.Convert(word); err == nil && v == any(word) {
			fitting = append(fitting, word)
		}
	}
	if len(fitting) == 0 {
		d.t.Fatalf("no word fits %s: %s", f.Name, f.Pattern)
	}
	return rapid.SampledFrom(fitting).Draw(d.t, f.Name)
}
