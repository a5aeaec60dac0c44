package awsapi

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// LowerCamel returns the spelling that flows use for an AWS name: a leading run
// of capitals is lowered as one word, so KMSKeyArn is kmsKeyArn.
func LowerCamel(name string) string {
	if len(name) > 1 && 'A' <= name[0] && name[0] <= 'Z' && 'a' <= name[1] && name[1] <= 'z' { // as nearly all are
		return string(name[0]+'a'-'A') + name[1:]
	}
	n := len(name) - len(strings.TrimLeftFunc(name, unicode.IsUpper))
	rest := name[n:]
	switch {
	case n <= 1, rest == "", !unicode.IsLower(rune(rest[0])):
	case isPlural(rest):
		n++
	default:
		n-- // the last capital begins the next word
	}
	return strings.ToLower(name[:n]) + name[n:]
}

// isPlural is true for the s of IDs and of URLsToSkip.
func isPlural(rest string) bool {
	return rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rune(rest[1])))
}

// lowerPath lowers each member of a path such as "Tags[].Key".
func lowerPath(path string) string {
	parts := strings.Split(path, ".")
	for i, part := range parts {
		parts[i] = LowerCamel(part)
	}
	return strings.Join(parts, ".")
}

// Words returns a name as the words of a sentence: "Create event source mapping".
func Words(name string) string {
	b := make([]byte, 0, len(name)+len(name)/2)
	start := 0 // of what is to be copied
	for i := 1; i < len(name); i++ {
		c := name[i]
		if c >= utf8.RuneSelf {
			return wordsOf(name)
		}
		if 'A' <= c && c <= 'Z' && (name[i-1] < 'A' || name[i-1] > 'Z') {
			b = append(append(b, name[start:i]...), ' ', c+'a'-'A')
			start = i + 1
		}
	}
	return string(append(b, name[start:]...))
}

// wordsOf is Words of a name with letters beyond ASCII.
func wordsOf(name string) string {
	b := make([]byte, 0, len(name)+len(name)/2)
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			b = append(b, ' ')
			r = unicode.ToLower(r)
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}
