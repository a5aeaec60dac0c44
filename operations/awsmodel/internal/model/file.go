package model

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"sort"
	"strings"
)

// magic begins a file of services.
const magic = "medlar-aws-1\n"

// Entry is what a file's directory says of a service.
type Entry struct {
	Name    string   // canonical
	Aliases []string // other accepted spellings
	Summary string   // what AWS calls it
	at      span
}

// span is a part of a file: raw is its length when inflated.
type span struct{ offset, length, raw int }

// File finds services in a file's text. It reads no more than the directory.
type File struct {
	// Version is botocore's version that the file was made from.
	Version string
	entries []Entry
	names   span   // of all operations
	rules   []span // of endpoint rules
	parts   span   // partitions, JSON
	data    string // that spans are of
}

// Contents is what a file is made of.
type Contents struct {
	Version    string
	Services   []*Service
	Aliases    map[string][]string // by canonical name
	Rules      [][]byte            // endpoint rules, by Service.Rules
	Partitions []byte
}

// Pack writes a file. Services are sorted by name.
func Pack(c Contents) ([]byte, error) {
	p := &packer{}
	var names bytes.Buffer
	head := []byte(magic)
	head = appendText(head, c.Version)
	head = binary.AppendUvarint(head, uint64(len(c.Services)))
	for _, s := range c.Services {
		head = appendText(head, s.Name)
		head = appendText(head, s.FullName)
		aliases := c.Aliases[s.Name]
		head = binary.AppendUvarint(head, uint64(len(aliases)))
		for _, a := range aliases {
			head = appendText(head, a)
		}
		head = p.add(head, Encode(s))
		names.Write(binary.AppendUvarint(nil, uint64(len(s.Operations))))
		for i := range s.Operations {
			names.WriteByte(byte(s.Operations[i].Effect))
			names.Write(appendText(nil, s.Operations[i].Name))
		}
	}
	head = p.add(head, names.Bytes())
	head = binary.AppendUvarint(head, uint64(len(c.Rules)))
	for _, r := range c.Rules {
		head = p.add(head, r)
	}
	head = p.add(head, c.Partitions)
	return append(head, p.out...), p.err
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// packer deflates parts one behind the other.
type packer struct {
	out []byte
	err error
}

// add writes a part, and its lengths to the directory.
func (p *packer) add(head, raw []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write(raw)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		p.err = err
		return head
	}
	p.out = append(p.out, b.Bytes()...)
	head = binary.AppendUvarint(head, uint64(b.Len()))
	return binary.AppendUvarint(head, uint64(len(raw)))
}

// Open reads the directory of a file.
func Open(data string) (*File, error) {
	rest, ok := strings.CutPrefix(data, magic)
	if !ok {
		return nil, errForm
	}
	d := &directory{reader: reader{data: rest}}
	f := &File{Version: d.string()}
	f.entries = make([]Entry, d.size(0))
	for i := range f.entries {
		e := &f.entries[i]
		e.Name, e.Summary = d.string(), d.string()
		e.Aliases = make([]string, d.size(0))
		for j := range e.Aliases {
			e.Aliases[j] = d.string()
		}
		e.at = d.span()
	}
	f.names = d.span()
	f.rules = make([]span, d.size(0))
	for i := range f.rules {
		f.rules[i] = d.span()
	}
	f.parts = d.span()
	f.data = rest[d.at:]
	if d.failed || d.total > len(f.data) {
		return nil, errForm
	}
	return f, nil
}

// directory reads a file's directory; total is how long the parts are.
type directory struct {
	reader
	total int
}

func (d *directory) string() string {
	n := d.size(0)
	s := d.data[d.at : d.at+n]
	d.at += n
	return s
}

func (d *directory) span() span {
	var s span
	s.length, s.raw = d.num(0), d.num(0)
	s.offset = d.total
	if d.total += s.length; d.total > len(d.data) {
		d.bad()
	}
	return s
}

// Entries returns what the directory says, sorted by name. The caller does not
// change it.
func (f *File) Entries() []Entry { return f.entries }

// Find returns the index of a service by its canonical name.
func (f *File) Find(name string) (int, bool) {
	i := sort.Search(len(f.entries), func(i int) bool { return f.entries[i].Name >= name })
	return i, i < len(f.entries) && f.entries[i].Name == name
}

// Service reads the service of an entry.
func (f *File) Service(i int) (*Service, error) {
	text, err := f.inflate(f.entries[i].at)
	if err != nil {
		return nil, err
	}
	return Decode(text)
}

// Rules reads endpoint rules by Service.Rules.
func (f *File) Rules(i int) (string, error) {
	if i < 0 || i >= len(f.rules) {
		return "", errForm
	}
	return f.inflate(f.rules[i])
}

// Partitions returns AWS's partitions as JSON.
func (f *File) Partitions() (string, error) { return f.inflate(f.parts) }

// Listed is an operation as lists show it.
type Listed struct {
	Name   string
	Effect Effect
}

// Names returns the operations of all services, in the order of the entries.
func (f *File) Names() ([][]Listed, error) {
	text, err := f.inflate(f.names)
	if err != nil {
		return nil, err
	}
	d := &directory{reader: reader{data: text}}
	all := make([][]Listed, len(f.entries))
	for i := range all {
		all[i] = make([]Listed, d.size(0))
		for j := range all[i] {
			enum(d, &all[i][j].Effect, effects)
			all[i][j].Name = d.string()
		}
	}
	if d.failed || d.at != len(text) {
		return nil, errForm
	}
	return all, nil
}

// most bounds what is inflated, in bytes, so that a broken file fills no memory.
const most = 64 << 20

func (f *File) inflate(s span) (string, error) {
	if s.raw > most || s.offset+s.length > len(f.data) {
		return "", errForm
	}
	var b strings.Builder
	b.Grow(s.raw)
	r := flate.NewReader(strings.NewReader(f.data[s.offset : s.offset+s.length]))
	n, err := io.Copy(&b, io.LimitReader(r, int64(s.raw)+1))
	if err != nil || n != int64(s.raw) {
		return "", errForm
	}
	return b.String(), nil
}
