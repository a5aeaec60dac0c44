// Package testenv keeps tests independent of the machine that they run on: of
// its environment variables, of the programs that it has, and of their
// versions. Every package with tests calls Clean first in its TestMain.
package testenv

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Names of the variables that say what to test. Clean leaves them.
const (
	// ThoroughVariable set to anything asks for the tests that take long, too.
	ThoroughVariable = "MEDLAR_THOROUGH"
	// NeedVariable set to anything makes tests fail where they would be skipped
	// for the want of a program.
	NeedVariable = "MEDLAR_NEED_PROGRAMS"
)

// begins lists how the names of variables begin that change what our code or
// the programs of the tests do. Most are those of an AWS account, a terminal, a
// language or a Lambda function.
var begins = []string{
	"AWS_", "_X_AMZN_", "BOTO", "TEMPORAL_", "OTEL_",
	"LC_", "LANG", "CLICOLOR", "NODE_", "NPM_", "PYTHON", "CURL_", "SSL_CERT_",
}

// names lists further such variables.
var names = []string{
	"TZ", "NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "COLUMNS", "LINES", "PAGER", "LESS",
	"REQUEST_METHOD",     // makes net/http refuse a proxy
	"GOGC", "GOMEMLIMIT", // the command sets them unless the user did
	"HOSTALIASES", "CDPATH", // other places of names
	"POSIXLY_CORRECT",
	"MEDLAR_JOURNAL_KEY", "MEDLAR_TEMPORAL_KEY",
}

// kept lists variables that begin as one of begins does and say where a
// program is.
var kept = []string{"NODE_PATH", "NPM_CONFIG_PREFIX"}

// Clean unsets the environment variables of this process that would make a
// test depend on the machine. It belongs at the beginning of TestMain, before
// anything reads the environment; what a test starts inherits the rest.
func Clean() {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); hostile(name) {
			_ = os.Unsetenv(name)
		}
	}
}

func hostile(name string) bool {
	if slices.Contains(kept, name) {
		return false
	}
	upper := strings.ToUpper(name)
	return slices.Contains(names, upper) || strings.HasSuffix(upper, "_PROXY") ||
		slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(upper, b) })
}

// Thorough reports whether the tests that take long were asked for.
func Thorough() bool { return os.Getenv(ThoroughVariable) != "" }

// skipper is the part of testing.TB that this package needs.
type skipper interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// NeedThorough skips a test that takes long where only a part was asked for.
func NeedThorough(t skipper, why string) {
	t.Helper()
	if !Thorough() {
		t.Skipf("%s: set %s=1 to run it", why, ThoroughVariable)
	}
}

// missing skips a test for the want of something, or fails it where everything
// is to be there.
func missing(t skipper, what string) {
	t.Helper()
	if os.Getenv(NeedVariable) != "" {
		t.Fatalf("%s, and %s is set", what, NeedVariable)
		return
	}
	t.Skipf("%s", what)
}

// Folder returns the folder that a variable names, for what tests cannot look
// for. Without it the test is skipped; what says what is in the folder.
func Folder(t skipper, variable, what string) string {
	t.Helper()
	folder := os.Getenv(variable)
	if folder == "" {
		missing(t, variable+" names no folder with "+what)
	}
	return folder
}

// memory is where Linux keeps files that no disk is waited for.
const memory = "/dev/shm"

// Memory returns a folder that is gone with the test: one that lies in memory, where
// the machine has such, and a usual one otherwise. It is for small journals of
// tests that do not care when a disk has what is written; those that start the
// command itself have theirs on a disk.
func Memory(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp(memory, "medlar-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("removing what the test wrote: %v", err)
		}
	})
	return folder
}
