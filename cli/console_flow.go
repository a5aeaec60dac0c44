package cli

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// loadedFlow is a flow that is loaded again when one of its files has changed. One
// with mistakes is loaded each time: what it lacks may stand anywhere.
type loadedFlow struct {
	file     *flowFile
	registry *connector.Registry

	mu    sync.Mutex
	flow  *flows.Flow
	files string // as they were when it was loaded
}

// get returns the flow as its files are now.
func (l *loadedFlow) get() (*flows.Flow, *flows.CheckError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flow != nil && l.files == l.look(l.flow) {
		return l.flow, nil
	}
	flow, found := l.file.load(l.registry)
	l.flow = flow
	if flow != nil {
		l.files = l.look(flow)
	}
	return flow, found
}

// look returns what changes when a file of the flow does.
func (l *loadedFlow) look(flow *flows.Flow) string {
	var b strings.Builder
	for _, name := range flow.Files() {
		if info, err := fs.Stat(l.file.fsys, name); err == nil {
			fmt.Fprintln(&b, name, info.Size(), info.ModTime().UnixNano())
		} else {
			fmt.Fprintln(&b, name, "is not there")
		}
	}
	return b.String()
}
