package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/cli/temporal"
)

// trees returns the commands that are handed out.
func trees() []*cobra.Command {
	return []*cobra.Command{cli.Command{Name: "runner"}.Tree(), cli.Command{Name: "runner-temporal", Remote: temporal.New()}.Tree()}
}

// below returns a command and those below it that a user is told of, without the
// help and the scripts of shells, which are cobra's.
func below(c *cobra.Command) []*cobra.Command {
	found := []*cobra.Command{c}
	for _, one := range c.Commands() {
		if one.IsAvailableCommand() && one.Name() != "help" {
			found = append(found, below(one)...)
		}
	}
	return found
}

// relative returns the words behind the program's name.
func relative(c *cobra.Command) string {
	_, rest, _ := strings.Cut(c.CommandPath(), " ")
	return rest
}

func commandsPage(*testing.T) string {
	both := trees()
	known := map[string]*cobra.Command{}
	w := &writer{}
	w.lines("# Commands", "", mark, "",
		"Each command with its flags, as `--help` shows it. `runner-temporal` has the same commands and some more; what it alone has stands at the [end](#with-temporal). [Running flows](running.md) says how they are used.", "")
	w.head("command", "")
	for _, c := range below(both[0])[1:] {
		if c.Runnable() {
			w.row("[`runner "+relative(c)+"`](#"+anchor("runner "+relative(c))+")", c.Short)
		}
	}
	for _, c := range below(both[0]) {
		known[relative(c)] = c
		w.command(c, nil)
	}
	w.lines("", "## With Temporal", "", "What `runner-temporal` has beside. [Runs on Temporal](temporal.md) says more.")
	for _, c := range below(both[1]) {
		w.command(c, known[relative(c)])
	}
	return w.String()
}

// anchor returns the name of a heading in an address.
func anchor(heading string) string { return strings.ReplaceAll(heading, " ", "-") }

// command writes a command; where another program has it, too, the flags alone
// that are not there.
func (w *writer) command(c, other *cobra.Command) {
	flags := flagsOf(c, other)
	if other != nil && len(flags) == 0 || !c.Runnable() && c.HasParent() && len(flags) == 0 {
		return
	}
	heading := "###"
	if !c.HasParent() && other == nil {
		heading = "##"
	}
	w.lines("", heading+" "+c.CommandPath(), "")
	if other == nil {
		text := strings.TrimSpace(c.Long)
		if text == "" {
			text = c.Short
		}
		w.lines("```text", c.UseLine(), "", text)
		if c.Example != "" {
			w.lines("", c.Example)
		}
		w.lines("```")
	} else {
		w.lines("Like `runner " + relative(c) + "`, and:")
	}
	if len(flags) > 0 {
		w.lines("")
		w.head("flag", "", "unless said")
		for _, f := range flags {
			w.row(f...)
		}
	}
}

// flagsOf returns the rows of a command's own flags that other lacks.
func flagsOf(c, other *cobra.Command) [][]string {
	var rows [][]string
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || other != nil && other.LocalFlags().Lookup(f.Name) != nil {
			return
		}
		name := "`--" + f.Name
		kind, usage := pflag.UnquoteUsage(f)
		if kind != "" {
			name += " " + kind
		}
		name += "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := f.DefValue
		if value == "" || value == "[]" || value == "false" {
			value = ""
		} else {
			value = "`" + value + "`"
		}
		rows = append(rows, []string{name, usage, value})
	})
	return rows
}

// TestNamesAreInAReference: each command and flag of both programs, and each
// page, stands in a reference.
func TestNamesAreInAReference(t *testing.T) {
	page := read(t, "docs/commands.md")
	n := 0
	for _, tree := range trees() {
		for _, c := range below(tree) {
			if n++; c.Runnable() && !strings.Contains(page, "# "+c.CommandPath()+"\n") && !strings.Contains(page, "# runner "+relative(c)+"\n") {
				t.Errorf("docs/commands.md does not tell of %s", c.CommandPath())
			}
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if n++; !f.Hidden && f.Name != "help" && !strings.Contains(page, "`--"+f.Name) {
					t.Errorf("docs/commands.md does not tell of %s --%s", c.CommandPath(), f.Name)
				}
			})
		}
	}
	if n < 100 {
		t.Errorf("there are %d names", n)
	}
}

var (
	// ourCommand is a call of one of the commands, in code or at a prompt.
	ourCommand = regexp.MustCompile("(?:`|\\n\\$ |\\n {4}|; |&& |\\| )(runner(?:-temporal)? [^`\n|;&>]*)")
	flagForm   = regexp.MustCompile(`^--?[a-z][a-z-]*$`)
)

// commandLines returns the calls of our commands in a page, up to a comment.
func commandLines(text string) []string {
	var lines []string
	for _, m := range ourCommand.FindAllStringSubmatch(text, -1) {
		line, _, _ := strings.Cut(m[1], " #")
		lines = append(lines, line)
	}
	return lines
}

// commandOf splits the words behind a program's name into those of the command
// and the others.
func commandOf(words []string, known map[string]map[string]bool) (name string, rest []string) {
	for i := min(3, len(words)); i > 0; i-- {
		if name = strings.Join(words[:i], " "); known[name] != nil {
			return name, words[i:]
		}
	}
	return "", words
}

// flowFiles returns the recipes and examples, whose first comments have commands.
func flowFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"docs/cookbook/*.yaml", "flows/examples/*.yaml", "flows/examples/*/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("there are no files %s (%v)", pattern, err)
		}
		all = append(all, found...)
	}
	return all
}

// TestFlagsOfPagesAreThere: a flag that a page, or the comment on a recipe or an
// example, names with a command is one of it.
func TestFlagsOfPagesAreThere(t *testing.T) {
	flags := map[string]map[string]bool{}
	for _, tree := range trees() {
		for _, c := range below(tree) {
			of := flags[relative(c)]
			if of == nil {
				of = map[string]bool{"--help": true, "-h": true}
				flags[relative(c)] = of
			}
			c.Flags().VisitAll(func(f *pflag.Flag) {
				of["--"+f.Name] = true
				if f.Shorthand != "" {
					of["-"+f.Shorthand] = true
				}
			})
		}
	}
	n := 0
	for _, page := range append(pages(t), flowFiles(t)...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLines(strings.ReplaceAll("\n"+string(text), "\n#   ", "\n$ ")) {
			words := strings.Fields(line)
			name, rest := commandOf(words[1:], flags)
			for _, word := range rest {
				word, _, _ = strings.Cut(word, "=")
				if !flagForm.MatchString(word) {
					continue
				}
				if n++; !flags[name][word] {
					t.Errorf("%s: %s %s has no flag %s:\n%s", page, words[0], name, word, line)
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("there are %d flags in pages", n)
	}
}
