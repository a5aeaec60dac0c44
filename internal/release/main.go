// Release makes what is handed out: archives for each system with the commands,
// their completions and man pages, packages for Debian and Fedora, images for
// containers, bills of materials and checksums.
//
//	go run ./internal/release --snapshot                     # of what is checked out
//	go run ./internal/release --snapshot --only linux/amd64  # for one system
//	go run ./internal/release                                # of a tag
//
// The same source and the same Go give the same bytes: times are those of the
// commit, no path of this machine is in a file. It publishes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// platform is a system that programs are built for.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// all are the systems that a release is for.
var all = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

// release is one run of the program.
type release struct {
	root      string // of the checkout
	out       string // the folder that all is made in
	stage     string // a folder for what goes into packages
	platforms []platform
	source    source
	say       io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, say io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(say)
	snapshot := flags.Bool("snapshot", false, "make it of what is checked out; without it HEAD has a tag and nothing is changed")
	out := flags.String("out", "dist", "the folder to make it in, which is emptied")
	version := flags.String("version", "", "the version, in place of that of the tag: v0.1.0")
	revision := flags.String("revision", "", "the commit, where the folder is no repository")
	var platforms []platform
	flags.Func("only", "one system in place of all; can be given more than once: linux/amd64", func(text string) error {
		i := slices.IndexFunc(all, func(p platform) bool { return p.String() == text })
		if i < 0 {
			return fmt.Errorf("there are %v", all)
		}
		platforms = append(platforms, all[i])
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("it takes no argument, found %q", flags.Arg(0))
	}
	if platforms == nil {
		platforms = all
	}
	root, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	from, err := sourceOf(ctx, root, *snapshot, *version, *revision)
	if err != nil {
		return err
	}
	r := release{root: root, platforms: platforms, source: from, say: say}
	if r.out, err = filepath.Abs(*out); err != nil {
		return err
	}
	if err := r.make(ctx); err != nil {
		return err
	}
	// What is built late would be of another source than what was built first.
	after, err := sourceOf(ctx, root, *snapshot, *version, *revision)
	if err != nil {
		return err
	}
	return from.unchanged(after)
}

// make makes all of it.
func (r release) make(ctx context.Context) error {
	if err := emptied(r.out); err != nil {
		return err
	}
	var err error
	if r.stage, err = os.MkdirTemp("", "release-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.stage)
	papers, err := r.papers()
	if err != nil {
		return err
	}
	plan := r.plan()
	for _, p := range r.platforms {
		fmt.Fprintf(r.say, "%s: %s\n", r.source.version, p)
		files, err := r.files(ctx, p, papers)
		if err != nil {
			return err
		}
		if err := r.build(ctx, p); err != nil {
			return err
		}
		if err := r.archive(p, files); err != nil {
			return err
		}
		plan.add(r, p, files)
	}
	fmt.Fprintf(r.say, "%s: packages, images, bills of materials\n", r.source.version)
	if err := r.pack(ctx, plan); err != nil {
		return err
	}
	return r.sums()
}

// emptied makes an empty folder. What is no earlier release is left alone.
func emptied(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, sumsFile)); len(entries) > 0 && err != nil {
		return fmt.Errorf("%s holds something that is no release: name another folder with --out, or empty it", folder)
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.MkdirAll(folder, 0o755)
}

// output returns what a program prints, without the end of the last line.
func output(ctx context.Context, folder, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimRight(string(out), "\r\n"), nil
}
