package metrics_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/medlar-flow/medlar/serve/internal/metrics"
)

func written(t *testing.T, set *metrics.Set) string {
	t.Helper()
	var b strings.Builder
	if err := set.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWritten(t *testing.T) {
	var set metrics.Set
	runs := set.Counter("runs_total", `Runs, "all" of \ them`+"\nand more.", "flow", "outcome")
	times := set.Histogram("time_seconds", "How long.", []float64{0.1, 1}, "flow")
	set.Gauge("depth", "How deep.", func(is func(float64, ...string)) { is(2.5) })
	set.CounterOf("written_total", "How often.", func(is func(float64, ...string)) { is(7, "a"); is(8, "b") }, "file")
	runs.Add(1, "b", "done")
	runs.Add(2, "a", "\"x\"\\\n\xff")
	runs.Add(1, "b", "done")
	for _, v := range []float64{0.05, 0.1, 0.5, 3} {
		times.Observe(v, "f")
	}
	want := `# HELP runs_total Runs, "all" of \\ them\nand more.
# TYPE runs_total counter
runs_total{flow="a",outcome="\"x\"\\\n` + "\uFFFD" + `"} 2
runs_total{flow="b",outcome="done"} 2
# HELP time_seconds How long.
# TYPE time_seconds histogram
time_seconds_bucket{flow="f",le="0.1"} 2
time_seconds_bucket{flow="f",le="1"} 3
time_seconds_bucket{flow="f",le="+Inf"} 4
time_seconds_sum{flow="f"} 3.65
time_seconds_count{flow="f"} 4
# HELP depth How deep.
# TYPE depth gauge
depth 2.5
# HELP written_total How often.
# TYPE written_total counter
written_total{file="a"} 7
written_total{file="b"} 8
`
	if diff := cmp.Diff(want, written(t, &set)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Prometheus reads what we write.
func TestReadByPrometheus(t *testing.T) {
	var set metrics.Set
	texts := []string{"", "plain", `with "quotes"`, `a \ and \n`, "two\nlines", "ä€𝄞", "{}=,", "\xff\xfe"}
	runs := set.Counter("runs_total", "Runs.", "flow")
	times := set.Histogram("time_seconds", "Times.", []float64{0.1, 1, 10}, "flow")
	for i, text := range texts {
		runs.Add(float64(i)+0.25, text)
		times.Observe(float64(i), text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(written(t, &set)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, m := range families["runs_total"].GetMetric() {
		got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	for i, text := range texts {
		if v := got[strings.ToValidUTF8(text, "\uFFFD")]; v != float64(i)+0.25 {
			t.Errorf("%q is %v", text, v)
		}
	}
	if n := len(families["time_seconds"].GetMetric()); n != len(texts) {
		t.Errorf("%d distributions", n)
	}
	for _, m := range families["time_seconds"].GetMetric() {
		if h := m.GetHistogram(); h.GetSampleCount() != 1 || len(h.GetBucket()) != 4 {
			t.Errorf("%v", h)
		}
	}
}

func TestBounded(t *testing.T) {
	var set metrics.Set
	runs := set.Counter("runs_total", "Runs.", "flow", "trigger")
	var together sync.WaitGroup
	for part := range 4 {
		together.Go(func() {
			for i := range 2 * metrics.MaxSeries {
				runs.Add(1, fmt.Sprint(i), fmt.Sprint(part%2))
			}
		})
	}
	together.Wait()
	text := written(t, &set)
	if n := strings.Count(text, "\nruns_total{"); n != metrics.MaxSeries {
		t.Errorf("%d series", n)
	}
	if !strings.Contains(text, `runs_total{flow="other",trigger="other"} `) {
		t.Error("nothing is other")
	}
	sum := 0.0
	for line := range strings.Lines(text) {
		var v float64
		if _, value, ok := strings.Cut(line, "} "); ok {
			_, _ = fmt.Sscan(value, &v)
			sum += v
		}
	}
	if sum != 8*metrics.MaxSeries {
		t.Errorf("the sum is %v", sum)
	}
}

func TestCountsWithoutAllocation(t *testing.T) {
	var set metrics.Set
	runs := set.Counter("runs_total", "Runs.", "flow", "outcome")
	times := set.Histogram("time_seconds", "Times.", []float64{1, 2}, "flow")
	count := func() {
		runs.Add(1, "orders", "done")
		times.Observe(1.5, "orders")
	}
	count()
	if n := testing.AllocsPerRun(100, count); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	var set metrics.Set
	runs := set.Counter("runs_total", "Runs.", "flow", "outcome")
	for b.Loop() {
		runs.Add(1, "orders", "done")
	}
}
