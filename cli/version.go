package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

const modulePath = "github.com/medlar-flow/medlar"

// What the linker writes into a program that is released (-ldflags -X), since a
// package is built in a folder that may be no repository. Nothing changes them.
var (
	releasedVersion  string // v0.1.0
	releasedRevision string // the commit
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "The version of this program",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			text := versionText(a.Name, info)
			if a.DataVersions != nil {
				text += strings.Join(a.DataVersions(), "\n") + "\n"
			}
			_, err := fmt.Fprint(a.Stdout, text)
			return err
		},
	}
}

// buildVersion is what a worker is known by.
func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return strings.TrimSpace(moduleVersion(info) + " " + revision(info))
}

// versionText returns the version of the module, the revision where the program
// was built in a repository, and Go's version.
func versionText(name string, info *debug.BuildInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", name, moduleVersion(info))
	if revision := revision(info); revision != "" {
		fmt.Fprintf(&b, "revision %s\n", revision)
	}
	fmt.Fprintf(&b, "%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return b.String()
}

// moduleVersion looks for this module among the dependencies, too: a runner
// with operations of its own is another main module.
func moduleVersion(info *debug.BuildInfo) string {
	if releasedVersion != "" {
		return releasedVersion
	}
	if info == nil {
		return "(unknown)"
	}
	if info.Main.Path == modulePath {
		return cmp.Or(info.Main.Version, "(devel)")
	}
	for _, dep := range info.Deps {
		if dep.Path == modulePath {
			return dep.Version
		}
	}
	return "(devel)"
}

func revision(info *debug.BuildInfo) string {
	if releasedRevision != "" {
		return releasedRevision
	}
	if info == nil {
		return ""
	}
	var hash, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			hash = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = " (modified)"
			}
		}
	}
	if hash == "" {
		return ""
	}
	return hash + modified
}
