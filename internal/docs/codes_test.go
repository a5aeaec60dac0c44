package docs

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// codesFolder has a file for each code, which cmd/runner.TestCodeExamples holds to
// what is printed.
const codesFolder = "cmd/runner/testdata/codes"

// codesWithoutExample says why no file can show a code, and which test makes it.
var codesWithoutExample = map[string]string{
	"ChunkLost":   "a worker of Temporal has to lose a part of a loop of many items",
	"Interrupted": "the process has to be asked to end; `flows.TestInterruptIsTold` does",
	"NoError":     "the check finds such a `fail` before it runs; it is here for programs that make flows themselves",
	"Refused":     "a server of Temporal has to refuse the run, of which no flow hears: the command says it",
}

// codesPage shows each code of runs by its file.
func codesPage(t *testing.T) string {
	w := &writer{}
	w.lines("# Codes by example", "", mark, "",
		"Each [code of runs](errors.md#codes-of-runs) with why it comes, a flow that fails with it, what is printed, what helps, and the same mended, in the same folder. Flows are saved as `flow.yaml`. "+
			"What is printed is that of a run with `--log-level off`; tests took what stands here, on a clock that waits for nobody. "+
			"The [mistakes](mistakes.md) that the check finds have a page of their own.")
	left := map[string]string{}
	for code, why := range codesWithoutExample {
		left[code] = why
	}
	for _, code := range ownCodes(t) {
		archive, err := txtar.ParseFile(filepath.Join(root, codesFolder, code+".txtar"))
		if err != nil {
			if left[code] == "" {
				t.Errorf("%s shows nothing of %s: write a file as the others are, and run UPDATE=1 go test ./cmd/runner -run TestCodeExamples", codesFolder, code)
			}
			continue
		}
		if left[code] != "" {
			t.Errorf("%s has a file, and codesWithoutExample says that it has none", code)
		}
		w.code(code, archive)
	}
	w.lines("", "## Without an example", "")
	w.head("code", "why no file shows it")
	for _, code := range ownCodes(t) {
		if why := left[code]; why != "" {
			checkTests(t, why)
			w.row("`"+code+"`", why)
		}
	}
	return w.String()
}

// code writes the part of a code.
func (w *writer) code(code string, archive *txtar.Archive) {
	about := codesOfRuns[code]
	w.lines("", "## "+code, "", upper(about[0])+". "+strings.TrimSpace(string(archive.Comment)), "")
	mended := false
	for _, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, "mended/")
		if ok && !mended {
			mended = true
			w.lines("What helps: "+about[1]+". Mended:", "")
		}
		switch {
		case name == "console":
			w.block("", "text", f.Data)
		case name == "flow.yaml":
			w.block("", "yaml", f.Data)
		default:
			w.block("`"+name+"`:", kindOf(name), f.Data)
		}
	}
}

// linked names a code with a link to what shows it.
func linked(code string) string {
	if codesWithoutExample[code] != "" {
		return "[`" + code + "`](codes.md#without-an-example)"
	}
	return "[`" + code + "`](codes.md#" + strings.ToLower(code) + ")"
}
