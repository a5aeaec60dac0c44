package check

import (
	"io/fs"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// File reads and checks a flow file and the flow files that it calls. It
// returns no program where one of the mistakes that it found is an error.
func File(fsys fs.FS, name string, registry *connector.Registry) (*interp.Program, diag.List, diag.Source) {
	return newLoader(fsys, registry, false).check(name)
}

// FileAlone is File for who runs nothing: the program has no code.
func FileAlone(fsys fs.FS, name string, registry *connector.Registry) (*interp.Program, diag.List, diag.Source) {
	return newLoader(fsys, registry, false, bind.WithoutCode()).check(name)
}

// FileForResume is CheckFile for a run that began with an earlier version of
// its operations, or of this check: what only their types have against the flow
// is a warning, and what can be of several types is left to the run.
func FileForResume(fsys fs.FS, name string, registry *connector.Registry) (*interp.Program, diag.List, diag.Source) {
	return newLoader(fsys, registry, true).check(name)
}

func newLoader(fsys fs.FS, registry *connector.Registry, lenient bool, opts ...bind.Option) *loader {
	if lenient {
		opts = append(opts, bind.WithUnlikeTypes())
	}
	return &loader{
		fsys: fsys, registry: registry, engine: bind.NewEngine(opts...), lenient: lenient, partSize: yamlfile.PartSize,
		programs: map[string]*interp.Program{}, sources: map[string]*source{}, unread: map[string]*diag.Diagnostic{},
		connectorCodes: map[*connector.Connector][]string{}, secrecies: map[*connector.Operation]secrecy{},
	}
}

func (l *loader) check(name string) (*interp.Program, diag.List, diag.Source) {
	p := l.load(name)
	list := l.diags.Sort()
	if list.HasErrors() {
		p = nil
	}
	return p, list, l.excerpts
}

// loader reads a flow and all that it calls, each file once.
type loader struct {
	fsys     fs.FS
	registry *connector.Registry
	engine   *bind.Engine
	partSize int  // in which large files are read; another one in tests
	lenient  bool // the types of operations and connections are no reason to refuse a flow
	programs map[string]*interp.Program
	sources  map[string]*source
	unread   map[string]*diag.Diagnostic // why files that are called cannot be read
	loading  []string                    // the files that are being checked, outermost first
	diags    diag.List
	codes    []string // what operations are known to fail with
	opened   int      // how many connectors of the registry's source they are of, too

	connectorCodes map[*connector.Connector][]string // of all operations
	secrecies      map[*connector.Operation]secrecy
}

// secrecy is whether the parameters and the result of an operation can hold
// something secret.
type secrecy struct{ params, result bool }

// secrecyOf looks through the types of an operation once.
func (l *loader) secrecyOf(op *connector.Operation) secrecy {
	s, known := l.secrecies[op]
	if !known {
		s.params = (&schema.Field{Type: schema.Object, Members: op.Params()}).HasSecret()
		s.result = op.Result().HasSecret()
		l.secrecies[op] = s
	}
	return s
}

// errorCodes returns the codes that the operations document, under every name.
func (l *loader) errorCodes() []string {
	opened := l.registry.Opened()
	if l.codes != nil && l.opened == len(opened) {
		return l.codes
	}
	l.opened = len(opened)
	l.codes = slices.Clone(ownCodes)
	known := l.registry.Operations()
	for _, c := range opened {
		known = append(known, c.Operations...)
	}
	for _, op := range known {
		for _, e := range op.Errors {
			l.codes = append(append(l.codes, e.Code), e.Aliases...)
		}
	}
	slices.Sort(l.codes)
	l.codes = slices.Compact(l.codes)
	return l.codes
}

// manyTexts is from how many texts with expressions on a file is read by two
// goroutines. With 100 they are no faster than one, and in a process that has
// just started they cost a tenth of a millisecond more; with 200 they save a
// seventh of the time.
const manyTexts = 200

func (l *loader) readAhead(texts []string) *bind.Ahead {
	if len(texts) < manyTexts {
		return nil
	}
	return l.engine.ReadAhead(texts)
}

// load returns a file's program, or nil where there is none to speak of. What is
// wrong with the file is noted.
func (l *loader) load(name string) *interp.Program {
	if p, ok := l.programs[name]; ok {
		return p
	}
	text, problem := readFile(l.fsys, name)
	if problem != nil {
		l.diags = append(l.diags, *problem)
		l.programs[name] = nil
		return nil
	}
	l.loading = append(l.loading, name)
	defer func() { l.loading = l.loading[:len(l.loading)-1] }()
	src := yamlfile.NewFile(name, text).Knows(isFlowKey)
	l.sources[name] = src
	c := l.checked(src, l.partSize)
	if c != nil && c.inWhole {
		c = l.checked(src, 0)
	}
	if c == nil {
		l.programs[name] = nil
		return nil
	}
	c.program.Text = text
	l.programs[name] = c.program
	return c.program
}

// checked reads and checks a file, in parts of a size where it is large and that is
// not 0. It is nil where there is nothing to check, and notes what it found unless
// the file is to be read whole.
func (l *loader) checked(src *source, partSize int) *checker {
	root, texts, problems, rest := parse(src, partSize)
	if root == nil {
		l.diags = append(l.diags, newChecker(src, l).unsilenced(problems)...)
		return nil
	}
	var reads *reading
	var ahead *bind.Ahead
	if rest != nil {
		reads = newReading(rest, l.engine)
		ahead = l.engine.AheadOf(texts, rest.About(len(texts)), reads.all)
		list := root.Get("steps")
		list.Hold(nil, slices.Grow(list.Items(), rest.About(len(list.Items()))))
	} else {
		ahead = l.readAhead(texts)
	}
	c := newChecker(src, l)
	for known := -1; known < c.learnt() && !c.inWhole; {
		// What a name becomes in a repeat it is from the second round on, which is
		// known only when all of the file was seen.
		known = c.learnt()
		again := newChecker(src, l)
		again.ahead, again.grown, again.carried, again.diags = ahead, c.grown, c.carried, slices.Clone(problems)
		again.reading, again.stepList = reads, root.Get("steps")
		c, reads = again, nil
		c.file(root)
	}
	if ahead != nil {
		ahead.Finish()
	}
	if !c.inWhole {
		l.diags = append(l.diags, c.unsilenced(c.diags)...)
	}
	return c
}

// cycle returns the files from name back to itself, or nothing.
func (l *loader) cycle(name string) []string {
	if i := slices.Index(l.loading, name); i >= 0 {
		return append(slices.Clone(l.loading[i:]), name)
	}
	return nil
}

func (l *loader) excerpts(file string) []byte {
	if src := l.sources[file]; src != nil {
		return src.Excerpts(file)
	}
	return nil
}
