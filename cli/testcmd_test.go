package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// A signal ends tests, also those of a flow that goes on for ever.
func TestSignalEndsTests(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"f.yaml":      "flow: f\nsteps: [{repeat: [{set: {a: 1}}], until: false, every: 1s}]\n",
		"f.test.yaml": "tests: [{name: a}, {name: b}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	signals := make(chan os.Signal, 1)
	signals <- os.Interrupt
	var out, errs bytes.Buffer
	c := Command{Stdout: &out, Stderr: &errs, Signals: signals, Connectors: []*connector.Connector{{Name: "none"}}}
	if code := c.Run(context.Background(), []string{"test", dir}); code != exitInterrupted {
		t.Errorf("exit code %d\n%s%s", code, &out, &errs)
	}
}
