package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/cli/temporal"
)

// commands returns the commands that are handed out, as they are below cmd.
func commands() []cli.Command {
	return []cli.Command{{Name: "runner"}, {Name: "runner-temporal", Remote: temporal.New()}}
}

const cliPackage = "github.com/medlar-flow/medlar/cli"

// built returns the path of a program that was built.
func (r release) built(p platform, command string) string {
	if p.os == "windows" {
		command += ".exe"
	}
	return filepath.Join(r.stage, p.os+"_"+p.arch, command)
}

// build builds the commands for one system, without C, paths and the state of
// the repository, which would differ from one machine to the next.
func (r release) build(ctx context.Context, p platform) error {
	stamp := fmt.Sprintf("-s -w -buildid= -X %s.releasedVersion=v%s -X '%s.releasedRevision=%s'", cliPackage, r.source.version, cliPackage, r.source.revision)
	for _, c := range commands() {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", stamp, "-o", r.built(p, c.Name), "./cmd/"+c.Name)
		cmd.Dir = r.root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
		cmd.Stdout, cmd.Stderr = r.say, r.say
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("building %s for %s: %w", c.Name, p, err)
		}
	}
	return nil
}

// linked returns the folders of the modules that the commands are linked of, by
// "path version".
func (r release) linked(ctx context.Context, p platform) (map[string]string, error) {
	args := []string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}"}
	for _, c := range commands() {
		args = append(args, "./cmd/"+c.Name)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, "GOFLAGS=", "GOWORK=off")
	cmd.Stderr = r.say
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the modules of the commands: %w", err)
	}
	folders := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if name, folder, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			folders[name] = folder
		}
	}
	return folders, nil
}

// licenses returns the texts that come with the modules which a program is
// linked of, and Go's own: who hands the program out hands them out, too.
func (r release) licenses(ctx context.Context, p platform) ([]byte, error) {
	folders, err := r.linked(ctx, p)
	if err != nil {
		return nil, err
	}
	goroot, err := output(ctx, r.root, "go", "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	folder, version, _ := strings.Cut(goroot, "\n")
	folders["Go "+strings.TrimSpace(version)] = strings.TrimSpace(folder)
	var out strings.Builder
	notice, err := os.ReadFile(filepath.Join(r.root, "operations", "awsmodel", "NOTICE"))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&out, "The programs of this package contain code and data of others, under these licences.\n\n%s", notice)
	names := make([]string, 0, len(folders))
	for name := range folders {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		texts, err := licenseTexts(folders[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		path, _, _ := strings.Cut(name, " ")
		if known := withoutText[path]; texts == "" && known != "" {
			texts = "\n" + known + "\n"
		}
		if texts == "" {
			return nil, fmt.Errorf("%s has no licence in %s", name, folders[name])
		}
		fmt.Fprintf(&out, "\n%s\n%s\n%s", strings.Repeat("=", 78), name, texts)
	}
	return []byte(out.String()), nil
}

// withoutText has the modules that bring no licence along, and what is said of them.
var withoutText = map[string]string{
	"github.com/nexus-rpc/nexus-proto-annotations": "The module holds no text of a licence; see https://github.com/nexus-rpc/nexus-proto-annotations.",
}

// licenseTexts returns the licence of a module and its notices, or nothing.
func licenseTexts(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE"}, func(s string) bool { return strings.HasPrefix(name, s) }) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "\n%s\n", strings.TrimSpace(string(text)))
	}
	return out.String(), nil
}
