package value

// Unread is a file that nobody has read, as package schema makes it: a value
// that only parameters take which are sent as a stream.
type Unread interface {
	// Path is the file's name.
	Path() string
	// Shown is the file as flows write it.
	Shown() map[string]any
}
