package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// Users are those of a password file, which is read again when it has changed. They may
// be used by many goroutines.
type Users struct {
	path   string
	notice func(error)
	seed   maphash.Seed
	gate   chan struct{} // a hash costs time and memory

	mu   sync.Mutex
	seen os.FileInfo
	all  map[string]*user
	list []*user
}

type user struct {
	person Person
	hash   hashed
}

const (
	mostFile  = 1 << 20
	mostUsers = 10_000
	mostAtOne = 2 // hashes that are made at the same time
)

// OpenUsers reads a password file. A line is NAME:HASH or NAME:HASH:ROLES, as htpasswd
// -B writes it, with roles separated by commas; without roles a user has View. A line
// that begins with # is left out.
//
// notice is told why a file that has changed is not taken; those who stood in it before
// stay until it can be read. It may be nil.
func OpenUsers(path string, notice func(error)) (*Users, error) {
	if notice == nil {
		notice = func(error) {}
	}
	u := &Users{path: path, notice: notice, seed: maphash.MakeSeed(), gate: make(chan struct{}, mostAtOne)}
	if err := u.read(); err != nil {
		return nil, err
	}
	return u, nil
}

// read reads the file. On a failure nothing changes.
func (u *Users) read() error {
	info, err := os.Stat(u.path)
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	u.seen = info
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%s can be written by everybody on this machine: chmod o-w %s", u.path, u.path)
	}
	text, err := readfile.Plain(u.path, mostFile)
	if err != nil {
		return readfile.About(u.path, err) //nolint:wrapcheck // it says all
	}
	list, err := parseUsers(string(text))
	if err != nil {
		return fmt.Errorf("%s:%w", u.path, err)
	}
	u.list, u.all = list, map[string]*user{}
	for _, one := range list {
		u.all[one.person.Name] = one
	}
	return nil
}

// fresh reads the file where it is another than it was.
func (u *Users) fresh() {
	info, err := os.Stat(u.path)
	if err == nil && u.seen != nil && os.SameFile(info, u.seen) && info.Size() == u.seen.Size() && info.ModTime().Equal(u.seen.ModTime()) {
		return
	}
	if err != nil && u.seen == nil {
		return // told before
	}
	if err = u.read(); err != nil {
		if os.IsNotExist(err) {
			u.seen = nil
		}
		u.notice(fmt.Errorf("the users stay as they were: %w", err))
	}
}

// Check returns who has a name and a password; ok is false where nobody does. It takes
// as long for names that nobody has. The error is that of ctx.
func (u *Users) Check(ctx context.Context, name string, password schema.Secret) (p Person, ok bool, err error) {
	u.mu.Lock()
	u.fresh()
	found := u.all[name]
	asked := found
	if asked == nil {
		// Of several kinds of hashes the same name meets always the same one.
		asked = u.list[maphash.String(u.seed, name)%uint64(len(u.list))]
	}
	u.mu.Unlock()
	select {
	case u.gate <- struct{}{}:
		defer func() { <-u.gate }()
	case <-ctx.Done():
		return p, false, ctx.Err() //nolint:wrapcheck // as documented
	}
	if len(password) > mostPassword || !asked.hash.is([]byte(password)) || found == nil {
		return p, false, nil
	}
	return found.person, true, nil
}

// Find returns a user as the file has it now; ok is false where it has no user of that
// name, or one with another stamp.
func (u *Users) Find(name, stamp string) (p Person, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.fresh()
	found := u.all[name]
	if found == nil || found.person.Stamp != stamp {
		return p, false
	}
	return found.person, true
}

var nameOfRole = regex.Late{Text: `^[A-Za-z][A-Za-z0-9_-]{0,63}$`}

// ParseRoles reads roles with commas between them.
func ParseRoles(text string) ([]string, error) {
	var list []string
	for role := range strings.SplitSeq(text, ",") {
		role = strings.TrimSpace(role)
		switch {
		case !nameOfRole.Get().MatchString(role):
			return nil, fmt.Errorf("%q cannot be a role: a letter, then letters, digits, _ and -", role)
		case !slices.Contains(list, role):
			list = append(list, role)
		}
	}
	return list, nil
}

// checkName finds what cannot be the name of a user.
func checkName(name string) error {
	if name == "" || len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == ':' || r == 0x7f }) || name[0] == '#' {
		return errors.New("the name of a user has 1 to 255 bytes, no colon, and no # in front")
	}
	return nil
}

func parseUsers(text string) (list []*user, err error) {
	lines := map[string]int{}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		one, err := parseUser(line)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%d: %w", n, err)
		case lines[one.person.Name] > 0:
			return nil, fmt.Errorf("%d: the user stands in line %d, too", n, lines[one.person.Name])
		case len(list) == mostUsers:
			return nil, fmt.Errorf("%d: a file has %d users at most", n, mostUsers)
		}
		lines[one.person.Name] = n
		list = append(list, one)
	}
	if len(list) == 0 {
		return nil, errors.New("1: there is no user in it")
	}
	return list, nil
}

// parseUser reads a line. No message holds what stands in it, which may be a password.
func parseUser(line string) (*user, error) {
	name, rest, ok := strings.Cut(line, ":")
	if !ok {
		return nil, errors.New("a line is NAME:HASH or NAME:HASH:ROLES")
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	hash, roles, given := strings.Cut(rest, ":")
	h, err := parseHash(hash)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(hash))
	p := Person{Name: name, ID: name, Roles: []string{View}, Stamp: hex.EncodeToString(sum[:8])}
	if given {
		if p.Roles, err = ParseRoles(roles); err != nil {
			return nil, err
		}
		if !p.Has(View) {
			return nil, errors.New("none of the roles lets the user see a page: add view")
		}
	}
	return &user{person: p, hash: h}, nil
}

// SetUser returns the text of a password file with a line for a user: a new one, or one
// in place of that which stands there, whose roles it keeps where none are given.
func SetUser(text, name, hash string, roles []string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	line := name + ":" + hash
	if len(roles) > 0 {
		line += ":" + strings.Join(roles, ",")
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if text == "" {
		lines = nil
	}
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), name+":") })
	if at < 0 {
		lines = append(lines, line)
	} else {
		if parts := strings.SplitN(strings.TrimSpace(lines[at]), ":", 3); len(parts) == 3 && len(roles) == 0 {
			line += ":" + parts[2]
		}
		lines[at] = line
	}
	out := strings.Join(lines, "\n") + "\n"
	if _, err := parseUsers(out); err != nil {
		return "", err
	}
	return out, nil
}
