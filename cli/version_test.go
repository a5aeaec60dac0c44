package cli

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionText(t *testing.T) {
	own := &debug.BuildInfo{Main: debug.Module{Path: modulePath, Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"},
	}}
	other := &debug.BuildInfo{Main: debug.Module{Path: "example.com/mine", Version: "v9"}, Deps: []*debug.Module{{Path: modulePath, Version: "v1.0.0"}}}
	tests := []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"own", own, "runner v1.2.3\nrevision abc (modified)\ngo1."},
		{"another program", other, "runner v1.0.0\ngo1."},
		{"nothing known", nil, "runner (unknown)\ngo1."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := versionText("runner", tt.info); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want it to begin with %q", got, tt.want)
			}
		})
	}
}
