// Package emptytext is how forms tell the empty text from nothing: an entry that is left
// empty gives nothing, and a mark beside it says that it is the empty text.
package emptytext

const (
	// Choice is how a choice that is the empty text is written.
	Choice = `""`
	// Label is what stands beside a mark.
	Label = "the empty text"
	// Both is what is wrong where there is a text and the mark, too.
	Both = "write something, or have the empty text, and not both"
)

// Mark is the name of the mark of an entry in a form.
func Mark(entry string) string { return entry + ".empty" }
