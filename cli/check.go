package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// checkFlags are the flags of `check`.
type checkFlags struct {
	json   bool
	strict bool
	root   string
}

func (a *app) checkCommand() *cobra.Command {
	f := &checkFlags{}
	c := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find every mistake of flows, run nothing",
		Long: `Find every mistake of flows, with its place and a way out. Nothing runs, and
no network is used. The exit code is 2 where there is an error.

A PATH is a flow, - for one from standard input, a pattern, or a folder with
everything below it but hidden folders, testdata, node_modules and vendor, which
are looked through where they are the PATH. A pattern such as 'flows/*.yaml' is expanded here, too,
where the shell leaves it alone; it skips the files *.functions.yaml,
functions.yaml and *.test.yaml, which are no flows. So does a folder, with other
YAML files that have neither flow: nor steps:.`,
		Example: a.examples(
			"NAME check release.yaml",
			"NAME check flows --strict",
			"NAME check 'flows/*.yaml' --json | jq -r '.[].rule'",
		),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return wrong(usage(c), "which flows?")
			}
			return nil
		},
		RunE:              func(c *cobra.Command, args []string) error { return a.check(c.Context(), args, f) },
		ValidArgsFunction: completeFlows,
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.json, "json", false, "print the mistakes as a JSON array")
	flags.BoolVar(&f.strict, "strict", false, "take warnings for errors")
	flags.StringVar(&f.root, "root", "", "`folder` that flows may read files from (default the folder of each)")
	return c
}

func (a *app) check(ctx context.Context, patterns []string, f *checkFlags) error {
	reg, err := a.registry()
	if err != nil {
		return err
	}
	paths, err := expand(patterns)
	if err != nil {
		return err
	}
	r := &checkReport{app: a, json: f.json, seen: map[flows.Diagnostic]bool{}}
	for _, path := range paths {
		if err := r.check(ctx, path, f.root, reg); err != nil {
			return err
		}
	}
	if err := r.finish(len(paths)); err != nil {
		return failedBecause("printing mistakes: %w", err)
	}
	if r.all.HasErrors() || f.strict && len(r.all) > 0 {
		return silently(exitWrong)
	}
	return nil
}

// checkReport gathers the mistakes of several files. A file that two flows use
// is checked twice, and its mistakes are told once.
type checkReport struct {
	app  *app
	json bool
	all  flows.Diagnostics
	seen map[flows.Diagnostic]bool
}

func (r *checkReport) check(ctx context.Context, path, root string, reg *connector.Registry) error {
	file, err := r.app.openFlow(ctx, path, root)
	if err != nil {
		return err
	}
	defer file.close() //nolint:errcheck // it was only read
	found, err := unlessStopped(ctx, r.app, func() *flows.CheckError { return flows.Check(file.fsys, file.name, reg) })
	if err != nil || found == nil {
		return err
	}
	fresh := *found
	fresh.Diagnostics = r.unseen(file, found)
	r.all = append(r.all, file.diagnostics(&fresh)...)
	if r.json {
		return nil
	}
	if err := file.print(r.app.Stdout, &fresh); err != nil {
		return failedBecause("printing mistakes: %w", err)
	}
	return nil
}

func (r *checkReport) unseen(file *flowFile, found *flows.CheckError) flows.Diagnostics {
	var fresh flows.Diagnostics
	for i, d := range file.diagnostics(found) {
		if !r.seen[d] {
			r.seen[d] = true
			fresh = append(fresh, found.Diagnostics[i])
		}
	}
	return fresh
}

func (r *checkReport) finish(files int) error {
	if !r.json {
		_, err := fmt.Fprintln(r.app.Stdout, r.summary(files))
		return err
	}
	list := r.all
	if list == nil {
		list = flows.Diagnostics{}
	}
	encoder := json.NewEncoder(r.app.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

func (r *checkReport) summary(files int) string {
	if len(r.all) == 0 {
		return plural(files, "file") + " checked, no mistakes"
	}
	with := map[string]bool{}
	for _, d := range r.all {
		with[d.File] = true
	}
	return r.all.Summary() + " in " + plural(len(with), "file")
}

// expand turns patterns into files. What is the name of a file is taken as it
// is, even with a * in it. Among several, the files that lie beside flows are
// left out: the shell may have expanded a pattern.
func expand(patterns []string) ([]string, error) {
	var paths []string
	seen := map[string]bool{}
	for _, pattern := range patterns {
		found, err := expandOne(pattern)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if !seen[path] && (len(patterns) == 1 || isFlowName(path)) {
				seen[path] = true
				paths = append(paths, path)
			}
		}
	}
	return paths, nil
}

func expandOne(pattern string) ([]string, error) {
	if isFolder(pattern) {
		return flowsBelow(pattern)
	}
	_, err := os.Lstat(pattern)
	if err == nil || !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}, nil
	}
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return nil, wrong(`* stands for any characters, ? for one, [ab] for one of these`, "the pattern %q is wrong: %w", pattern, err)
	}
	var paths []string
	for _, path := range matches {
		if isFlowName(path) && !isFolder(path) {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, wrong("", "no flow matches %q", pattern)
	}
	return paths, nil
}

// isSkipped reports whether a folder inside of one that is looked through is left
// out: a hidden one, what tests are given, which may be wrong on purpose, and what
// others wrote. One that is named itself is looked through.
func isSkipped(folder string) bool {
	switch folder {
	case "testdata", "node_modules", "vendor":
		return true
	}
	return strings.HasPrefix(folder, ".")
}

// flowsBelow returns the flows of a folder and of those in it, but for those that
// are skipped.
func flowsBelow(folder string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != folder && isSkipped(entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && (ext == ".yaml" || ext == ".yml") && isFlowName(path) && looksLikeFlow(path):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, wrong("", "looking for flows in %s: %w", folder, err)
	}
	if len(paths) == 0 {
		return nil, wrong("a flow is a file *.yaml with flow: and steps:", "there are no flows in %s", folder)
	}
	return paths, nil
}

// flowKey finds a key that flows have and other files in a folder rarely.
var flowKey = regex.Late{Text: `(?m)^(?:\{\s*)?["']?(?:flow|steps)["']?\s*:`}

// looksLikeFlow is false for a YAML file that is something else, and for a pipe.
// A file that cannot be read is for the check to tell.
func looksLikeFlow(path string) bool {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return false
	}
	text, err := readfile.Path(context.Background(), path, yamlfile.MaxSize)
	return err != nil || flowKey.Get().Match(text)
}

// isFlowName is false for the files that lie beside flows.
func isFlowName(path string) bool {
	name := filepath.Base(path)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".yml"), ".yaml")
	return name != "functions" && !strings.HasSuffix(name, ".functions") && !strings.HasSuffix(name, ".test")
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false // a link to nowhere is a mistake that the check tells
	}
	return err == nil && info.IsDir()
}
