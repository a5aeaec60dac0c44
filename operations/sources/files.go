package sources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// maxFile bounds a file, in bytes.
const maxFile = 16 << 20

// Files returns the source of the files of a folder: files: {glob: "in/*.json"}. A
// file whose run is done is moved, and so is one that no run may begin of.
func Files() *connector.EventSource {
	return &connector.EventSource{
		Name: "files", Summary: "Files that come into a folder.", Event: "file", Inputs: "body", Main: "glob",
		Params: schema.MustNew(
			&schema.Field{Name: "glob", Type: schema.String, Required: true, Description: "Which files: a path with *, from the folder that the server was started in.", Example: "in/*.json"},
			&schema.Field{Name: "moveTo", Type: schema.String, Default: "done", Description: "The folder, from that of the file, for files that are done."},
			&schema.Field{Name: "failed", Type: schema.String, Default: "failed", Description: "The folder, from that of the file, for files that no run may begin of."},
			&schema.Field{Name: "every", Type: schema.Duration, Default: "1s", Description: "How often the folder is looked at."},
		),
		Value: schema.MustNew(
			&schema.Field{Name: "name", Type: schema.String, Description: "The file's name."},
			&schema.Field{Name: "path", Type: schema.String, Description: "Its path, as the pattern has it."},
			&schema.Field{Name: "body", Nullable: true, Description: "What is in it: the value where it is JSON, text where it is UTF-8, else bytes."},
			&schema.Field{Name: "size", Type: schema.Integer, Description: "Its bytes."},
		),
		Check: checkGlob, Open: openFolder,
	}
}

func checkGlob(given connector.Given) []connector.Mistake {
	pattern, ok := given.Params["glob"].(string)
	if !ok {
		return nil
	}
	if _, err := filepath.Match(pattern, ""); err != nil || pattern == "" {
		return []connector.Mistake{{Param: "glob", Rule: "bad-pattern", Message: fmt.Sprintf("%q is no pattern of files", pattern), Help: "write such as in/*.json"}}
	}
	return nil
}

// folder is one that is looked at.
type folder struct {
	connector.SourceRequest

	glob, moveTo, failed string
	every                time.Duration

	mu    sync.Mutex
	files map[string]*seen // by path
}

// seen is what is known of a file.
type seen struct {
	size     int64
	modified time.Time
	given    bool // and not settled
	attempts int
	not      time.Time // before this it is not given again
}

func openFolder(_ context.Context, req connector.SourceRequest) (connector.Events, error) {
	text := func(name string) string { v, _ := req.Params[name].(string); return v }
	every, err := time.ParseDuration(text("every"))
	if err != nil || every <= 0 {
		every = time.Second
	}
	return &folder{
		SourceRequest: req, glob: text("glob"), moveTo: text("moveTo"), failed: text("failed"), every: every, files: map[string]*seen{},
	}, nil
}

var _ connector.Backlogged = (*folder)(nil)

// Backlog counts the files of the folder, and those that no run may begin of where all
// of them stand in one folder.
func (f *folder) Backlog(context.Context) (map[connector.BacklogState]int64, error) {
	paths, err := filepath.Glob(f.glob)
	if err != nil {
		return nil, fmt.Errorf("looking for %s: %w", f.glob, err)
	}
	all := map[connector.BacklogState]int64{connector.BacklogReady: 0, connector.BacklogHidden: 0}
	now := f.Now()
	f.mu.Lock()
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if known := f.files[path]; known != nil && (known.given || now.Before(known.not)) {
			all[connector.BacklogHidden]++
		} else {
			all[connector.BacklogReady]++
		}
	}
	f.mu.Unlock()
	failed := beside(f.glob, f.failed)
	if strings.ContainsAny(failed, `*?[`) {
		return all, nil
	}
	list, err := os.ReadDir(failed)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for files that failed: %w", err)
	}
	dead := int64(0)
	for _, entry := range list {
		if entry.Type().IsRegular() {
			dead++
		}
	}
	all[connector.BacklogDead] = dead
	return all, nil
}

// beside returns the folder that a setting names, from the folder of a file.
func beside(path, into string) string {
	if filepath.IsAbs(into) {
		return into
	}
	return filepath.Join(filepath.Dir(path), into)
}

// Close has nothing to end.
func (f *folder) Close() error { return nil }

// Next looks at the folder until there is a file that nobody writes to any more: one
// that did not change between two looks.
func (f *folder) Next(ctx context.Context, most int) ([]connector.Event, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err() //nolint:wrapcheck // the caller knows its context
		case <-timer.C:
		}
		events, err := f.look(most)
		if err != nil || len(events) > 0 {
			return events, err
		}
		timer.Reset(f.every)
	}
}

// look returns the files that are ready, by name.
func (f *folder) look(most int) ([]connector.Event, error) {
	paths, err := filepath.Glob(f.glob)
	if err != nil {
		return nil, fmt.Errorf("looking for %s: %w", f.glob, err)
	}
	slices.Sort(paths)
	f.mu.Lock()
	defer f.mu.Unlock()
	for path := range f.files {
		if !slices.Contains(paths, path) && !f.files[path].given {
			delete(f.files, path)
		}
	}
	var events []connector.Event
	for _, path := range paths {
		if len(events) == most {
			break
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue // it went, or is none
		}
		known := f.files[path]
		if known == nil || !known.given && (known.size != info.Size() || !known.modified.Equal(info.ModTime())) {
			f.files[path] = &seen{size: info.Size(), modified: info.ModTime()}
			continue // look again whether somebody writes to it
		}
		if known.given || f.Now().Before(known.not) {
			continue
		}
		event, err := f.event(path, known)
		if err != nil {
			f.Notice("a file cannot be read", err)
			known.not = f.Now().Add(time.Minute)
			continue
		}
		known.given = true
		events = append(events, event)
	}
	return events, nil
}

// event is a file as an event. f.mu is held.
func (f *folder) event(path string, known *seen) (connector.Event, error) {
	raw, err := readfile.Plain(path, maxFile)
	if err != nil {
		return connector.Event{}, readfile.About(path, err) //nolint:wrapcheck // it says all
	}
	sum := sha256.Sum256(raw)
	known.attempts++
	content, wrong := contentOf(raw, "what is in the file")
	return connector.Event{
		Identity: fmt.Sprintf("%s %s %d", filepath.ToSlash(path), hex.EncodeToString(sum[:16]), known.modified.UnixNano()), Digest: sum[:], Attempt: known.attempts,
		Value: map[string]any{
			"name": filepath.Base(path), "path": filepath.ToSlash(path), "body": content, "size": int64(len(raw)),
		},
		Wrong:    wrong,
		Accepted: func(context.Context) error { return f.move(path, f.moveTo, sum) },
		Settled: func(_ context.Context, s connector.Settlement) error {
			switch s.Fate {
			case connector.EventDone:
				return f.move(path, f.moveTo, sum)
			case connector.EventStays:
				return f.move(path, f.failed, sum)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			known.given, known.not = false, f.Now().Add(s.After)
			return nil
		},
	}, nil
}

// contentOf returns the value of what is JSON, the text of what is UTF-8, else bytes. The
// error is of JSON that names a member twice, and says of what.
func contentOf(raw []byte, what string) (content any, err error) {
	content, err = value.DecodeOnce(raw)
	var twice *value.TwiceError
	switch {
	case err == nil:
		return content, nil
	case errors.As(err, &twice):
		return nil, fmt.Errorf("%s: %w", what, err)
	case utf8.Valid(raw):
		return string(raw), nil
	}
	return raw, nil
}

// move takes a file out of the way. Where another one has its name there already it
// gets one of its own.
func (f *folder) move(path, into string, sum [sha256.Size]byte) error {
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.files, path)
	}()
	dir := beside(path, into)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err //nolint:wrapcheck // it names the folder
	}
	to := filepath.Join(dir, filepath.Base(path))
	if _, err := os.Lstat(to); err == nil {
		ext := filepath.Ext(to)
		to = to[:len(to)-len(ext)] + "-" + hex.EncodeToString(sum[:4]) + ext
	}
	if err := os.Rename(path, to); err != nil && !errors.Is(err, fs.ErrNotExist) { // another server has moved it
		return err //nolint:wrapcheck // it names the file
	}
	return nil
}
