package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// reference is the revision whose build the goals name.
const reference = "5237d1e4"

// noEarlier stands for no revision.
const noEarlier = "none"

// besideMark ends the name of a row that an earlier build was measured for.
const besideMark = "-before"

// foreign are rows that no build of ours changes, or none but by its flows in memory.
func foreign(row string) bool {
	return slices.Contains([]string{clientRaw, clientSigned, clientSDK, clientBareLog, rowOneshot, rowDBOS, rowHand}, row) || strings.HasPrefix(row, yamlRows)
}

// beside adds a row for what an earlier build takes for the same.
func (s *section) beside(row string) {
	s.Rows = append(s.Rows, figures.Row{Name: row + besideMark, Label: s.label(row) + ", earlier build"})
	at := s.probeOf[row] // 0 where one probe measures all rows
	if s.earlier == nil {
		s.earlier = map[int][]string{}
	}
	s.earlier[at] = append(s.earlier[at], row)
}

// against compares a row with that of the earlier build, which it adds.
func (s *section) against(what, metric, row string, goal figures.Goal) {
	if s.label(row+besideMark) == row+besideMark { // no such row
		s.beside(row)
	}
	s.ratio(what, metric, row, row+besideMark, goal)
}

// againstAll compares every row of ours.
func (s *section) againstAll() {
	kept := []string{"p50_us", "p99_us", "stub_us", "noise", "steps_s"} // say the same again, or nothing of us
	for _, row := range slices.Clone(s.Rows) {
		if foreign(row.Name) || strings.HasSuffix(row.Name, besideMark) {
			continue
		}
		for _, c := range s.Columns {
			over := figures.Quantity{Row: row.Name + besideMark, Metric: c.Metric}
			if !slices.Contains(kept, c.Metric) && !slices.ContainsFunc(s.comparisons, func(c figures.Comparison) bool { return c.Over == over }) {
				s.against(c.Header, c.Metric, row.Name, figures.Goal{})
			}
		}
	}
}

// turns returns the probes of a round: those of this build, and those of the
// earlier one that have rows.
func (s *section) turns(b *bench) []probe {
	all := slices.Clone(s.probes)
	if b.earlier == nil {
		return all
	}
	for at := range s.probes {
		rows := s.earlier[at]
		if len(rows) == 0 {
			continue
		}
		all = append(all, func(ctx context.Context, b *bench, round int) (samples, error) {
			return b.askEarlier(ctx, s, at, rows, round)
		})
	}
	return all
}

// askEarlier measures rows of the earlier build. What that cannot do is told
// once, and is no error.
func (b *bench) askEarlier(ctx context.Context, s *section, at int, rows []string, round int) (samples, error) {
	key := fmt.Sprintf("%s %d", s.Name, at)
	if b.unable[key] {
		return nil, nil
	}
	all, err := s.probes[at](ctx, b.earlier, round)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		b.unable[key] = true
		fmt.Fprintf(b.notes, "%s: the earlier build is left out: %v\n", s.Name, err)
		return nil, nil
	}
	got := samples{}
	for _, row := range rows {
		if sample, ok := all[row]; ok {
			got[row+besideMark] = sample
		}
	}
	return got, nil
}

// compareWith builds an earlier revision where a section has a row for it.
// Without a revision it is the reference, and where that cannot be built its
// rows stay empty; one that was asked for has to be there.
func (b *bench) compareWith(ctx context.Context, revision string, some []*section) error {
	if revision == noEarlier {
		return nil
	}
	asked := revision != ""
	if !asked {
		revision = reference
	}
	wanted := false
	for _, s := range some {
		if asked {
			s.againstAll()
		}
		wanted = wanted || len(s.earlier) > 0
	}
	if !wanted {
		return nil
	}
	fmt.Fprintf(b.notes, "building %s\n", revision)
	commit, err := b.buildEarlier(ctx, revision)
	switch {
	case err != nil && asked:
		return fmt.Errorf("building %s: %w", revision, err)
	case err != nil:
		fmt.Fprintf(b.notes, "the rows of %s are left out: %v\n", revision, err)
	case !strings.HasPrefix(commit, reference):
		for _, s := range some {
			s.forgetEarlierGoals()
		}
	}
	return nil
}

// forgetEarlierGoals keeps what is compared with an earlier build, which is not
// the one that the goals name.
func (s *section) forgetEarlierGoals() {
	for i, c := range s.comparisons {
		if strings.HasSuffix(c.Over.Row, besideMark) {
			s.comparisons[i].Goal = figures.Goal{}
		}
	}
}

// buildEarlier builds this bench as it is, with the module as a revision has it:
// what measures is the same on both sides. It returns the commit.
func (b *bench) buildEarlier(ctx context.Context, revision string) (string, error) {
	earlier := *b
	earlier.dir, earlier.profiles, earlier.programs, earlier.builds = filepath.Join(b.dir, "earlier"), "", nil, map[string]bool{}
	earlier.source = filepath.Join(earlier.dir, "source")
	commit, err := plant(ctx, revision, earlier.source)
	if err != nil {
		return "", err
	}
	earlier.exe = earlier.program(benchFolder)
	// A revision that lacks what some sections measure is built without these.
	if _, err = output(ctx, earlier.source, "go", "build", "-trimpath", "-o", earlier.exe, "./"+benchFolder); err != nil {
		_, err = output(ctx, earlier.source, "go", "build", "-trimpath", "-tags", "before", "-o", earlier.exe, "./"+benchFolder)
	}
	if err != nil {
		return "", fmt.Errorf("the bench does not build with it: %w", err)
	}
	b.earlier = &earlier
	return commit, nil
}

// plant writes the module as a revision has it into a folder, with the bench as it
// is now. It returns the commit.
func plant(ctx context.Context, revision, folder string) (string, error) {
	module, err := moduleFolder(ctx)
	if err != nil {
		return "", err
	}
	name, err := output(ctx, module, "git", "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("git knows no such revision here: %w", err)
	}
	commit := strings.TrimSpace(string(name))
	archive, err := output(ctx, module, "git", "archive", "--format=tar", commit)
	if err != nil {
		return "", fmt.Errorf("reading the revision: %w", err)
	}
	if err := unpack(archive, folder); err != nil {
		return "", err
	}
	return commit, transplant(filepath.Join(module, benchFolder), filepath.Join(folder, benchFolder))
}

// benchFolder is where the bench stands in the module.
const benchFolder = "internal/bench"

// moduleFolder returns where the module's sources are.
func moduleFolder(ctx context.Context) (string, error) {
	out, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return "", fmt.Errorf("finding this module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// output runs a program in a folder. The end of what it complains of is in the
// error.
func output(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // go and git, with our own words
	cmd.Dir = dir
	out, err := cmd.Output()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("%s %s: %w: %s", program, args[0], err, bytes.TrimSpace(ended.Stderr))
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", program, args[0], err)
	}
	return out, nil
}

// unpack writes the files of an archive that git made into a folder.
func unpack(archive []byte, folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("opening a folder: %w", err)
	}
	defer root.Close() //nolint:errcheck // it was only written below
	for files := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && h.Typeflag == tar.TypeReg {
			err = unpackFile(root, h.Name, files)
		}
		if err != nil {
			return fmt.Errorf("unpacking the revision: %w", err)
		}
	}
}

func unpackFile(root *os.Root, name string, from io.Reader) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err //nolint:wrapcheck // the caller does
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err //nolint:wrapcheck // the caller does
	}
	return root.WriteFile(name, text, 0o600) //nolint:wrapcheck // the caller does
}

// transplant puts the bench's sources, without tests and modules of their own, in
// the place of those that stand in another tree.
func transplant(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return fmt.Errorf("removing the earlier bench: %w", err)
	}
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err //nolint:wrapcheck // the caller does
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o750) //nolint:wrapcheck // the caller does
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path) //nolint:gosec // our own sources
		if err != nil {
			return err //nolint:wrapcheck // the caller does
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600) //nolint:gosec // a folder of our own
	})
	if err != nil {
		return fmt.Errorf("copying the bench: %w", err)
	}
	return nil
}
