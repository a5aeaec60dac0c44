package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// elsewhere offers nothing; it only makes its commands be there.
type elsewhere struct{ Elsewhere }

func (elsewhere) Flags(*pflag.FlagSet)       {}
func (elsewhere) RunFlags(*pflag.FlagSet)    {}
func (elsewhere) WorkerFlags(*pflag.FlagSet) {}

// A command is found by the name that it has in its help.
func TestSubcommandsHaveTheirNames(t *testing.T) {
	a := &app{Command: Command{Name: "runner", Elsewhere: elsewhere{}}.withDefaults()}
	for _, c := range a.subcommands() {
		if got := c.make().Name(); got != c.name {
			t.Errorf("%s makes the command %s", c.name, got)
		}
	}
}

func TestOnlyTheCommandThatIsCalledIsMade(t *testing.T) {
	all := []string{"check", "doctor", "functions", "local", "ops", "resume", "run", "runs", "schema", "test", "version"}
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
