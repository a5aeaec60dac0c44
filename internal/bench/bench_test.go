package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// TestMain lets the test be the children that the bench starts.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(run())
	}
	testenv.Clean()
	os.Exit(m.Run())
}

// measures skips a test that measures: that says nothing about the rest, takes long,
// and wants the machine alone.
func measures(t *testing.T) {
	t.Helper()
	testenv.NeedThorough(t, "it measures")
}

// begun gives a bench with a stub that ends with the test.
func begun(t *testing.T) *bench {
	t.Helper()
	measures(t)
	b, err := newBench(&settings{quick: true}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	b.pace.warm, b.pace.window = 10*time.Millisecond, 50*time.Millisecond
	end, err := b.startStub(context.Background()) // the test's context ends before its cleanup
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(b.dir)
	})
	return b
}

// The whole command, with every client at one number of calls.
func TestCommand(t *testing.T) {
	measures(t)
	t.Setenv("TMPDIR", t.TempDir())
	var stdout, stderr bytes.Buffer
	profiles := filepath.Join(t.TempDir(), "profiles")
	if err := command(t.Context(), []string{"--quick", "--json", "--only", "invoke-16", "--before", "none", "--cpuprofile", profiles}, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var got figures.Report
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Sections) != 1 || len(got.Sections[0].Rows) != 8 {
		t.Fatalf("sections are %+v", got.Sections)
	}
	for _, row := range got.Sections[0].Rows {
		for _, metric := range []string{"calls_s", "p50_us", "allocs"} {
			if row.Figures[metric].Median <= 0 {
				t.Errorf("%s: %s is %v", row.Name, metric, row.Figures[metric])
			}
		}
		if cpu := row.Figures["cpu_us"]; runtime.GOOS == "linux" && cpu.Median <= 0 {
			t.Errorf("%s: the CPU is %v", row.Name, cpu)
		}
		if info, err := os.Stat(filepath.Join(profiles, "invoke-16-"+row.Name+".pprof")); err != nil || info.Size() == 0 {
			t.Errorf("%s has no profile: %v", row.Name, err)
		}
	}
	for _, c := range got.Sections[0].Compared {
		bounded := c.AtLeast != 0 || c.AtMost != 0
		if strings.HasSuffix(c.Name, ", earlier build") {
			continue
		}
		if c.Rounds == 0 && runtime.GOOS == "linux" || c.Rounds > 0 && bounded != (c.Met != nil) {
			t.Errorf("%s was not compared: %+v", c.Name, c)
		}
	}
	if len(got.Goals) != 9 {
		t.Errorf("the goals are %+v", got.Goals)
	}
	again := filepath.Join(t.TempDir(), "figures.json")
	if err := os.WriteFile(again, stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	before := stdout.String()
	stdout.Reset()
	if err := command(t.Context(), []string{"--from", again, "--json"}, &stdout, &stderr); err != nil || stdout.String() != before {
		t.Errorf("what was written is not read back: %v", err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("it left %v behind", left)
	}
}

// Every other section gives every figure that its table and its comparisons
// name. The number of calls at once makes no difference, so 16 stands for all.
func TestSections(t *testing.T) {
	b := begun(t)
	for _, s := range sections() {
		if s.Name == "cold" || s.Name == "idle" || s.Name == "temporal-worker" || s.AtOnce != 0 && s.AtOnce != 16 || s.Name == "invoke-16" {
			continue // starts build programs
		}
		t.Run(s.Name, func(t *testing.T) {
			var got figures.Rounds
			if err := s.round(t.Context(), b, 0, &got); err != nil {
				t.Fatal(err)
			}
			if runtime.GOOS != "linux" {
				return
			}
			full := s.filled(&got)
			for _, row := range full.Rows {
				for _, c := range s.Columns {
					if row.Figures[c.Metric].Rounds != 1 && (c.Metric != "lost" || row.Name == rowTraced) {
						t.Errorf("%s has no %s", row.Name, c.Metric)
					}
				}
			}
			for _, c := range full.Compared {
				if earlier := strings.HasSuffix(c.Name, ", earlier build"); c.Rounds != 1 && !earlier {
					t.Errorf("%s was not compared", c.Name)
				}
			}
		})
	}
}

// Scripts stand for the programs, which take long to build.
func TestStartOnce(t *testing.T) {
	measures(t)
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	b := &bench{dir: t.TempDir(), stub: "127.0.0.1:1", builds: map[string]bool{}}
	if _, err := b.build(t.Context(), starterProgram); err != nil {
		t.Fatal(err)
	}
	own := bytes.Repeat([]byte{1}, 64<<20)
	defer runtime.KeepAlive(own)
	s, err := b.startOnce(t.Context(), program{argv: []string{"/bin/sh", "-c", `test "$AWS_ENDPOINT_URL" = http://127.0.0.1:1 && echo o-1700`}, prints: "o-1700"})
	if err != nil {
		t.Fatal(err)
	}
	if s["wall_ms"] <= 0 || runtime.GOOS == "linux" && s["rss_mb"] <= 0 {
		t.Errorf("it measured %v", s)
	}
	if s["rss_mb"] > 32 {
		t.Errorf("a shell has %v MB: those of this process count", s["rss_mb"])
	}
	for name, script := range map[string]string{"a program that fails": "echo o-1700; exit 3", "another answer": "echo hello"} {
		if _, err := b.startOnce(t.Context(), program{argv: []string{"/bin/sh", "-c", script}, prints: "o-1700"}); err == nil {
			t.Errorf("%s counts as a start", name)
		}
	}
}

// A child ends when the pipe to it closes, as it does when the parent dies.
func TestChildEndsWithItsParent(t *testing.T) {
	b := begun(t)
	c, err := b.start(t.Context(), order{
		Role: roleCalls, Client: clientRaw, Work: workInvoke, AtOnce: 2, For: time.Minute, Stub: b.stub,
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := c.end(); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it ended after %s", took)
	}
}

func TestChildSaysWhatWentWrong(t *testing.T) {
	b := begun(t)
	for want, o := range map[string]order{
		`no role "dance"`:            {Role: "dance"},
		`no client "fax"`:            {Role: roleCalls, Client: "fax"},
		`raw cannot do the work "x"`: {Role: roleCalls, Client: clientRaw, Work: "x"},
	} {
		if _, err := b.ask(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, not %s", err, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		args   string
		rounds int
		wrong  string
	}{
		{"", 5, ""},
		{"--quick", 1, ""},
		{"--quick --rounds 3", 3, ""},
		{"--rounds 101", 0, "1 to 100"},
		{"--only=steps extra", 0, `"extra" is no flag`},
		{"--fast", 0, "not defined"},
		{"--json --only=steps", 5, ""},
	} {
		s, err := parse(strings.Fields(tt.args), &bytes.Buffer{})
		switch {
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%q: the error is %v", tt.args, err)
		case tt.wrong == "" && (err != nil || s.rounds != tt.rounds):
			t.Errorf("%q: %+v, %v", tt.args, s, err)
		}
	}
	for args, want := range map[string]settings{"--json": {json: true}, "--json=f.json": {json: true, file: "f.json"}, "--json=false": {}} {
		s, err := parse([]string{args}, &bytes.Buffer{})
		if err != nil || s.json != want.json || s.file != want.file {
			t.Errorf("%s: %+v, %v", args, s, err)
		}
	}
	if _, err := parse([]string{"--help"}, &bytes.Buffer{}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help gives %v", err)
	}
}

func TestChosen(t *testing.T) {
	for only, want := range map[string][]string{
		"invoke":         {"invoke-1", "invoke-16", "invoke-64"},
		"pass-16,steps":  {"pass-16", "steps"},
		"pass,pass-16":   {"pass-1", "pass-16", "pass-64"},
		"":               names(),
		"loading,memory": {"loading", "memory"},
	} {
		some, err := chosen(sections(), only)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range some {
			got = append(got, s.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", only, diff)
		}
	}
	if _, err := chosen(sections(), "invoke,fast"); err == nil {
		t.Error("a section that is none is chosen")
	}
}

// A goal must be one that a row and a column give: a mistyped name would make
// a goal that is never missed.
func TestGoalsNameWhatIsMeasured(t *testing.T) {
	for _, s := range sections() {
		known := map[figures.Quantity]bool{{}: true}
		for _, row := range s.Rows {
			for _, c := range s.Columns {
				known[figures.Quantity{Row: row.Name, Metric: c.Metric}] = true
			}
		}
		for _, c := range s.comparisons {
			if !known[c.Of] || !known[c.Over] {
				t.Errorf("%s: %s compares %v and %v", s.Name, c.Name, c.Of, c.Over)
			}
		}
	}
}

// A report of one section holds no goal of which others are a part.
func TestGoalsOfSections(t *testing.T) {
	var rounds figures.Rounds
	rounds.Add(0, rowRunner, figures.Sample{"wall_ms": 40, "cpu_ms": 40, "rss_mb": 12})
	rounds.Add(0, rowOneshot, figures.Sample{"wall_ms": 20, "cpu_ms": 20, "rss_mb": 12})
	goals := goalsOf([]figures.Section{coldSection().filled(&rounds)})
	if len(goals) != 9 || goals.Failed() {
		t.Fatalf("the goals are %+v", goals)
	}
	want := "held: none; missed: 3; not measured: 1, 2, 4, 5, 6, 7, 8, 9"
	if got := goals.Summary(); got != want {
		t.Errorf("the summary is %q, not %q", got, want)
	}
}

// What is held against an earlier build stands in a row of its own, and with
// another revision than the goals name it is no goal.
func TestAgainst(t *testing.T) {
	s := invokeSection(64)
	held := func() (n int) {
		for _, c := range s.comparisons {
			if c.Over.Row == clientJournal+besideMark && c.Goal.Number == goalDurable {
				n++
			}
		}
		return n
	}
	if s.label(clientJournal+besideMark) != "flow on a journal, earlier build" || held() != 2 {
		t.Errorf("the section is %+v", s)
	}
	rows := len(s.Rows)
	s.againstAll()
	if got := len(s.Rows) - rows; got != 3 { // connector, flow, and the flow with other settings
		t.Errorf("%d rows were added", got)
	}
	s.forgetEarlierGoals()
	if held() != 0 {
		t.Error("another revision is held against the goals")
	}
}

// An earlier revision gets the bench as it is now, without tests and the modules
// below it. To build that takes longer than a test may.
func TestPlant(t *testing.T) {
	measures(t)
	module, err := moduleFolder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := output(t.Context(), module, "git", "rev-parse", "--verify", "HEAD"); err != nil {
		t.Skipf("needs a checkout: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "earlier")
	commit, err := plant(t.Context(), "HEAD", folder)
	if err != nil || len(commit) < 40 {
		t.Fatalf("%q, %v", commit, err)
	}
	for _, name := range []string{"go.mod", "flows/flow.go", benchFolder + "/earlier.go", benchFolder + "/load/load.go", benchFolder + "/flows/invoke.yaml"} {
		want, err := os.ReadFile(filepath.Join(module, filepath.FromSlash(name)))
		got, err2 := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err = errors.Join(err, err2); err != nil || strings.HasPrefix(name, benchFolder) && !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"bench_test.go", "peers"} {
		if _, err := os.Stat(filepath.Join(folder, benchFolder, name)); err == nil {
			t.Errorf("%s was copied", name)
		}
	}
}

// Some lost spans are a figure; many, or those of another reason, are an error.
func TestLostSpans(t *testing.T) {
	text := func(s string) *string { return &s }
	full := text("spans were lost, 1 so far: more wait for the collector than the queue has room for; runs go on")
	for _, tt := range []struct {
		name        string
		first, last *string
		lost        float64
		wrong       string
	}{
		{"none", nil, nil, 0, ""},
		{"one", full, full, 0.5, ""},
		{"some", full, text("spans were lost, 20 in all"), 10, ""},
		{"many", full, text("spans were lost, 21 in all"), 10.5, "21 spans were lost, since more waited"},
		{"a collector that is not there", text("spans were lost, 512 so far: the collector cannot be reached; runs go on"), full, 0, "cannot be reached"},
		{"told in other words", full, text("some were lost"), 0, "room for"},
	} {
		s := figures.Sample{"calls_s": 1000}
		err := countLost(s, lossOf(tt.first, tt.last), &order{Warm: time.Second, For: time.Second})
		if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) || s["lost"] != tt.lost {
			t.Errorf("%s: %v, %v", tt.name, s, err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	if readOnly != connector.EffectReadOnly {
		t.Errorf("the effect %s is not that of a read", readOnly)
	}
}

func TestBeforeThatIsNotThere(t *testing.T) {
	measures(t)
	b := &bench{dir: t.TempDir(), notes: t.Output()}
	if err := b.compareWith(t.Context(), "no-such-revision", []*section{stepsSection()}); err == nil || !strings.Contains(err.Error(), "git knows no such revision") {
		t.Errorf("the error is %v", err)
	}
	if err := b.compareWith(t.Context(), noEarlier, []*section{invokeSection(16)}); err != nil || b.earlier != nil {
		t.Errorf("without a revision: %v", err)
	}
}

// Without a server there are no figures, which is told once.
func TestNoServerOfTemporal(t *testing.T) {
	t.Setenv(temporalVariable, "")
	var notes bytes.Buffer
	b := &bench{unable: map[string]bool{}, notes: &notes}
	for _, s := range []*section{temporalSection(1), temporalSection(40), temporalWorkerSection()} {
		var got figures.Rounds
		if err := s.round(t.Context(), b, 0, &got); err != nil {
			t.Fatal(err)
		}
		for _, c := range s.filled(&got).Compared {
			if c.Rounds != 0 || c.Met != nil {
				t.Errorf("%s was measured: %+v", c.Name, c)
			}
		}
	}
	if n := strings.Count(notes.String(), temporalVariable); n != 1 {
		t.Errorf("it was told %d times: %s", n, notes.String())
	}
}

// What an earlier build cannot do is left out, and told once.
func TestEarlierThatIsUnable(t *testing.T) {
	var notes bytes.Buffer
	b := &bench{unable: map[string]bool{}, notes: &notes, earlier: &bench{}}
	s := &section{}
	s.add("a", "A", func(_ context.Context, asked *bench, _ int) (samples, error) {
		if asked == b.earlier {
			return nil, errors.New("no such role")
		}
		return samples{"a": {"ns": 1}}, nil
	})
	s.beside("a")
	var got figures.Rounds
	for round := range 2 {
		if err := s.round(t.Context(), b, round, &got); err != nil {
			t.Fatal(err)
		}
	}
	if n := got.Stat("a", "ns").Rounds; n != 2 || got.Stat("a"+besideMark, "ns").Rounds != 0 {
		t.Errorf("%d rounds", n)
	}
	if n := strings.Count(notes.String(), "no such role"); n != 1 {
		t.Errorf("it was told %d times: %s", n, notes.String())
	}
}

func TestPrinting(t *testing.T) {
	r := &figures.Report{Machine: figures.Machine{Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.26"}, Rounds: 1, Legend: []string{"What it means."}}
	for _, s := range sections() {
		r.Sections = append(r.Sections, s.filled(&figures.Rounds{}))
	}
	for name, tt := range map[string]struct {
		settings settings
		want     []string
	}{
		"tables":   {settings{}, []string{"One invoke, 16 at once\n", "Against the goals", "≥ 2.60", "What it means."}},
		"json":     {settings{json: true}, []string{`"name": "invoke-16"`, `"atLeast": 2`}},
		"markdown": {settings{markdown: true}, []string{"| One invoke, 16 at once |", "| flow on a journal |", "|  | 1 at once | 16 at once | 64 at once |"}},
	} {
		var b bytes.Buffer
		if err := write(r, &tt.settings, &b); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lack %q:\n%s", name, want, b.String())
			}
		}
	}
}
