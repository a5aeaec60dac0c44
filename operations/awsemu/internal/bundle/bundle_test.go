package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// member is one entry of a zip that a test makes.
type member struct {
	name, content string
	mode          fs.FileMode
}

func zipOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		header.SetMode(m.mode)
		f, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFolder(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "code"))
	hash, err := s.Put(zipOf(t,
		member{"bootstrap", "run", 0o777}, member{"lib/", "", fs.ModeDir | 0o755}, member{"lib/a/b", "deep", 0o644},
		member{"link", "lib/a/b", fs.ModeSymlink | 0o777}, member{"lib/up", "../bootstrap", fs.ModeSymlink | 0o777},
	))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := s.Folder(hash)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"bootstrap": "run", "lib/a/b": "deep", "link": "deep", "lib/up": "run"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "bootstrap"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the mode is %v (%v)", info.Mode(), err)
	}
	again, err := Open(s.dir).Folder(hash)
	if err != nil || again != dir {
		t.Errorf("a second store gave %s, %v", again, err)
	}
}

func TestHostileZips(t *testing.T) {
	lying := zipOf(t, member{"zeros", string(make([]byte, 1<<20)), 0o644})
	// The directory says 1 byte where a megabyte follows.
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	copy(lying[at+24:], []byte{1, 0, 0, 0})
	var many []member
	for range 300 {
		many = append(many, member{"z", "", 0o644})
	}
	bomb := zipOf(t, many...)
	// Each of 300 entries claims a megabyte.
	for i := 0; ; {
		next := bytes.Index(bomb[i:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		copy(bomb[i+next+24:], []byte{0, 0, 16, 0})
		i += next + 4
	}
	for name, row := range map[string]struct {
		file []byte
		want error
	}{
		"no zip":           {[]byte("nothing"), ErrFormat},
		"empty":            {nil, ErrFormat},
		"up":               {zipOf(t, member{"../evil", "x", 0o644}), ErrUnsafe},
		"up inside":        {zipOf(t, member{"a/../../evil", "x", 0o644}), ErrUnsafe},
		"absolute":         {zipOf(t, member{"/tmp/evil", "x", 0o644}), ErrUnsafe},
		"drive":            {zipOf(t, member{"C:evil", "x", 0o644}), ErrUnsafe},
		"backslash":        {zipOf(t, member{`..\evil`, "x", 0o644}), ErrUnsafe},
		"link up":          {zipOf(t, member{"l", "../..", fs.ModeSymlink | 0o777}), ErrUnsafe},
		"link away":        {zipOf(t, member{"l", "/etc/passwd", fs.ModeSymlink | 0o777}), ErrUnsafe},
		"link through one": {zipOf(t, member{"a/l", "..", fs.ModeSymlink | 0o777}, member{"m", "a/l/..", fs.ModeSymlink | 0o777}), ErrUnsafe},
		"device":           {zipOf(t, member{"d", "", fs.ModeDevice | 0o666}), ErrUnsafe},
		"bomb":             {bomb, ErrTooLarge},
		"lying":            {lying, nil},
		"through a link":   {zipOf(t, member{"l", "d", fs.ModeSymlink | 0o777}, member{"l/x", "y", 0o644}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			s := Open(filepath.Join(parent, "code"))
			hash, err := s.Put(row.file)
			if !errors.Is(err, row.want) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			if err == nil {
				if dir, err := s.Folder(hash); err == nil {
					t.Errorf("unpacked to %s", dir)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(parent, "*")); len(left) > 1 {
				t.Errorf("written outside: %v", left)
			}
			if half, _ := filepath.Glob(filepath.Join(parent, "code", "unpacking-*")); len(half) > 0 {
				t.Errorf("left: %v", half)
			}
		})
	}
}

func TestGetTakesHashesOnly(t *testing.T) {
	s := Open(t.TempDir())
	for _, name := range []string{"", "../x", "state", "/etc/passwd"} {
		if _, err := s.Get(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// FuzzUnpack unpacks whatever Check lets through. Nothing may be written
// beside the folder, and every link must lead into it.
func FuzzUnpack(f *testing.F) {
	f.Add(zipOf(f, member{"bootstrap", "run", 0o755}, member{"a/l", "../bootstrap", fs.ModeSymlink | 0o777}))
	f.Add(zipOf(f, member{"../evil", "x", 0o644}))
	f.Add(zipOf(f, member{"a/l", "..", fs.ModeSymlink | 0o777}, member{"m", "a/l/b", fs.ModeSymlink | 0o777}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if Check(file) != nil {
			return
		}
		parent := t.TempDir()
		s := Open(filepath.Join(parent, "code"))
		hash, err := s.Put(file)
		if err != nil {
			return
		}
		dir, err := s.Folder(hash)
		if entries, _ := os.ReadDir(parent); len(entries) != 1 {
			t.Fatalf("%v are beside the folder", entries)
		}
		if err != nil {
			return
		}
		_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type()&fs.ModeSymlink != 0 {
				if to, err := filepath.EvalSymlinks(path); err == nil && to != dir && !strings.HasPrefix(to, dir+"/") {
					t.Errorf("%s leads to %s", path, to)
				}
			}
			return err
		})
	})
}
