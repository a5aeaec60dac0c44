package schema

import "github.com/medlar-flow/medlar/internal/value"

// File is a file that a parameter names and that nobody has read: what a field
// with Unread is given for {file: path}. Its Open opens it; its Path is below
// the flow's root folder.
type File = value.File
