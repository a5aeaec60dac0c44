package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// foldLost reports whether the one record of many iterations, or rounds, cannot be
// kept. It does not say what they called, so the loop has to be the same, and what
// it gets and can read.
func (r *carrier) foldLost(rec *record, reads func() []byte) bool {
	rd := r.run.reading
	switch {
	case rd == nil || rd.trail == nil:
		return false
	case rd.cut == nil:
		rd.trail.reads[rec.seq] = reads()
		return false
	case !rd.cut.loose:
		return false
	case r.scope.cut:
		return true
	}
	before := rd.cut.first.reads[rec.seq]
	if before != nil && rd.cut.sameLoop(rec.path) && bytes.Equal(before, reads()) {
		return false
	}
	rd.cut.problem(rec.path, "%s are one record, which is kept only where the loop, its items and all that it can read are as they were", foldPath(rec))
	r.scope.cut = true
	return true
}

// loops compares the loops of two versions of a flow.
type loops struct {
	before, after map[string]any // files by their names
	main          string         // the flow's file, in each
	mainAfter     string
	was, is       *flows.Flow
}

// same reports whether the loop or repeat of two paths is written as it was, and all
// else that its steps do hangs on: the files but for the flow's own, and the parts
// of that which are not steps.
func (l *loops) same(pathBefore, path string) bool {
	if len(l.before) != len(l.after) || l.main != l.mainAfter {
		return false
	}
	for name, text := range l.before {
		was, _ := text.([]byte)
		is, there := l.after[name].([]byte)
		if !there || name != l.main && !bytes.Equal(was, is) {
			return false
		}
	}
	was, is := l.print(l.before, l.was, pathBefore), l.print(l.after, l.is, path)
	return was != nil && bytes.Equal(was, is)
}

// print is equal for flows with the same loop and the same head; nil where the
// loop is not found in the flow's own file.
func (l *loops) print(files map[string]any, flow *flows.Flow, path string) []byte {
	info, ok := stepAt(flow, path)
	text, _ := files[l.main].([]byte)
	if !ok || info.File != l.main {
		return nil
	}
	root, _, _ := yamlfile.NewFile(l.main, text).Parse()
	if root == nil {
		return nil
	}
	node := nodeAt(root, int32(info.Line), int32(info.Col)) //nolint:gosec // files are not that long
	if node == nil {
		return nil
	}
	h := sha256.New()
	hashNode(h, node)
	for i, key := range root.Keys() {
		switch key.Text {
		case "flow", "description", "inputs", "labels", "steps", "output", "timeout":
		default:
			hashNode(h, key)
			hashNode(h, root.Items()[i])
		}
	}
	return h.Sum(nil)
}

var indices = regex.Late{Text: `\[\d+\]`}

// stepAt finds a step in the outline of a flow, where the paths of iterations have
// no indices; ok is false where it is not one step.
func stepAt(flow *flows.Flow, path string) (found report.StepInfo, ok bool) {
	bare := indices.Get().ReplaceAllString(path, "")
	n := 0
	for _, info := range flow.Outline() {
		if indices.Get().ReplaceAllString(info.Path, "") == bare {
			found = info
			n++
		}
	}
	return found, n == 1
}

// nodeAt returns the map that has a key at a place; nil where none has.
func nodeAt(n *yamlfile.Node, line, col int32) *yamlfile.Node {
	for _, key := range n.Keys() {
		if key.Line == line && key.Col == col {
			return n
		}
	}
	for _, item := range n.Items() {
		if found := nodeAt(item, line, col); found != nil {
			return found
		}
	}
	return nil
}

// hashNode adds what stands in a node, but not where.
func hashNode(h hash.Hash, n *yamlfile.Node) {
	var head [3 * binary.MaxVarintLen64]byte
	place := binary.AppendVarint(head[:0], int64(n.Kind))
	place = binary.AppendVarint(place, int64(n.Style))
	place = binary.AppendVarint(place, int64(len(n.Text)))
	h.Write(place)
	h.Write([]byte(n.Text))
	h.Write(binary.AppendVarint(head[:0], int64(len(n.Items()))))
	for i, item := range n.Items() {
		if i < len(n.Keys()) {
			hashNode(h, n.Keys()[i])
		}
		hashNode(h, item)
	}
}
