package yamlfile

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// move is what a mended text has more in a line than the file, from a column on, or less
// where by is negative.
type move struct{ line, col, by int }

// moves are in the order in which a text was mended.
type moves []move

// back returns the column of the file that a column of the mended text is.
func (m moves) back(line, col int) int {
	for _, x := range slices.Backward(m) {
		switch {
		case x.line != line || col < x.col:
		case x.by < 0:
			col -= x.by
		default:
			col = max(x.col, col-x.by)
		}
	}
	return col
}

// nodes gives the library's nodes of the mended text their places in the file.
func (m moves) nodes(n *yaml.Node) {
	if len(m) == 0 {
		return
	}
	n.Column = m.back(n.Line, n.Column)
	for _, part := range n.Content {
		m.nodes(part)
	}
}

// edit puts characters in place of some of a text.
type edit struct {
	at, drop int
	put      string // ASCII
}

// edited returns a text with changes, which stand in their order, and what they move.
func (f *File) edited(edits ...edit) (text []byte, m moves) {
	text = slices.Clone(f.Text)
	for _, e := range slices.Backward(edits) {
		line, col := f.position(e.at)
		text = slices.Replace(text, e.at, e.at+e.drop, []byte(e.put)...)
		if by := len(e.put) - e.drop; by != 0 {
			m = append(m, move{line, col, by})
		}
	}
	return text, m
}
