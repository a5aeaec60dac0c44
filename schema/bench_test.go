package schema

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
)

func BenchmarkConvert(b *testing.B) {
	s := MustNew(
		&Field{Name: "functionName", Aliases: []string{"FunctionName"}, Type: String, Required: true, Pattern: "^[a-z-]+$"},
		&Field{Name: "memorySize", Aliases: []string{"MemorySize"}, Type: Integer, Minimum: ptr(128.0), Maximum: ptr(10240.0)},
		&Field{Name: "publish", Aliases: []string{"Publish"}, Type: Boolean, Default: false},
		&Field{Name: "runtime", Aliases: []string{"Runtime"}, Type: String, Enum: []any{"nodejs", "python"}, Accept: Accept{OpenEnum: true}},
		&Field{Name: "layers", Aliases: []string{"Layers"}, Type: List, Elem: &Field{Type: String}, Accept: Accept{JSONText: true, BareElement: true}},
	)
	in := map[string]any{"FunctionName": "orders", "memorySize": "512", "runtime": "python", "layers": []any{"a", "b"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Convert(in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkConvertInputs converts what a flow is given: as Go programs write
// it, and as values of flows.
func BenchmarkConvertInputs(b *testing.B) {
	s := MustNew(
		&Field{Name: "function", Type: String, Default: "small"},
		&Field{Name: "region", Type: String, Default: "eu-west-1"},
		&Field{Name: "order", Type: Object, Members: MustNew(
			&Field{Name: "id", Type: String, Required: true}, &Field{Name: "total", Type: Number, Required: true},
			&Field{Name: "lines", Type: List, Required: true},
		)},
	)
	for name, count := range map[string]any{"of Go": 1, "of flows": int64(1)} {
		in := map[string]any{"function": "small", "order": map[string]any{"id": "o-1700", "total": 249.5, "lines": []any{
			map[string]any{"article": "lamp", "count": count}, map[string]any{"article": "bulb", "count": count},
		}}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Convert(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var document = map[string]any{
	"Configuration": map[string]any{"FunctionName": "orders", "MemorySize": int64(512), "Timeout": 1.5, "Layers": []any{"a", "b", nil}},
	"Payload":       []byte("0123456789abcdef"),
	"Tags":          map[string]any{"team": "pay", "stage": "prod", "note": "line one\nGrüße"},
}

func BenchmarkEncodeJSON(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := value.EncodeJSON(document); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeJSON(b *testing.B) {
	src, err := value.EncodeJSON(document)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := value.DecodeJSON(src); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPayload: 64 KiB of JSON on its way from one call to the next, as it
// came and by way of its value.
func BenchmarkPayload(b *testing.B) {
	raw := []byte("[" + strings.Repeat(`{"id": "o-17", "amount": 12.50, "paid": true},`, 64<<10/46) + "{}]")
	for name, pass := range map[string]func(*value.Payload) any{
		"as it came": func(p *value.Payload) any { return p },
		"read":       (*value.Payload).Value,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := value.EncodePayload(pass(value.NewPayload(raw).(*value.Payload))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
