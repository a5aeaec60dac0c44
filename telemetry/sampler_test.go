package telemetry_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/telemetry"
)

// The samplers are those that OpenTelemetry's specification has for OTEL_TRACES_SAMPLER,
// without regard to case. What is not known, or no argument, is told and counts as if it
// were not there; a ratio without an argument is 1.
func TestSamplers(t *testing.T) {
	// The traces whose last 8 bytes, without the first bit, are below the ratio's part.
	below := func(part float64) report.TraceID {
		id := report.TraceID{0: 0xff}
		binary.BigEndian.PutUint64(id[8:], uint64(part*(1<<63))<<1)
		return id
	}
	none := connector.Trace{}
	yes := connector.NewTrace([16]byte{1}, [8]byte{1}, connector.TraceSampled, "")
	no := connector.NewTrace([16]byte{1}, [8]byte{1}, connector.TraceRandom, "")
	const all, nothing, half = "all", "nothing", "half"
	for _, tt := range []struct {
		sampler, arg      string
		alone, in, beside string // of traces without a caller, with one that records, with one that does not
		problem           string
	}{
		{"", "", all, all, nothing, ""},
		{"", "0.5", all, all, nothing, ""},
		{"always_on", "", all, all, all, ""},
		{"always_on", "0", all, all, all, ""},
		{"always_off", "", nothing, nothing, nothing, ""},
		{"always_off", "1", nothing, nothing, nothing, ""},
		{"traceidratio", "", all, all, all, ""},
		{"traceidratio", "1", all, all, all, ""},
		{"traceidratio", "1.0", all, all, all, ""},
		{"traceidratio", "0", nothing, nothing, nothing, ""},
		{"traceidratio", "0.5", half, half, half, ""},
		{"traceidratio", " 5e-1 ", half, half, half, ""},
		{"traceidratio", "2", all, all, all, "OTEL_TRACES_SAMPLER_ARG"},
		{"traceidratio", "-0.1", all, all, all, "OTEL_TRACES_SAMPLER_ARG"},
		{"traceidratio", "NaN", all, all, all, "OTEL_TRACES_SAMPLER_ARG"},
		{"traceidratio", "half", all, all, all, "OTEL_TRACES_SAMPLER_ARG"},
		{"parentbased_always_on", "", all, all, nothing, ""},
		{"parentbased_always_off", "", nothing, all, nothing, ""},
		{"parentbased_traceidratio", "0.5", half, all, nothing, ""},
		{"parentbased_traceidratio", "", all, all, nothing, ""},
		{"parentbased_traceidratio", "x", all, all, nothing, "OTEL_TRACES_SAMPLER_ARG"},
		{"ParentBased_TraceIdRatio", "0.5", half, all, nothing, ""},
		{"ALWAYS_OFF", "", nothing, nothing, nothing, ""},
		{"jaeger_remote", "endpoint=http://127.0.0.1:1", all, all, nothing, "OTEL_TRACES_SAMPLER=\"jaeger_remote\""},
		{"parentbased_jaeger_remote", "", all, all, nothing, "OTEL_TRACES_SAMPLER=\"parentbased_jaeger_remot"},
		{"xray", "", all, all, nothing, "OTEL_TRACES_SAMPLER=\"xray\""},
		{"sometimes", "", all, all, nothing, "OTEL_TRACES_SAMPLER=\"sometimes\""},
	} {
		t.Run(tt.sampler+" "+tt.arg, func(t *testing.T) {
			env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_SAMPLER": tt.sampler, "OTEL_TRACES_SAMPLER_ARG": tt.arg}
			c, problems := telemetry.FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
			if told := strings.Join(problems, "\n"); (told != "") != (tt.problem != "") || !strings.Contains(told, tt.problem) {
				t.Errorf("told is %q, want %q", told, tt.problem)
			}
			for caller, want := range map[connector.Trace]string{none: tt.alone, yes: tt.in, no: tt.beside} {
				if want == half {
					if low, high := c.Sampler(below(0.499), caller), c.Sampler(below(0.501), caller); !low || high {
						t.Errorf("below %+v: %t where it is less, %t where it is more", caller, low, high)
					}
					continue
				}
				for _, part := range []float64{0, 0.25, 0.999} {
					if got := c.Sampler(below(part), caller); got != (want == all) {
						t.Errorf("below %+v: %t, want %s", caller, got, want)
					}
				}
			}
		})
	}
}

// A trace that a ratio records is recorded by every higher one, and of many traces the
// part is recorded that is asked for.
func TestRatios(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ratios := []float64{0, 0.001, 0.1, 0.5, 0.9, 1}
	counts := make([]int, len(ratios))
	const traces = 20_000
	for range traces {
		var id report.TraceID
		binary.BigEndian.PutUint64(id[:8], random.Uint64())
		binary.BigEndian.PutUint64(id[8:], random.Uint64())
		before := false
		for i, of := range ratios {
			now := telemetry.Ratio(of)(id, connector.Trace{})
			if before && !now {
				t.Fatalf("%x is recorded by a ratio below %v, and not by that", id, of)
			}
			if before = now; now {
				counts[i]++
			}
		}
	}
	for i, of := range ratios {
		if part := float64(counts[i]) / traces; part < of-0.02 || part > of+0.02 {
			t.Errorf("%v records %v", of, part)
		}
	}
}
