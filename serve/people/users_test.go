package people

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// cheap is a hash of "right" that costs little.
const cheap = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"

func line(t testing.TB, name, password, roles string) string {
	t.Helper()
	h := &argonHash{id: true, memory: 8, time: 1, threads: 1, salt: []byte("somesaltsomesalt"), sum: make([]byte, 32)}
	text := name + ":" + cheap + base64.RawStdEncoding.EncodeToString(h.make([]byte(password)))
	if roles != "" {
		text += ":" + roles
	}
	return text + "\n"
}

// file is a password file that a test changes.
type file struct {
	t    *testing.T
	path string
	n    int
}

func newFile(t *testing.T, text string) *file {
	t.Helper()
	f := &file{t: t, path: filepath.Join(t.TempDir(), "users")}
	f.write(text)
	return f
}

// write changes the file, and its time, however coarse clocks of file systems are.
func (f *file) write(text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.n++
	if err := os.Chtimes(f.path, time.Time{}, time.Unix(1_700_000_000+int64(f.n), 0)); err != nil {
		f.t.Fatal(err)
	}
}

func check(t *testing.T, u *Users, name, password string) (Person, bool) {
	t.Helper()
	p, ok, err := u.Check(t.Context(), name, schema.Secret(password))
	if err != nil {
		t.Fatal(err)
	}
	return p, ok
}

func TestUsers(t *testing.T) {
	f := newFile(t, "# people\n\nann:"+apacheBcrypt+"\n"+line(t, "bob", "right", "run, finance")+"\r\n"+line(t, "é d", "", "admin"))
	u, err := OpenUsers(f.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, password string
		roles          string // empty for nobody
	}{
		{"ann", "myPassword", "view"},
		{"ann", "mypassword", ""},
		{"ann", strings.Repeat("x", 5000), ""},
		{"bob", "right", "run finance"},
		{"Bob", "right", ""},
		{"bob ", "right", ""},
		{"bob", "", ""},
		{"é d", "", "admin"},
		{"", "", ""},
		{"nobody", "right", ""},
		{"# people", "", ""},
	} {
		p, ok := check(t, u, tt.name, tt.password)
		if ok != (tt.roles != "") || strings.Join(p.Roles, " ") != tt.roles {
			t.Errorf("%s with %.20s: %v %v", tt.name, tt.password, p, ok)
		}
		if ok && (p.Name != tt.name || p.ID != tt.name || p.String() != tt.name || p.Stamp == "" || strings.Contains(apacheBcrypt, p.Stamp)) {
			t.Errorf("%s is %+v", tt.name, p)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	u.gate <- struct{}{}
	u.gate <- struct{}{}
	if _, _, err := u.Check(ended, "bob", "right"); err == nil {
		t.Error("a check waits for those before it though nobody waits for it")
	}
}

// A file that changes is read again; one that cannot be read leaves who was there.
func TestUsersChange(t *testing.T) {
	f := newFile(t, line(t, "ann", "one", "run")+line(t, "bob", "two", ""))
	var told []string
	u, err := OpenUsers(f.path, func(err error) { told = append(told, err.Error()) })
	if err != nil {
		t.Fatal(err)
	}
	ann, _ := check(t, u, "ann", "one")
	bob, _ := check(t, u, "bob", "two")
	if p, ok := u.Find("ann", ann.Stamp); !ok || !p.Has(Run) {
		t.Errorf("ann is %v %v", p, ok)
	}
	f.write(line(t, "ann", "one", "view") + line(t, "bob", "three", ""))
	if p, ok := u.Find("ann", ann.Stamp); !ok || p.Has(Run) {
		t.Errorf("ann has other roles, and is %v %v", p, ok)
	}
	if _, ok := u.Find("bob", bob.Stamp); ok {
		t.Error("bob has another password, and is still there")
	}
	f.write("ann\n")
	for range 3 {
		if _, ok := check(t, u, "ann", "one"); !ok {
			t.Error("a file that cannot be read takes ann away")
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "the users stay as they were") || !strings.Contains(told[0], f.path+":1: ") {
		t.Errorf("told %q", told)
	}
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, ok := check(t, u, "ann", "one"); !ok {
			t.Error("a file that is away takes ann away")
		}
	}
	if len(told) != 2 {
		t.Errorf("told %q", told)
	}
	f.write(line(t, "carl", "x", ""))
	if _, ok := check(t, u, "ann", "one"); ok {
		t.Error("ann is there without a line")
	}
	if _, ok := check(t, u, "carl", "x"); !ok {
		t.Error("carl is not there")
	}
}

// What is wrong with a file is told with its line, and without what stands in it.
func TestUsersThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                               ":1: there is no user",
		"# nobody\n":                     ":1: there is no user",
		"ann\n":                          ":1: a line is NAME:HASH",
		"\nann:topsecret\n":              ":2: the password is to be hashed",
		":" + apacheBcrypt:               ":1: the name of a user",
		"a\tb:" + apacheBcrypt:           ":1: the name of a user",
		"ann:" + apacheBcrypt + ":":      `:1: "" cannot be a role`,
		"ann:" + apacheBcrypt + ":a b":   `:1: "a b" cannot be a role`,
		"ann:" + apacheBcrypt + ":sre":   ":1: none of the roles lets the user see a page",
		"ann:" + apacheBcrypt + ":run:x": "cannot be a role",
		line(t, "a", "b", "") + "#\n" + line(t, "a", "c", ""): ":3: the user stands in line 1, too",
	} {
		f := newFile(t, text)
		_, err := OpenUsers(f.path, nil)
		if err == nil || !strings.Contains(err.Error(), f.path) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f := newFile(t, line(t, "a", "b", ""))
	if err := os.Chmod(f.path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenUsers(f.path, nil); err == nil || !strings.Contains(err.Error(), "chmod o-w") {
		t.Errorf("a file that everybody can write: %v", err)
	}
	if _, err := OpenUsers(f.path+"none", nil); err == nil {
		t.Error("a file that is not there is taken")
	}
}

func TestSetUser(t *testing.T) {
	text := ""
	for i, tt := range []struct {
		name, hash string
		roles      []string
		want       string
	}{
		{"ann", apacheBcrypt, nil, "ann:" + apacheBcrypt + "\n"},
		{"bob", apacheBcrypt, []string{"run", "sre"}, "ann:" + apacheBcrypt + "\nbob:" + apacheBcrypt + ":run,sre\n"},
		{"bob", argonProgram, nil, "ann:" + apacheBcrypt + "\nbob:" + argonProgram + ":run,sre\n"},
		{"ann", apacheBcrypt, []string{"admin"}, "ann:" + apacheBcrypt + ":admin\nbob:" + argonProgram + ":run,sre\n"},
	} {
		out, err := SetUser(text, tt.name, tt.hash, tt.roles)
		if err != nil || out != tt.want {
			t.Fatalf("%d: %v\n%s\nwant\n%s", i, err, out, tt.want)
		}
		text = out
	}
	for name, hash := range map[string]string{"a:b": apacheBcrypt, "": apacheBcrypt, "#a": apacheBcrypt, "ann": "x"} {
		if _, err := SetUser(text, name, hash, nil); err == nil {
			t.Errorf("%s:%s is taken", name, hash)
		}
	}
	if out, err := SetUser("# kept", "ann", apacheBcrypt, nil); err != nil || out != "# kept\nann:"+apacheBcrypt+"\n" {
		t.Errorf("%q %v", out, err)
	}
}

func TestRoles(t *testing.T) {
	for _, tt := range []struct {
		own, has, hasNot string
	}{
		{"view", "view", "run admin sre"},
		{"run", "view run", "admin sre"},
		{"admin", "view run admin", "sre"},
		{"view sre", "view sre", "run admin finance SRE"},
		{"", "", "view run admin"},
	} {
		p := &Person{Roles: strings.Fields(tt.own)}
		for role := range strings.FieldsSeq(tt.has) {
			if !p.Has(role) || !p.HasAny([]string{"none", role}) {
				t.Errorf("%s does not have %s", tt.own, role)
			}
		}
		for role := range strings.FieldsSeq(tt.hasNot) {
			if p.Has(role) || p.HasAny([]string{role}) {
				t.Errorf("%s has %s", tt.own, role)
			}
		}
	}
	if roles, err := ParseRoles("run, run,sre"); err != nil || !slices.Equal(roles, []string{"run", "sre"}) {
		t.Errorf("%v %v", roles, err)
	}
}

// Whatever stands in a file, reading it ends, and gives users or an error.
func FuzzUsers(f *testing.F) {
	for _, text := range []string{"ann:" + apacheBcrypt + ":run", "ann:" + argonProgram, line(f, "a", "b", "view,c"), ":::", "$2", "a:$2y$"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseUsers(text)
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d users, %v", len(list), err)
		}
		for _, one := range list {
			if !one.person.Has(View) || checkName(one.person.Name) != nil {
				t.Errorf("%+v", one.person)
			}
		}
	})
}
