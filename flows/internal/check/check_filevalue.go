package check

import (
	"errors"
	"io/fs"
	"path"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/schema"
)

// isFile reports whether a map is {file: path}.
func isFile(n *node) bool {
	return len(n.Keys()) == 1 && n.Keys()[0].Text == "file" && n.Items()[0].Kind == scalarNode
}

// fileReference is the content of a file: text in UTF-8 where text is wanted.
func (c *checker) fileReference(n *node, f *schema.Field, what string) interp.Value {
	name := c.text(n, what+".file")
	full := path.Join(path.Dir(c.src.Name), name)
	if name == "" || path.IsAbs(name) || !fs.ValidPath(full) {
		c.fail(n, "bad-path", "give a path relative to the flow, below the root folder", "%s.file: %q leads out of the root folder", what, name)
		return interp.Constant{}
	}
	text := !f.File && f.Type == schema.String
	if c.namedFile(n, full, what) && text {
		c.textFile(n, full, what)
	}
	if !f.Unread { // what nobody reads is not kept with a run either
		c.program.Named = append(c.program.Named, full)
	}
	return &interp.FileValue{Path: full, At: c.src.At(n), Unread: f.Unread, Text: text}
}

// namedFile looks at a file that the flow names, and reports whether there is
// one. One that is not there, or that nobody here may read, can be there when the
// flow runs; what is no file can not.
func (c *checker) namedFile(n *node, name, what string) bool {
	var problem *readfile.Problem
	if _, err := readfile.Stat(c.loader.fsys, name); !errors.As(err, &problem) {
		return err == nil
	}
	if problem.Unwrap() != nil {
		c.warn(n, problem.Rule, "check the path; unless something writes the file before the step runs, the step fails", "%s.file: %s", what, problem)
		return false
	}
	c.fail(n, problem.Rule, problem.Help, "%s.file: %s", what, problem)
	return false
}

// textFile reports a file whose content is no text, where text is wanted. A large
// one is left to the run.
func (c *checker) textFile(n *node, name, what string) {
	content, err := readfile.FS(c.loader.fsys, name, mostKnown)
	if err == nil && !utf8.Valid(content) && !c.loader.lenient {
		c.fail(n, "wrong-type", "save it as UTF-8, or give it to a parameter that takes bytes", "%s.file: %q is not text in UTF-8, which is wanted here", what, name)
	}
}
