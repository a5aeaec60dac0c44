package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// madeAtTheStart is how many bytes at most packages of this module may allocate
// before main begins, whatever the command is. What others need is a late.Value or
// a regex.Late, or stands in the program's file.
var madeAtTheStart = map[string]int{
	"internal/bind":         24_000, // names and types of functions
	"flows/internal/fields": 12_000, // what modifiers take
	"flows/internal/interp": 18_000, // what a failure has
	"flows/internal/check":  10_000,
	"flows/internal/habits": 6_000,
}

// littleAtTheStart is for the few errors, and small tables, of all others.
const littleAtTheStart = 1000

// initialised returns what Go traces of the packages that are initialised, in
// their order: each line with the path and the bytes.
func initialised(t *testing.T) [][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "runner", "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	line := regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, (\d+) allocs$`)
	found := line.FindAllStringSubmatch(stderr.String(), -1)
	if len(found) < 50 {
		t.Fatalf("the trace has %d packages:\n%s", len(found), stderr.Bytes())
	}
	return found
}

// The goroutine that initialises packages has a large stack before those that go
// deep are.
func TestStackIsLargeBeforePackagesAreInitialised(t *testing.T) {
	for _, m := range initialised(t) {
		switch path := m[1]; {
		case path == "github.com/medlar-flow/medlar/internal/stack/early":
			return
		case path == "encoding/gob", strings.HasPrefix(path, "modernc.org/"), strings.HasPrefix(path, "github.com/aws/"):
			t.Fatalf("%s is initialised first", path)
		}
	}
	t.Fatal("the trace says nothing of internal/stack/early")
}

func TestLittleIsMadeAtTheStart(t *testing.T) {
	for _, m := range initialised(t) {
		pkg, ours := strings.CutPrefix(m[1], "github.com/medlar-flow/medlar/")
		if !ours || pkg == "cmd/runner" || pkg == "internal/testenv" { // of the tests that are linked here
			continue
		}
		most, known := madeAtTheStart[pkg]
		if !known {
			most = littleAtTheStart
		}
		if made, err := strconv.Atoi(m[2]); err != nil || made > most {
			t.Errorf("%s allocates %s bytes at the start, want at most %d", pkg, m[2], most)
		}
	}
}
