package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/regex"
)

// source is what a release is made of.
type source struct {
	version  string    // 0.1.0, without v
	changes  string    // what git status tells
	revision string    // the commit; empty where nobody knows
	time     time.Time // of the commit: the time of all files
}

// someTime is that of files where neither git nor SOURCE_DATE_EPOCH knows one.
var someTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

var versionForm = regex.Late{Text: `^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`}

// sourceOf asks git. A snapshot can be of anything; a release is of a tag, with
// nothing changed since.
func sourceOf(ctx context.Context, root string, snapshot bool, version, revision string) (source, error) {
	s := source{revision: revision, time: someTime}
	git := func(args ...string) (string, error) { return output(ctx, root, "git", args...) }
	if commit, err := git("log", "-1", "--format=%H %ct"); err == nil {
		hash, at, _ := strings.Cut(commit, " ")
		seconds, _ := strconv.ParseInt(at, 10, 64) // git writes a number
		s.time = time.Unix(seconds, 0).UTC()
		if s.revision == "" {
			s.revision = hash
		}
	}
	if epoch, ok := os.LookupEnv("SOURCE_DATE_EPOCH"); ok {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return s, fmt.Errorf("SOURCE_DATE_EPOCH is %q: a number of seconds belongs there", epoch)
		}
		s.time = time.Unix(seconds, 0).UTC()
	}
	changed, err := git("status", "--porcelain", "--untracked-files=no")
	isChanged := err == nil && changed != ""
	s.changes = changed
	switch {
	case version != "":
	case snapshot:
		version = snapshotVersion(s.revision)
	case err != nil:
		return s, errors.New("a release is made of a tag, and this folder is no repository: add --snapshot, or --version v0.1.0")
	case isChanged:
		return s, fmt.Errorf("a release is made of a tag, and there are changes: commit them, or add --snapshot\n%s", changed)
	default:
		if version, err = git("describe", "--tags", "--exact-match", "--match", "v[0-9]*"); err != nil {
			return s, errors.New("HEAD has no tag: git tag v0.1.0, or add --snapshot")
		}
	}
	if !versionForm.Get().MatchString(version) {
		return s, fmt.Errorf("the version %q is not written as v0.1.0", version)
	}
	if isChanged && s.revision != "" {
		s.revision += " (modified)"
	}
	s.version = strings.TrimPrefix(version, "v")
	return s, nil
}

// unchanged returns an error where a source has become another one.
func (s source) unchanged(after source) error {
	if s == after {
		return nil
	}
	return fmt.Errorf("the source was changed while the release was made, so its files are of several sources: make it anew\nbefore: %s\n%s\nafter: %s\n%s",
		s.revision, s.changes, after.revision, after.changes)
}

// snapshotVersion is below every release. The letter keeps a hash of digits from
// being a number with a zero in front, which no version has.
func snapshotVersion(revision string) string {
	if len(revision) < 12 {
		return "v0.0.0-snapshot"
	}
	return "v0.0.0-snapshot.g" + revision[:12]
}
