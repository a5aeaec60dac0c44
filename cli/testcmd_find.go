package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// findTests returns the test files that the arguments mean, each once.
func findTests(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var paths []string
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := findTestsOf(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if clean := filepath.Clean(path); !seen[clean] {
				seen[clean] = true
				paths = append(paths, clean)
			}
		}
	}
	return paths, nil
}

func findTestsOf(arg string) ([]string, error) {
	_, err := os.Lstat(arg)
	if err != nil && strings.ContainsAny(arg, "*?[") {
		return findByPattern(arg)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, wrong("name a test file, a flow, or a folder", "there is no file %s", arg)
	case err != nil:
		return nil, wrong("", "%w", err)
	case isFolder(arg):
		return findBelow(arg)
	case isTestName(arg):
		return []string{arg}, nil
	}
	found := testsBeside(arg)
	if len(found) == 0 {
		return nil, wrong("write "+testName(arg)+" beside it", "%s has no tests", arg)
	}
	return found, nil
}

func isTestName(path string) bool {
	return strings.HasSuffix(path, ".test.yaml") || strings.HasSuffix(path, ".test.yml")
}

// testName returns release.test.yaml for release.yaml.
func testName(flow string) string {
	ext := filepath.Ext(flow)
	return strings.TrimSuffix(flow, ext) + ".test" + ext
}

// testsBeside returns the test file of a flow, or nothing.
func testsBeside(flow string) []string {
	base := strings.TrimSuffix(flow, filepath.Ext(flow))
	for _, name := range []string{base + ".test.yaml", base + ".test.yml"} {
		if _, err := os.Stat(name); err == nil {
			return []string{name}
		}
	}
	return nil
}

// findByPattern takes test files as they are, and flows for their tests.
func findByPattern(pattern string) ([]string, error) {
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return nil, wrong(`* stands for any characters, ? for one, [ab] for one of these`, "the pattern %q is wrong: %w", pattern, err)
	}
	var paths []string
	for _, path := range matches {
		switch ext := filepath.Ext(path); {
		case isFolder(path):
		case isTestName(path):
			paths = append(paths, path)
		case ext == ".yaml" || ext == ".yml":
			paths = append(paths, testsBeside(path)...)
		}
	}
	if len(paths) == 0 {
		return nil, wrong("tests of release.yaml stand in release.test.yaml", "no tests match %q", pattern)
	}
	return paths, nil
}

// findBelow returns all test files of a folder and of those in it, but for those
// that are skipped.
func findBelow(folder string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != folder && isSkipped(entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && isTestName(path):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, wrong("", "looking for tests in %s: %w", folder, err)
	}
	if len(paths) == 0 {
		return nil, wrong("tests of release.yaml stand in release.test.yaml", "there are no tests in %s", folder)
	}
	slices.Sort(paths)
	return paths, nil
}
