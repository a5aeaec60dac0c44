package bind

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
)

// newTimes is a scope of durations and timestamps, and its values.
func newTimes() (*testScope, testVars) {
	s := &testScope{bindings: map[Ref]Binding{}, problems: map[Ref]Problem{}}
	event := object(typed("at", schema.Timestamp), typed("took", schema.Duration), typed("n", schema.Integer))
	s.add(Ref{"ctx", ""}, Binding{Type: object(
		typed("d", schema.Duration), typed("short", schema.Duration), typed("at", schema.Timestamp), typed("later", schema.Timestamp),
		typed("text", schema.String), typed("none", schema.Timestamp), typed("n", schema.Integer), typed("any", schema.Any),
		listField("durations", typed("", schema.Duration)), listField("times", typed("", schema.Timestamp)),
		listField("events", event), &schema.Field{Name: "limits", Type: schema.Map, Elem: typed("", schema.Duration)},
	)})
	s.add(Ref{"item", ""}, Binding{Type: typed("", schema.Duration)})
	ev := func(at, took string, n int64) any { return map[string]any{"at": at, "took": took, "n": n} }
	return s, testVars{
		map[string]any{
			"d": "1m30s", "short": "5ms", "at": "2026-07-01T12:00:00Z", "later": "2026-07-01T12:00:00.5Z", "text": "90s", "n": int64(3),
			"any":       map[string]any{"d": "2h", "at": "2026-07-01T13:00:00.000+0000", "list": []any{"90s"}, "bad": "soon", "n": int64(1)},
			"durations": []any{"1h0m0s", "2m0s", "500ms"},
			"times":     []any{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00.51Z", "2026-01-01T00:00:00.5Z"},
			"events": []any{
				ev("2026-01-01T00:00:00.5Z", "10s", 1), ev("2026-01-01T00:00:00Z", "9s", 2), ev("2025-12-31T23:59:59.25Z", "1m0s", 3),
			},
			"limits": map[string]any{"a": "1h0m0s", "b": "59m0s"},
		},
		"20m0s",
	}
}

func TestTimes(t *testing.T) {
	type list = []any
	tests := []struct {
		expr string
		want any
	}{
		// Compared by value.
		{"ctx.d > '60s'", true},
		{"'60s' > ctx.d", false},
		{"ctx.d >= '90s' and ctx.d <= '1.5m'", true},
		{"ctx.d > ctx.short", true},
		{"ctx.d == '90s'", true},
		{"ctx.d != '90s'", false},
		{"ctx.d == ctx.text", true},
		{"ctx.d == ctx.any.d", false},
		{"ctx.d < ctx.any.d", true},
		{"ctx.any.d > ctx.d", true},
		{"ctx.d == ctx.any.bad", false}, // what is no duration equals none
		{"ctx.d != ctx.any.n", true},
		{"ctx.any.at > ctx.at", true},
		{"ctx.any.at == ctx.at + '1h'", true},
		{"ctx.later > ctx.at", true},
		{"ctx.at < '2026-07-01T14:00:00+02:00'", false},
		{"ctx.at == '2026-07-01T14:00:00+02:00'", true},
		{"now() > ctx.at", true},
		{"now() == ctx.later", true},
		{"now() >= ctx.at + '500ms'", true},
		{"addDuration('2026-01-01T00:00:00Z', '510ms') > addDuration('2026-01-01T00:00:00Z', '500ms')", true},
		{"parseTime('2026-01-01T00:00:00.5Z') > parseTime('2026-01-01T00:00:00Z')", true},
		{"'1s' < ctx.d < '2m'", true},
		{"'1s' < ctx.text < ctx.any.d < ctx.d", nil}, // see TestTimeProblems
		{"'2m' < ctx.d < '3m'", false},
		{"ctx.text < '2m' < ctx.d", false},
		{"ctx.d < ctx.text <= '90s'", false},
		{"ctx.short < ctx.text <= '90s'", true},
		{"item > '1000s'", true},
		{"duration(ctx.text) < '2m'", true},
		{"duration(90) == ctx.d and duration(0.5) == '500ms'", true},
		{"ctx.none == null and ctx.none != ctx.at", true},
		{"(ctx.d ?? '60s') > '9s'", true},
		{"(ctx.none ?? '2026-01-01T00:00:00Z') < ctx.at", true},
		{"(ctx.n > 1 ? ctx.d : ctx.text) > '9s'", true},
		{"(ctx.n > 1 ? ctx.text : ctx.d) > '9s'", true},
		{"(ctx.d > '60s') == true", true},
		{"not (ctx.d > '60s')", false},
		{"let limit = ctx.limits.b; limit > '9m'", true},
		{"ctx.limits.a > ctx.limits.b", true},
		{"ctx.limits['a'] > '59m'", true},

		// Lists.
		{"'2026-07-01T14:00:00+02:00' in [ctx.at, ctx.later]", true},
		{"ctx.d in ['90s', '1h']", true},
		{"ctx.text in [ctx.d]", true},
		{"'120s' in ctx.durations", true},
		{"'121s' not in ctx.durations", true},
		{"ctx.d in ctx.any.list", true},
		{"ctx.durations == ['60m', '120s', '0.5s']", true},
		{"ctx.durations == ['60m', '120s']", false},
		{"sort(ctx.durations)", list{"500ms", "2m0s", "1h0m0s"}},
		{"sort(ctx.durations, 'desc')", list{"1h0m0s", "2m0s", "500ms"}},
		{"sort(ctx.times)", list{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.51Z"}},
		{"sort([ctx.d, '60s', '9m', '2m'])", list{"60s", "1m30s", "2m", "9m"}},
		{"sort(map(ctx.events, .took))", list{"9s", "10s", "1m0s"}},
		{"map(sortBy(ctx.events, .at), .n)", list{int64(3), int64(2), int64(1)}},
		{"map(sortBy(ctx.events, .took, 'desc'), .n)", list{int64(3), int64(1), int64(2)}},
		{"sort(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.51Z'], 'desc')", list{"2026-01-01T00:00:00.51Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z"}},
		{"max(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z'])", "2026-01-01T00:00:00.5Z"},
		{"sort(['b', 'a', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00Z'])", list{"2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z", "a", "b"}},
		{"max(ctx.durations)", "1h0m0s"},
		{"min(ctx.times)", "2026-01-01T00:00:00Z"},
		{"max(ctx.d, '60s', '9s')", "1m30s"},
		{"min(ctx.d, '100s')", "1m30s"},
		{"max(ctx.text, ctx.short)", "90s"},
		{"max([ctx.d], ctx.durations)", "1h0m0s"},
		{"max(map(ctx.events, .at))", "2026-01-01T00:00:00.5Z"},
		{"uniq([ctx.d, '90s', '1m'])", list{"1m30s", "1m"}},
		{"map(filter(ctx.events, .took > '9500ms'), .n)", list{int64(1), int64(3)}},
		{"count(ctx.events, .at >= '2026-01-01T00:00:00Z')", int64(2)},
		{"find(ctx.events, .at < '2026-01-01T00:00:00Z').took > '59s'", true},
		{"last(sort(ctx.times)) > first(sort(ctx.times))", true},
		{"max(values(ctx.limits))", "1h0m0s"},
		{"sum(ctx.durations)", "1h2m0.5s"},
		{"sum(ctx.events, .took)", "1m19s"},
		{"reduce(ctx.durations, #acc + #, '0s') > '1h'", true},

		// Computed with.
		{"ctx.later - ctx.at", "500ms"},
		{"ctx.at - '2026-06-30T12:00:00Z'", "24h0m0s"},
		{"'2026-07-02T12:00:00Z' - ctx.at", "24h0m0s"},
		{"ctx.at - ctx.d", "2026-07-01T11:58:30Z"},
		{"ctx.at - '90d'", "2026-04-02T12:00:00Z"},
		{"ctx.at + '-90d'", "2026-04-02T12:00:00Z"},
		{"addDuration(ctx.at, '-90d')", "2026-04-02T12:00:00Z"},
		{"ctx.at + ctx.d", "2026-07-01T12:01:30Z"},
		{"ctx.d + ctx.at", "2026-07-01T12:01:30Z"},
		{"ctx.at + ctx.text", "2026-07-01T12:01:30Z"},
		{"'1h' + ctx.at", "2026-07-01T13:00:00Z"},
		{"ctx.d + ctx.d", "3m0s"},
		{"ctx.d + '30s'", "2m0s"},
		{"ctx.d - ctx.text", "0s"},
		{"ctx.d - '1d'", "-23h58m30s"},
		{"ctx.d * 2", "3m0s"},
		{"2 * ctx.d", "3m0s"},
		{"ctx.d * 0.5", "45s"},
		{"ctx.d * ctx.any.n", "1m30s"},
		{"ctx.d / 4", "22.5s"},
		{"-ctx.d", "-1m30s"},
		{"ctx.d * ctx.n + '1s'", "4m31s"},
		{"ctx.later - ctx.at > '400ms'", true},
		{"now() - ctx.at < '1s'", true},
		{"seconds(ctx.d)", 90.0},
		{"seconds('1d')", 86400.0},
		{"seconds(ctx.later - ctx.at)", 0.5},
		{"seconds(ctx.d) / seconds('45s')", 2.0},
		{"epochSeconds(ctx.at)", int64(1782907200)},

		// Text in every other place.
		{"ctx.d[0:2]", "1m"},
		{"ctx.at[0:10]", "2026-07-01"},
		{"ctx.at startsWith '2026'", true},
		{"ctx.at contains 'T12'", true},
		{"ctx.d matches '^1m'", true},
		{"upper(ctx.d)", "1M30S"},
		{"string(ctx.d) + '!'", "1m30s!"},
		{"len(ctx.d)", int64(5)},
		{"type(ctx.at)", "string"},
		{"json({at: ctx.at, d: ctx.d})", `{"at":"2026-07-01T12:00:00Z","d":"1m30s"}`},
		{"join(ctx.durations, ' ')", "1h0m0s 2m0s 500ms"},
		{"keys(groupBy(ctx.events, .took))", list{"10s", "1m0s", "9s"}},

		// Read and written.
		{"parseTime('2019-03-05T08:43:52.123+0000')", "2019-03-05T08:43:52.123Z"},
		{"parseTime('2019-03-05T08:43:52+0130')", "2019-03-05T07:13:52Z"},
		{"parseTime('20190305T084352Z')", "2019-03-05T08:43:52Z"},
		{"parseTime('Tue, 05 Mar 2019 08:43:52 GMT')", "2019-03-05T08:43:52Z"},
		{"parseTime(1551775432)", "2019-03-05T08:43:52Z"},
		{"parseTime(1551775432.123)", "2019-03-05T08:43:52.123Z"},
		{"parseTime('1551775432')", "2019-03-05T08:43:52Z"},
		{"parseTime('1551775432.5')", "2019-03-05T08:43:52.5Z"},
		{"parseTime(0)", "1970-01-01T00:00:00Z"},
		{"parseTime(ctx.any.at) - ctx.at", "1h0m0s"},
		{"formatTime(ctx.at, '2006-01-02')", "2026-07-01"},
		{"formatTime(ctx.at, 'Jan 2')", "Jul 1"},
		{"formatTime('2019-03-05T08:43:52.123+0000', '15:04:05.000')", "08:43:52.123"},
		{"formatTime(ctx.later - '1h', '15h04')", "11h00"},
	}
	e := NewEngine()
	s, v := newTimes()
	for _, tt := range tests {
		if tt.want == nil {
			continue
		}
		t.Run(tt.expr, func(t *testing.T) {
			p, problems := e.Compile("${"+tt.expr+"}", s)
			if p == nil {
				t.Fatal(problems)
			}
			got, err := p.Eval(v)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if _, same := newTimes(); cmp.Diff(same, v) != "" {
		t.Error("Eval changed what it read")
	}
}

func TestTimeTypes(t *testing.T) {
	for expr, want := range map[string]string{
		"now()": "timestamp", "parseTime(1)": "timestamp", "addDuration(ctx.at, '1s')": "timestamp", "ctx.at - '1s'": "timestamp",
		"ctx.at - ctx.later": "duration", "-ctx.d": "duration", "2 * ctx.d": "duration", "ctx.d + '1s'": "duration", "ctx.d / 2": "duration",
		"duration('1s')": "duration", "ctx.d ?? '1s'": "duration", "ctx.d ?? ctx.short": "duration", "ctx.d ?? 'none'": "string",
		"ctx.none ?? null": "timestamp", "max(ctx.durations)": "duration", "max(ctx.d, 'x' + 'y')": "string", "sort(ctx.times)": "list of timestamp",
		"[ctx.d, ctx.short]": "list of duration", "[ctx.d, '1s']": "list of string", "map(ctx.events, .at)": "list of timestamp",
		"map(ctx.events, .at - now())": "list of duration", "sum(ctx.durations)": "duration", "seconds(ctx.d)": "number",
		"formatTime(ctx.at, '2006')": "string", "ctx.at[0:4]": "string", "first(ctx.times)": "timestamp",
	} {
		s, _ := newTimes()
		if p := mustCompileIn(t, s, "${"+expr+"}"); p.Type().TypeName() != want {
			t.Errorf("%s gives %s, want %s", expr, p.Type().TypeName(), want)
		}
	}
}

func TestTimeProblems(t *testing.T) {
	const span, at = "write it such as 500ms, 90s, 1h30m or 7d", "write it such as 2026-01-31T08:00:00Z"
	const rule = ": a layout shows how the time 2006-01-02T15:04:05.000Z07:00 would be written"
	const inText = "in text, write ${...} in it, or use string(...); a duration is written such as 90s, 1h30m or 7d"
	tests := []struct {
		expr string
		want []string
	}{
		// A literal that is none.
		{"ctx.d > '60'", []string{`«'60'» | "60" is not a duration | ` + span}},
		{"ctx.d == 'soon'", []string{`«'soon'» | "soon" is not a duration | ` + span}},
		{"'soon' != ctx.d", []string{`«'soon'» | "soon" is not a duration | ` + span}},
		{"ctx.d == ''", []string{`«''» | "" is not a duration | ` + span}},
		{"ctx.at > 'yesterday'", []string{`«'yesterday'» | "yesterday" is not a timestamp | ` + at}},
		{"ctx.at > '2026-01-31'", []string{`«'2026-01-31'» | "2026-01-31" is not a timestamp | write 2026-01-31T00:00:00Z: a timestamp has a time and a zone`}},
		{"ctx.at > '2026-01-31T08:00:00'", []string{`«'2026-01-31T08:00:00'» | "2026-01-31T08:00:00" is not a timestamp | write 2026-01-31T08:00:00Z: a timestamp has a time and a zone`}},
		{"ctx.at > '90s'", []string{`«'90s'» | "90s" is not a timestamp | ` + at}},
		{"ctx.d in ['90s', 'x']", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"'x' in ctx.durations", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"ctx.durations == ['x']", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"sort([ctx.d, 'x'])", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"uniq([ctx.d, 'x'])", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"max(ctx.d, 'x', '1s')", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"min([ctx.at, 'x'])", []string{`«'x'» | "x" is not a timestamp | ` + at}},
		{"(ctx.d ?? 'none') > '1s'", []string{`«'none'» | "none" is not a duration | ` + span}},
		{"(ctx.n > 1 ? ctx.d : 'none') > '1s'", []string{`«'none'» | "none" is not a duration | ` + span}},
		{"'1s' < ctx.d < 'x'", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"'x' < ctx.text < ctx.d", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"filter(ctx.events, .took > 'x')", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"seconds('x')", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"duration('x')", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"parseTime('x')", []string{`«'x'» | "x" is not a timestamp | ` + at}},
		{"parseTime('1551775432000')", []string{`«'1551775432000'» | "1551775432000" is not a timestamp | these are milliseconds: parseTime(n / 1000) reads them`}},
		{"parseTime('2019-03-05 08:43:52')", []string{`«'2019-03-05 08:43:52'» | "2019-03-05 08:43:52" is not a timestamp | write 2019-03-05T08:43:52Z: a timestamp has a time and a zone`}},
		{"ctx.d > 'PT90S'", []string{`«'PT90S'» | "PT90S" is not a duration | write 90s`}},
		{"duration('2 weeks')", []string{`«'2 weeks'» | "2 weeks" is not a duration | write 14d`}},
		{"addDuration(ctx.at, 'P1D')", []string{`«'P1D'» | "P1D" is not a duration | write 1d`}},

		// A duration where a timestamp is wanted, and others.
		{"formatTime(ctx.d, '2006')", []string{"«ctx.d» | formatTime takes a timestamp here, not a duration | formatTime(time: timestamp, layout: string) → string"}},
		{"epochSeconds(ctx.d + '1s')", []string{"«+» | epochSeconds takes a timestamp here, not a duration | epochSeconds(time: timestamp) → integer"}},
		{"parseTime(ctx.d)", []string{"«ctx.d» | parseTime takes a string or a number here, not a duration | parseTime(value: string or number) → timestamp"}},
		{"seconds(ctx.at)", []string{"«ctx.at» | seconds takes a duration here, not a timestamp | seconds(duration: duration) → number"}},
		{"duration(now())", []string{"«now» | duration takes a string or a number here, not a timestamp | duration(value: string or number) → duration"}},
		{"addDuration(ctx.d, ctx.at)", []string{
			"«ctx.at» | addDuration takes a duration here, not a timestamp | addDuration(time: timestamp, duration: duration) → timestamp",
			"«ctx.d» | addDuration takes a timestamp here, not a duration | addDuration(time: timestamp, duration: duration) → timestamp",
		}},
		{"seconds(ctx.none ?? '90s')", []string{"«??» | seconds takes a duration here, not a timestamp | seconds(duration: duration) → number"}},
		{"round(ctx.d)", []string{"«ctx.d» | round takes a number here, not a duration | seconds(duration) is a number; round(x: number) → number"}},
		{"abs(ctx.at)", []string{"«ctx.at» | abs takes a number here, not a timestamp | epochSeconds(time) is a number, parseTime(seconds) a time; abs(x: number) → number"}},
		{"-ctx.at", []string{"«-» | - cannot take a timestamp | epochSeconds(time) is a number, parseTime(seconds) a time"}},
		{"ctx.at < 5", []string{"«<» | < cannot take a timestamp and an integer | epochSeconds(time) is a number, parseTime(seconds) a time"}},
		{"sort(concat(ctx.durations, ['x']))", []string{`«'x'» | "x" is not a duration | ` + span}},
		{"max(reverse([ctx.at, 'x']))", []string{`«'x'» | "x" is not a timestamp | ` + at}},
		{"formatTime(ctx.at, '2026-01-31')", []string{`«'2026-01-31'» | "2026-01-31" is not a layout of a time | write "2006-01-02"` + rule}},
		{"formatTime(ctx.at, '2026-01-31T10:30:00Z')", []string{`«'2026-01-31T10:30:00Z'» | "2026-01-31T10:30:00Z" is not a layout of a time | write "2006-01-02T15:04:05Z07:00"` + rule}},
		{"sumBy(ctx.events, 'at', 'took')", []string{`«'took'» | sumBy adds numbers, and "took" is a duration`}},
		{"addDuration('x', 'y')", []string{`«'x'» | "x" is not a timestamp | ` + at, `«'y'» | "y" is not a duration | ` + span}},
		{"formatTime('x', '2006')", []string{`«'x'» | "x" is not a timestamp | ` + at}},
		{"ctx.d + 'later'", []string{`«'later'» | "later" is not a duration | ` + inText}},
		{"'at ' + now()", []string{`«'at '» | "at " is not a duration | ` + inText}},
		{"ctx.d - 'x'", []string{`«'x'» | "x" is not a duration | ` + span}},

		// Kinds that do not fit.
		{"ctx.d > ctx.at", []string{"«>» | > cannot take a duration and a timestamp | compare a time with a time, a duration with a duration: now() - t is a duration"}},
		{"ctx.at == ctx.d", []string{"«==» | == cannot take a timestamp and a duration | compare a time with a time, a duration with a duration: now() - t is a duration"}},
		{"ctx.d > 60", []string{"«>» | > cannot take a duration and an integer | seconds(duration) is a number"}},
		{"ctx.d > ctx.n", []string{"«>» | > cannot take a duration and an integer | seconds(duration) is a number"}},
		{"ctx.n == ctx.d", []string{"«==» | == cannot take an integer and a duration | seconds(duration) is a number"}},
		{"ctx.d > len(ctx.text)", []string{"«len» | expected a duration, or text that is one, found an integer"}},
		{"ctx.at + ctx.later", []string{"«+» | + cannot take a timestamp and a timestamp | time - time is a duration, time + duration is a time"}},
		{"ctx.d - ctx.at", []string{"«ctx.d - ctx.at» | - cannot take a duration and a timestamp | write ctx.at - ctx.d"}},
		{"ctx.d * ctx.d", []string{"«*» | * cannot take a duration and a duration | a duration is multiplied by a number"}},
		{"ctx.at * 2", []string{"«*» | * cannot take a timestamp and an integer | a duration is multiplied by a number"}},
		{"ctx.d / ctx.short", []string{"«/» | / cannot take a duration and a duration | a duration is divided by a number; seconds(a) / seconds(b) is the ratio of two"}},
		{"1 / ctx.d", []string{"«/» | / cannot take an integer and a duration | a duration is divided by a number; seconds(a) / seconds(b) is the ratio of two"}},
		{"ctx.d * 'x'", []string{"«*» | a duration is multiplied and divided by numbers, not by a string"}},
		{"ctx.d + ctx.n", []string{"«ctx.d + ctx.n» | + cannot take a duration and an integer | write ctx.d + duration('1s') * ctx.n"}},
		{"ctx.d + 1", []string{"«ctx.d + 1» | + cannot take a duration and an integer | write ctx.d + '1s'"}},
		{"ctx.d % 2", []string{"«%» | % cannot take a duration and an integer"}},
		{"ctx.at - ctx.text", []string{"«-» | - cannot take a timestamp and a string | say what the text is: duration(text), or parseTime(text)"}},
		{"now() - ctx.any.at", []string{"«-» | - cannot take a timestamp | say what the text is: duration(text), or parseTime(text)"}},
		{"ctx.text - ctx.d", []string{"«-» | - cannot take a string and a duration | say what the text is: duration(text), or parseTime(text)"}},
		{"ctx.at in ctx.durations", []string{"«in» | in cannot take a timestamp and a list of durations"}},
		{"max(ctx.d, ctx.at)", []string{"«ctx.at» | max cannot take durations and timestamps together"}},
		{"max(ctx.d, ctx.n)", []string{"«ctx.n» | max cannot take a duration and an integer | seconds(duration) is a number"}},
		{"mean(ctx.durations)", []string{"«ctx.durations» | mean takes numbers, not durations | mean(map(list, seconds(#))) takes those of durations"}},
		{"sum(ctx.times)", []string{"«sum» | sum takes numbers or durations, not timestamps"}},
		{"seconds(5)", []string{"«5» | seconds takes a duration here, not an integer | seconds(duration: duration) → number"}},
		{"ctx.n < ctx.any.n < ctx.any.d < ctx.d", []string{"«<» | times are compared here with what was no time before | write the comparisons one by one, with and between them"}},

		// Layouts.
		{"formatTime(ctx.at, 'yyyy-MM-dd')", []string{`«'yyyy-MM-dd'» | "yyyy-MM-dd" is not a layout of a time | write "2006-01-02"` + rule}},
		{"formatTime(ctx.at, '%Y')", []string{`«'%Y'» | "%Y" is not a layout of a time | write "2006"` + rule}},
		{"formatTime(ctx.at, '%Y-%m-%dT%H:%M:%SZ')", []string{`«'%Y-%m-%dT%H:%M:%SZ'» | "%Y-%m-%dT%H:%M:%SZ" is not a layout of a time | write "2006-01-02T15:04:05Z"` + rule}},
		{"formatTime(ctx.at, 'YYYY/MM/DD HH:mm:ss.SSS')", []string{`«'YYYY/MM/DD HH:mm:ss.SSS'» | "YYYY/MM/DD HH:mm:ss.SSS" is not a layout of a time | write "2006/01/02 15:04:05.000"` + rule}},
		{"formatTime(ctx.at, \"yyyy-MM-dd'T'HH:mm:ssXXX\")", []string{`«"yyyy-MM-dd'T'HH:mm:ssXXX"» | "yyyy-MM-dd'T'HH:mm:ssXXX" is not a layout of a time | write "2006-01-02T15:04:05Z07:00"` + rule}},
		{"formatTime(ctx.at, 'RFC3339')", []string{`«'RFC3339'» | "RFC3339" is not a layout of a time | write "2006-01-02T15:04:05Z07:00"` + rule}},
		{"formatTime(ctx.at, 'yyyy-01-02')", []string{`«'yyyy-01-02'» | "yyyy-01-02" is not a layout of a time | write "2006-01-02"` + rule}},
		{"formatTime(ctx.at, 'nice')", []string{`«'nice'» | "nice" is not a layout of a time | a layout shows how the time 2006-01-02T15:04:05.000Z07:00 would be written, such as 2006-01-02 or 15:04`}},
		{"formatTime(ctx.at, '')", []string{`«''» | "" is not a layout of a time | a layout shows how the time 2006-01-02T15:04:05.000Z07:00 would be written, such as 2006-01-02 or 15:04`}},
	}
	e := NewEngine()
	s, _ := newTimes()
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			text := "${" + tt.expr + "}"
			p, problems := e.Compile(text, s)
			if p != nil {
				t.Error("there is a program")
			}
			var got []string
			for _, problem := range problems {
				got = append(got, quoted(text, problem)[len(problem.Rule)+len(" | "):])
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTimeErrors(t *testing.T) {
	tests := []struct{ expr, want string }{
		{"ctx.d > ctx.any.bad", "«bad» the text is not a duration such as 1m30s or 90d"},
		{"ctx.at > ctx.any.bad", "«bad» the text is not a time such as 2006-01-02T15:04:05Z"},
		{"ctx.none > ctx.at", "«ctx.none» expected a timestamp, found null"},
		{"ctx.d > ctx.any.n", "«n» expected a duration, found an integer"},
		{"ctx.at + ctx.any.bad", "«+» the text is not a duration such as 1m30s or 90d"},
		{"sort([ctx.d, ctx.any.bad])", "«[» the text is not a duration such as 1m30s or 90d"},
		{"max(ctx.d, ctx.any.n)", "«max» max: expected a duration, found an integer"},
		{"ctx.d * 1000000000", "«*» the duration is longer than 292 years"},
		{"ctx.d * 1e300", "«*» the duration is longer than 292 years"},
		{"ctx.d / 0", "«/» division by zero"},
		{"duration(1e300)", "«duration» duration: the duration is longer than 292 years"},
		{"duration('106751d') + '106751d'", "«+» the duration is longer than 292 years"},
		{"-(duration('-2562047h47m16.854775808s'))", "«-» the duration is longer than 292 years"},
		{"parseTime('9999-12-31T23:59:59Z') + '1s'", "«+» the time is not within the years 0 to 9999"},
		{"parseTime('2026-01-01T00:00:00Z') - '0001-01-01T00:00:00Z'", "«-» the duration is longer than 292 years"},
		{"parseTime(1551775432000)", "«parseTime» parseTime: the seconds since 1970 are beyond the year 9999: divide milliseconds by 1000"},
		{"parseTime(1e300)", "«parseTime» parseTime: the seconds since 1970 are beyond the year 9999: divide milliseconds by 1000"},
		{"parseTime(ctx.any.bad)", "«parseTime» parseTime: the text is not a time such as 2006-01-02T15:04:05Z"},
		{"formatTime(ctx.at, 'y' + 'yyy')", "«formatTime» formatTime: the layout has no part of the time 2006-01-02T15:04:05Z07:00"},
		{"sum([ctx.d, ctx.any.bad])", "«sum» sum: the text is not a duration such as 1m30s or 90d"},
		{"map(ctx.any.list, # > ctx.at)", "«#» the text is not a time such as 2006-01-02T15:04:05Z"},
	}
	older := NewEngine(WithUnlikeTypes())
	e := NewEngine()
	s, v := newTimes()
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			text := "${" + tt.expr + "}"
			p, problems := e.Compile(text, s)
			if p == nil { // a literal that the check refuses, and old runs did not
				p, problems = older.Compile(text, s)
			}
			if p == nil {
				t.Fatal(problems)
			}
			_, err := p.Eval(v)
			fault, ok := err.(*EvalError)
			if !ok {
				t.Fatalf("no error")
			}
			if got := "«" + text[fault.Offset:fault.Offset+fault.Length] + "» " + fault.Message; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
