package connector

// Annotations are values that a family of connectors hangs on an operation or a
// sandbox: what its services need and no other does, such as AWS's keys and
// permissions. There is at most one of each type. Who knows the type reads it,
// with Annotation; the rest of the library passes them on unread, but for those
// that are a Note.
type Annotations []any

// Annotation returns the annotation of type T, and false where there is none.
func Annotation[T any](a Annotations) (T, bool) {
	for _, v := range a {
		if t, ok := v.(T); ok {
			return t, true
		}
	}
	var none T
	return none, false
}

// Note is an annotation of an operation that is shown to people, by runner ops
// and by editors.
type Note interface {
	// Note returns one line: a label such as "IAM action", and its text. It is
	// not shown where text is empty.
	Note() (label, text string)
}

// Notes returns what the operation's annotations say to people, in order.
func (o *Operation) Notes() []Note {
	var notes []Note
	for _, v := range o.Annotations {
		if n, ok := v.(Note); ok {
			notes = append(notes, n)
		}
	}
	return notes
}
