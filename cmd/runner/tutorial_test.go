package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

var (
	tutorialPart = regexp.MustCompile("(?s)(?:<!-- file: ([a-z.]+) -->\n)?```(yaml|console)\n(.*?)```")
	quoted       = regexp.MustCompile(`(-H|--json) '([^']*)'`)
)

// TestTutorial does what the tutorial says, from an empty folder: it saves the
// files in their order, gives the commands to the built command, and compares
// what is printed; "..." stands for anything. Lines of the log are left out.
func TestTutorial(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its commands are those of a shell of Unix")
	}
	packaged(t)
	page, err := os.ReadFile("../../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	reader := &reader{}
	for _, m := range tutorialPart.FindAllSubmatch(page, -1) {
		switch name, text := string(m[1]), string(m[3]); {
		case name != "":
			if err := os.WriteFile(name, m[3], 0o600); err != nil {
				t.Fatal(err)
			}
		case string(m[2]) == "yaml":
			t.Fatalf("no file is named for\n%s", text)
		default:
			for _, command := range strings.Split("\n"+text, "\n$ ")[1:] {
				reader.does(t, command)
			}
		}
	}
	if reader.did < 15 || reader.server == nil {
		t.Errorf("the tutorial has %d commands", reader.did)
	}
}

// packaged puts the command of a package first on the PATH where MEDLAR_DIST is a
// folder of packages: what those do who have installed one.
func packaged(t *testing.T) {
	t.Helper()
	folder := os.Getenv("MEDLAR_DIST")
	if folder == "" {
		return
	}
	debs, err := filepath.Glob(filepath.Join(folder, "medlar_*_linux_amd64.deb"))
	if err != nil || len(debs) != 1 {
		t.Fatalf("%s holds %v (%v)", folder, debs, err)
	}
	system := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), testenv.DpkgDeb.Find(t), "-x", debs[0], system).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("PATH", filepath.Join(system, "usr", "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	if found, err := exec.LookPath("runner"); err != nil || !strings.HasPrefix(found, system) {
		t.Fatalf("runner is %s (%v)", found, err)
	}
}

// reader does what a page says.
type reader struct {
	did        int
	background *exec.Cmd
	server     *serving
}

func (r *reader) does(t *testing.T, command string) {
	t.Helper()
	r.did++
	line, want, _ := strings.Cut(command, "\n")
	words, got := strings.Fields(line), ""
	switch {
	case strings.HasPrefix(line, "runner serve "):
		r.server = startServing(t, nil, append(words[2:len(words)-1], "--listen", "127.0.0.1:0")...)
	case strings.HasSuffix(line, " &"):
		r.background = exec.CommandContext(t.Context(), words[0], words[1:len(words)-1]...)
		if err := r.background.Start(); err != nil {
			t.Fatal(err)
		}
		untilWaiting(t)
	case line == "kill -9 $!":
		if err := r.background.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = r.background.Wait()
	case words[0] == "curl":
		got = r.curl(t, line)
	case words[0] == "runner":
		out, _ := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput() // a failure is in the output
		got = withoutLog(string(out))
	default:
		t.Fatalf("the test does not know %q", line)
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), `\.\.\.`, `(?s:.*)`)
	if !regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimSpace(got)) {
		t.Errorf("%s\nprints\n%s\nthe page has\n%s", line, got, want)
	}
}

// untilWaiting returns once the run in the journal waits.
func untilWaiting(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat("runs.db"); err == nil {
			if _, out, _ := runner(t, "runs", "show", "big", "--journal", "runs.db"); strings.Contains(out, "signal approval") {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the run does not come to its wait")
		}
	}
}

// curl sends what curl would, to the server's own address.
func (r *reader) curl(t *testing.T, line string) string {
	t.Helper()
	url := strings.Replace(strings.Fields(line)[1], "http://127.0.0.1:8080", r.server.url, 1)
	var body string
	header := http.Header{"Content-Type": {"application/json"}}
	for _, m := range quoted.FindAllStringSubmatch(line, -1) {
		if name, value, _ := strings.Cut(m[2], ": "); m[1] == "-H" {
			header.Set(name, value)
		} else {
			body = m[2]
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withoutLog returns an output without the lines of the log, which a terminal
// shows as a tree.
func withoutLog(out string) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(out, "\n") {
		if !strings.HasPrefix(line, `{"level":`) {
			b.WriteString(line)
		}
	}
	return b.String()
}
