package schema

import (
	"reflect"
	"strconv"
	"strings"
)

// tags are the struct tags of one field, taken apart once: reflect goes through
// all of them, documentation included, for each that it is asked for.
type tags []namedTag

type namedTag struct {
	name   string
	quoted string // as it stands in the source, with its quotes
}

// readTags takes tags apart as reflect.StructTag.Lookup reads them. What stands
// behind one that is not written as it should be is not seen, as there.
func readTags(from reflect.StructTag) tags {
	found := make(tags, 0, 8)
	for rest := string(from); ; {
		rest = strings.TrimLeft(rest, " ")
		i := 0
		for i < len(rest) && rest[i] > ' ' && rest[i] != ':' && rest[i] != '"' && rest[i] != 0x7f {
			i++
		}
		if i == 0 || i+1 >= len(rest) || rest[i] != ':' || rest[i+1] != '"' {
			return found
		}
		name := rest[:i]
		rest = rest[i+1:]
		end := closing(rest)
		if end < 0 {
			return found
		}
		found = append(found, namedTag{name, rest[:end+1]})
		rest = rest[end+1:]
	}
}

// closing finds the quote that ends the text that one begins; -1 for none.
func closing(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// lookup returns the value of a tag, of the first with its name.
func (t tags) lookup(name string) (value string, ok bool) {
	for _, tag := range t {
		if tag.name == name {
			value, err := strconv.Unquote(tag.quoted)
			return value, err == nil
		}
	}
	return "", false
}

func (t tags) get(name string) string {
	value, _ := t.lookup(name)
	return value
}
