package check

import (
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/regex"
)

var (
	ctxWord = regex.Late{Text: `\bctx\b`}
	ctxName = regex.Late{Text: `^\??\.([A-Za-z_][A-Za-z0-9_]*)`}
)

// reads returns which names of ctx the texts in some nodes can read: those that
// stand behind ctx, and all where it stands otherwise.
func reads(nodes ...*node) interp.CtxNames {
	var found interp.CtxNames
	for _, n := range nodes {
		if n != nil {
			addReads(&found, n)
		}
	}
	slices.Sort(found.Names)
	found.Names = slices.Compact(found.Names)
	return found
}

func addReads(found *interp.CtxNames, n *node) {
	for _, at := range ctxWord.Get().FindAllStringIndex(n.Text, -1) {
		name := ctxName.Get().FindStringSubmatch(n.Text[at[1]:])
		if name == nil {
			found.All = true
			continue
		}
		found.Names = append(found.Names, name[1])
	}
	for _, list := range [][]*node{n.Keys(), n.Items()} {
		for _, item := range list {
			addReads(found, item)
		}
	}
}
