package cli

import (
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// elsewhere offers nothing; it only makes its commands be there.
type elsewhere struct{ Remote }

func (elsewhere) Flags(*flag.FlagSet)       {}
func (elsewhere) RunFlags(*flag.FlagSet)    {}
func (elsewhere) WorkerFlags(*flag.FlagSet) {}

// A command is found by the name that it has in its help.
func TestSubcommandsHaveTheirNames(t *testing.T) {
	a := &app{Command: Command{Name: "runner", Remote: elsewhere{}}.withDefaults()}
	for _, c := range a.subcommands() {
		if got := c.make().Name(); got != c.name {
			t.Errorf("%s makes the command %s", c.name, got)
		}
	}
}

func TestOnlyTheCommandThatIsCalledIsMade(t *testing.T) {
	all := []string{"check", "console", "docs", "doctor", "functions", "graph", "local", "openapi", "ops", "resume", "run", "runs", "schema", "serve", "test", "version"}
	for _, tt := range []struct {
		args, want []string
	}{
		{nil, all},
		{[]string{"--help"}, all},
		{[]string{"rnu"}, all},
		{[]string{"help", "run"}, all},
		{[]string{"__complete", "run"}, all},
		{[]string{"run"}, []string{"run"}},
		{[]string{"ops", "run"}, []string{"ops"}},
	} {
		a := &app{Command: Command{}.withDefaults()}
		var got []string
		for _, c := range a.root(tt.args).Commands() {
			got = append(got, c.Name())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.args, diff)
		}
	}
}
