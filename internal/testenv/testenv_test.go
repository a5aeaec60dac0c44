package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	Clean()
	os.Exit(m.Run())
}

func TestClean(t *testing.T) {
	for name, gone := range map[string]bool{
		"AWS_PROFILE": true, "AWS_ENDPOINT_URL_LAMBDA": true, "HTTP_PROXY": true, "https_proxy": true, "All_Proxy": true,
		"no_proxy": true, "LC_ALL": true, "LANGUAGE": true, "TZ": true, "TERM": true, "MEDLAR_JOURNAL_KEY": true, "_X_AMZN_TRACE_ID": true,
		"REQUEST_METHOD": true, "PATH": false, "HOME": false, "TMPDIR": false, "MEDLAR_THOROUGH": false, "GOFLAGS": false,
		"GOPROXY": false, "PYENV_ROOT": false, "TZDIR": false, "MEDLAR_NODE_MODULES": false,
	} {
		t.Setenv(name, os.Getenv(name)) // to be put back
		if err := os.Setenv(name, "x"); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if got := hostile(name); got != gone {
				t.Errorf("%s is hostile: %t, want %t", name, got, gone)
			}
		}()
		Clean()
		if _, there := os.LookupEnv(name); there == gone {
			t.Errorf("%s is set afterwards: %t", name, there)
		}
	}
}

// said is what a test would be told.
type said struct{ text string }

func (s *said) Helper()                         {}
func (s *said) Skipf(format string, a ...any)   { s.text = "skip: " + fmt.Sprintf(format, a...) }
func (s *said) Fatalf(format string, a ...any)  { s.text = "fail: " + fmt.Sprintf(format, a...) }
func (s *said) contains(parts ...string) string { return missingPart(s.text, parts) }

func missingPart(text string, parts []string) string {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return part
		}
	}
	return ""
}

// What stands first on the PATH is taken only if it is the program, at a
// version that will do.
func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	tests := map[string]struct {
		program Program
		script  string // of the program of that name; empty where there is none
		want    []string
	}{
		"none":            {AWS, "", []string{"skip: aws is not on the PATH"}},
		"version 1":       {AWS2, "echo aws-cli/1.45.11 Python/3.11.7", []string{"skip: ", "aws is version 1.45; 2.0 is needed"}},
		"version 1 does":  {AWS, "echo aws-cli/1.45.11 Python/3.11.7", nil},
		"version 1 early": {AWS, "echo aws-cli/1.15.90 Python/2.7", []string{"skip: ", "version 1.15; 1.16 is needed"}},
		"version 2":       {AWS2, "echo aws-cli/2.9.19 Python/3.11.2", nil},
		"says it aside":   {AWS2, "echo aws-cli/2.9.19 >&2", nil},
		"version 10":      {AWS2, "echo aws-cli/10.0", nil},
		"rubbish":         {AWS2, "echo 'I am no aws-cli/2.9'", []string{"skip: ", "is another program", "I am no"}},
		"nothing":         {Node, "true", []string{"skip: ", "is another program"}},
		"a failure":       {Python3, "exit 3", []string{"skip: ", "python3 --version fails: exit status 3"}},
		"an old python":   {Python3, "echo Python 3.6.15", []string{"skip: ", "version 3.6; 3.7 is needed"}},
		"node":            {Node, "echo v20.1.0", nil},
		"curl":            {Curl, "echo curl 8.5.0 libcurl", nil},
		"cannot be run":   {Curl, "#!/no/such/interpreter", []string{"skip: ", "--version fails"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", dir)
			t.Setenv(NeedVariable, "")
			path := filepath.Join(dir, test.program.Name)
			if script := test.script; script != "" {
				if !strings.HasPrefix(script, "#!") {
					script = "#!/bin/sh\n" + script + "\n"
				}
				if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			var s said
			got := test.program.Find(&s)
			if s.contains(test.want...) != "" || len(test.want) == 0 && (s.text != "" || got != path) {
				t.Errorf("got %q and %q, want %q", got, s.text, test.want)
			}
			if test.program.OK() != (len(test.want) == 0) {
				t.Error("OK says otherwise")
			}
			if len(test.want) > 0 {
				t.Setenv(NeedVariable, "1")
				if test.program.Find(&s); !strings.HasPrefix(s.text, "fail: ") {
					t.Errorf("where programs are needed: %q", s.text)
				}
			}
		})
	}
}

func TestFolderAndThorough(t *testing.T) {
	t.Setenv(NeedVariable, "")
	t.Setenv(ThoroughVariable, "")
	var s said
	if Folder(&s, "MEDLAR_NO_SUCH", "modules"); s.text != "skip: MEDLAR_NO_SUCH names no folder with modules" {
		t.Errorf("got %q", s.text)
	}
	if NeedThorough(&s, "it is slow"); s.text != "skip: it is slow: set MEDLAR_THOROUGH=1 to run it" || Thorough() {
		t.Errorf("got %q", s.text)
	}
	t.Setenv(ThoroughVariable, "1")
	s.text = ""
	if NeedThorough(&s, "it is slow"); s.text != "" || !Thorough() {
		t.Errorf("got %q", s.text)
	}
}
