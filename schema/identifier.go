package schema

// IsIdentifier is true for a name that expressions can use after a dot: letters
// of ASCII, digits and _, not beginning with a digit.
func IsIdentifier(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return text != ""
}
