package lambda

import "testing"

// BenchmarkPayloadBytes encodes what a small mapping of a flow gives.
func BenchmarkPayloadBytes(b *testing.B) {
	order := map[string]any{"id": "o-1700", "total": 249.5, "region": "eu-west-1", "lines": []any{
		map[string]any{"article": "lamp", "count": int64(1)}, map[string]any{"article": "bulb", "count": int64(4)},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := payloadBytes(order); err != nil {
			b.Fatal(err)
		}
	}
}
