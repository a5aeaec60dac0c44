// Package sources has the sources of events that come along: messages of SQS, and
// files of a folder. A program gives them to its registry with
// connector.Registry.WithEventSources; flows name them under triggers, and the
// package serve follows them.
package sources

import "github.com/medlar-flow/medlar/connector"

// All returns the sources, to be given to Registry.WithEventSources.
func All() []*connector.EventSource { return []*connector.EventSource{SQS(), Files()} }
