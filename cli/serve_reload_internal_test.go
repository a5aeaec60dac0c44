package cli

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// What changes between a look and the reading of files is a change for the next look.
func TestChangesWhileFilesAreRead(t *testing.T) {
	tests := []struct {
		name   string
		loaded []string // beside the one in the folder
		change func(t *testing.T, dir string)
		want   bool
	}{
		{"nothing", nil, func(*testing.T, string) {}, false},
		{"a file beside the folder, known once it is read", []string{"part.yaml"}, func(*testing.T, string) {}, false},
		{"a flow", nil, func(t *testing.T, dir string) { put(t, filepath.Join(dir, "flows/f.yaml"), "flow: longer") }, true},
		{"secrets", nil, func(t *testing.T, dir string) { put(t, filepath.Join(dir, "secrets.yaml"), "token: longer") }, true},
		{"another flow", nil, func(t *testing.T, dir string) { put(t, filepath.Join(dir, "flows/g.yaml"), "flow: g") }, true},
		{"one flow less", nil, func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "flows/f.yaml")); err != nil {
				t.Fatal(err)
			}
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"flows/f.yaml": "flow: f", "secrets.yaml": "token: a", "part.yaml": "flow: part"} {
				put(t, filepath.Join(dir, name), text)
			}
			r := &reloader{patterns: []string{filepath.Join(dir, "flows")}, flags: &serveFlags{}}
			r.flags.secrets = filepath.Join(dir, "secrets.yaml")
			before := r.look()
			tt.change(t, dir)
			r.files = []string{filepath.Join(dir, "flows/f.yaml")}
			for _, name := range tt.loaded {
				r.files = append(r.files, filepath.Join(dir, name))
			}
			if got := !maps.Equal(r.settled(before), r.look()); got != tt.want {
				t.Errorf("a change is seen: %t, want %t", got, tt.want)
			}
		})
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
