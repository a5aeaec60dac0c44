package yamlfile

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/diag"
)

// File is the text of a file and the way from a place in a value back to a
// place in the text. It is made by NewFile.
type File struct {
	// Name is the file's name in mistakes.
	Name string
	// Text is what the file holds, without a byte order mark.
	Text []byte

	lines   []int         // byte offset of each line's start
	ascii   bool          // each character is a byte
	marks   map[int][]int // of long lines that hold more than ASCII: see offset
	numbers bool          // keys may be whole numbers
	isJSON  bool          // Parse found JSON, or what was meant as that
	private bool
	names   []string // that excerpts of a private file may show
	secrets []string // literals that no excerpt may show
	knows   func(word string) bool
}

// NewFile returns a file with the text that was read from it.
func NewFile(name string, text []byte) *File {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // no character of the first line
	f := &File{Name: name, Text: text, lines: make([]int, 1, 1+bytes.Count(text, []byte{'\n'})), ascii: true}
	for at := 0; ; {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		at += end + 1
		f.lines = append(f.lines, at)
	}
	if !isASCII(text) {
		f.ascii = false
		f.markLongLines()
	}
	return f
}

// isASCII reports whether all bytes are below 128. It looks at eight at once.
func isASCII(text []byte) bool {
	const high = 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&high != 0 {
			return false
		}
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Private says that values of the file are secret: no message and no excerpt
// shows any of its text but these names.
func (f *File) Private(names ...string) *File {
	f.private, f.names = true, names
	return f
}

// Shown returns a text of the file for a message: nothing that can be read where
// the file is private, but for the names that may be shown.
func (f *File) Shown(text string) string {
	if f.private && !slices.Contains(f.names, text) {
		return "***"
	}
	return text
}

// JSON reports whether the file is JSON, or was meant as that, as far as Parse has
// found out.
func (f *File) JSON() bool { return f.isJSON }

// NumberKeys says that whole numbers may be keys: versions and accounts are.
func (f *File) NumberKeys() *File {
	f.numbers = true
	return f
}

// Knows says which words are surely meant as keys: one without its colon is read as that.
func (f *File) Knows(key func(word string) bool) *File {
	f.knows = key
	return f
}

func (f *File) isKey(word string) bool { return f.knows != nil && f.knows(word) }

// markEvery is how many characters lie between two marks of a long line.
const markEvery = 256

// markLongLines notes where each 256th character of a long line stands. Without
// it the way to a column is as long as the line, and so a line with n values
// takes n² steps.
func (f *File) markLongLines() {
	for number := 1; number <= len(f.lines); number++ {
		start, end := f.bounds(number)
		if end-start <= 4*markEvery {
			continue
		}
		var marks []int
		for i, chars := start, 0; i < end; chars++ {
			if chars%markEvery == 0 {
				marks = append(marks, i)
			}
			_, size := utf8.DecodeRune(f.Text[i:end])
			i += size
		}
		if f.marks == nil {
			f.marks = map[int][]int{}
		}
		f.marks[number] = marks
	}
}

// near returns a place in a line that is at col or shortly before it.
func (f *File) near(line, col int) (offset, atCol int) {
	start, end := f.bounds(line)
	if f.ascii {
		offset = min(start+max(col-1, 0), end)
		return offset, offset - start + 1
	}
	if marks := f.marks[line]; len(marks) > 0 {
		i := min(max(col-1, 0)/markEvery, len(marks)-1)
		return marks[i], i*markEvery + 1
	}
	return start, 1
}

// bounds returns where a line begins and where its line break does.
func (f *File) bounds(number int) (start, end int) {
	end = len(f.Text)
	if number < len(f.lines) {
		end = f.lines[number] - 1
	}
	return f.lines[number-1], end
}

// Line returns a line without its end; numbers begin at 1. There is nothing in
// lines that the file does not have.
func (f *File) Line(number int) string {
	if number < 1 || number > len(f.lines) {
		return ""
	}
	start, end := f.bounds(number)
	return strings.TrimSuffix(string(f.Text[start:end]), "\r")
}

// position returns the line and column of a byte of the text.
func (f *File) position(offset int) (line, col int) {
	offset = min(max(offset, 0), len(f.Text))
	line, found := slices.BinarySearch(f.lines, offset)
	if found {
		line++
	}
	return line, utf8.RuneCount(f.Text[f.lines[line-1]:offset]) + 1
}

// Excerpts returns the text for printing, with secrets masked, or nothing where
// file is another one.
func (f *File) Excerpts(file string) []byte {
	if file != f.Name {
		return nil
	}
	if f.private {
		return f.masked()
	}
	text := string(f.Text)
	// The longest first: a shorter one may be a part of it.
	secrets := slices.SortedFunc(slices.Values(f.secrets), func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		// As many characters as before keep the carets in place.
		text = strings.ReplaceAll(text, secret, strings.Repeat("*", utf8.RuneCountInString(secret)))
	}
	return []byte(text)
}

// minSecret is the shortest secret that is looked for in a text; a shorter one
// would hide words that have nothing to do with it.
const minSecret = 8

// Hide keeps a secret literal out of excerpts.
func (f *File) Hide(text string) { f.HideFrom(minSecret, text) }

// HideFrom is Hide for a text that is a secret for sure: lines of it are looked
// for that have least bytes.
func (f *File) HideFrom(least int, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); len(line) >= least {
			f.secrets = append(f.secrets, line)
		}
	}
}

// masked returns the text with every character as * but for blanks and the keys
// whose names are known.
func (f *File) masked() []byte {
	keep := map[string]bool{}
	for _, name := range f.names {
		keep[name] = true
	}
	out := make([]byte, 0, len(f.Text))
	for i := 0; i < len(f.Text); {
		if end := wordEnd(f.Text, i); end > i {
			if keep[string(f.Text[i:end])] && isKey(f.Text[end:]) {
				out = append(out, f.Text[i:end]...)
			} else {
				out = append(out, bytes.Repeat([]byte{'*'}, utf8.RuneCount(f.Text[i:end]))...)
			}
			i = end
			continue
		}
		r, size := utf8.DecodeRune(f.Text[i:])
		if strings.ContainsRune(" \t\r\n", r) {
			out = append(out, f.Text[i])
		} else {
			out = append(out, '*')
		}
		i += size
	}
	return out
}

func wordEnd(text []byte, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		if strings.ContainsRune(" \t\r\n:,{}[]\"'", r) {
			break
		}
		i += size
	}
	return i
}

// isKey reports whether a colon stands behind a word, or behind its quote.
func isKey(behind []byte) bool {
	behind = bytes.TrimLeft(behind, `"'`)
	return bytes.HasPrefix(bytes.TrimLeft(behind, " "), []byte{':'})
}

// span returns a place, moved into the file where it is outside.
func (f *File) span(line, col, width int) diag.Span {
	line = min(max(line, 1), len(f.lines))
	return diag.Span{File: f.Name, Line: line, Col: max(col, 1), Width: max(width, 1)}
}
