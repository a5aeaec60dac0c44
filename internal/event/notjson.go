package event

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// notJSON says what is wrong with a body that is to be JSON, and where; nil where this
// finds nothing. It quotes nothing of the body but names of members.
func notJSON(raw []byte) *report.Problem {
	s := scanner{raw: raw}
	m := s.document()
	if m == nil {
		return nil
	}
	p := bad("NotJSON", "the body is not JSON that can be read: "+m.detail, m.help)
	if m.where {
		p.Detail = "the body is not JSON that can be read: " + s.place(m.at) + ": " + m.detail
	}
	if m.inValue {
		p.Errors = []report.ProblemError{{Detail: m.detail, Pointer: "#" + strings.Join(s.path, ""), Help: m.help}}
	}
	return p
}

// mistake is what is wrong with a text.
type mistake struct {
	at           int
	detail, help string
	where        bool // at says more than the detail does
	inValue      bool // the value at the scanner's path is wrong
}

// scanner reads a text as JSON, up to the first mistake.
type scanner struct {
	raw  []byte
	at   int
	path []string // of the value that it is in, as parts of a JSON Pointer
}

// place says where something stands, as editors count: characters of a line.
func (s *scanner) place(at int) string {
	before := s.raw[:min(at, len(s.raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	return fmt.Sprintf("line %d, column %d", line, utf8.RuneCount(before)+1)
}

func (s *scanner) wrong(detail, help string) *mistake {
	return &mistake{at: s.at, detail: detail, help: help, where: true}
}

// wrongValue is a mistake in the value at the path.
func (s *scanner) wrongValue(at int, detail, help string) *mistake {
	return &mistake{at: at, detail: detail, help: help, where: true, inValue: true}
}

const (
	sendAll    = "send all of it"
	withoutIt  = "take it out"
	quoted     = `write "…" around it`
	asJSON     = "send one JSON value in UTF-8, and Content-Type for anything else"
	valuesAre  = `a value is null, true, false, a number, a text in "…", a list or an object`
	numbersAre = "write digits as in 0.5 or 1e6, without a + or a 0 in front"
)

func (s *scanner) document() *mistake {
	whole := func(detail, help string) *mistake { return &mistake{detail: detail, help: help} }
	has := func(prefix string) bool { return bytes.HasPrefix(s.raw, []byte(prefix)) }
	switch {
	case has("\xef\xbb\xbf"):
		return whole("it begins with a byte order mark", "send it without")
	case has("\xff\xfe"), has("\xfe\xff"):
		return whole("it is UTF-16", "send UTF-8")
	case has("\x1f\x8b"):
		return whole("it is compressed", "send it as it is")
	}
	s.space()
	if s.at == len(s.raw) {
		return whole("it is empty", "send one JSON value, or no body at all")
	}
	if m := s.value(0); m != nil {
		return m
	}
	if s.space(); s.at < len(s.raw) {
		return s.wrong("text stands behind the value", "send one value")
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.raw) && strings.IndexByte(" \t\r\n", s.raw[s.at]) >= 0 {
		s.at++
	}
}

// next is the byte that comes; 0 at the end, which is no part of JSON either.
func (s *scanner) next() byte {
	if s.at < len(s.raw) {
		return s.raw[s.at]
	}
	return 0
}

func (s *scanner) ended() bool { return s.at >= len(s.raw) }

func (s *scanner) value(depth int) *mistake {
	if depth > value.MaxDepth {
		return &mistake{at: s.at, detail: "it nests more than " + strconv.Itoa(value.MaxDepth) + " levels deep", help: "send it flatter", where: true}
	}
	c := s.next()
	switch {
	case s.ended():
		return s.wrong("it ends where a value belongs", sendAll)
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.list(depth)
	case c == '"':
		return s.text()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == '\'':
		return s.wrong("a text stands in other quotes than \"", quoted)
	case c == '/' || c == '#':
		return s.wrong("no value stands here", "JSON has no comments: "+withoutIt)
	case c == '+' || c == '.':
		return s.wrong("a number is not written as JSON has it", numbersAre)
	case c == ',' || c == ']' || c == '}' || c == ':':
		return s.wrong("a value is missing", valuesAre)
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(s.raw[s.at:], []byte(word)) {
			s.at += len(word)
			return nil
		}
	}
	return s.wrong("no value stands here", valuesAre)
}

func (s *scanner) number() *mistake {
	start := s.at
	for !s.ended() && strings.IndexByte("0123456789+-.eE", s.next()) >= 0 {
		s.at++
	}
	text := string(s.raw[start:s.at])
	_, err := value.ParseNumber(text)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, value.ErrDigits):
		return s.wrongValue(start, fmt.Sprintf("a number has more than %d digits", value.MaxDigits), "send it as text")
	case isNumber(text):
		return s.wrongValue(start, "a number is too large for 64 bits", "send a smaller one, or text")
	}
	s.at = start
	return s.wrong("a number is not written as JSON has it", numbersAre)
}

// isNumber reports whether a text is a number of JSON, however large.
func isNumber(text string) bool {
	whole, _, _ := strings.Cut(strings.ToLower(text), "e")
	_, err := value.ParseNumber(whole)
	_, exponent := strconv.ParseFloat(text, 64)
	return err == nil && (exponent == nil || errors.Is(exponent, strconv.ErrRange))
}

// text reads a text in quotes; what is wrong in it is wrong with the value at the path.
func (s *scanner) text() *mistake {
	start := s.at
	for s.at++; ; {
		c := s.next()
		switch {
		case s.ended():
			s.at = start
			return s.wrong("the quote that ends this text is missing", sendAll)
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			if m := s.escape(); m != nil {
				return m
			}
			continue
		case c < ' ':
			return s.wrong("a line break or another control character stands in a text", `write \n, or \u and four digits`)
		}
		_, size := utf8.DecodeRune(s.raw[s.at:])
		if size == 1 && c >= utf8.RuneSelf {
			return s.wrongValue(s.at, "a text is no UTF-8", "send UTF-8")
		}
		s.at += size
	}
}

func (s *scanner) escape() *mistake {
	if s.at+1 >= len(s.raw) {
		s.at = len(s.raw)
		return nil // the quote is missing
	}
	if c := s.raw[s.at+1]; c != 'u' {
		if strings.IndexByte(`"\/bfnrt`, c) < 0 {
			return s.wrong("a \\ stands before what it cannot stand before", `write \\ for the sign itself`)
		}
		s.at += 2
		return nil
	}
	const half = `a \u from d800 to dfff stands without the other half of its pair`
	first, ok := s.unit(s.at)
	if !ok {
		return s.wrong(`\u is followed by something else than four digits`, `write four digits from 0 to f`)
	}
	if first < 0xd800 || first > 0xdfff {
		s.at += 6
		return nil
	}
	second, ok := s.unit(s.at + 6)
	if first >= 0xdc00 || !ok || second < 0xdc00 || second > 0xdfff {
		return s.wrongValue(s.at, half, "send whole characters, such as \\ud83d\\ude00")
	}
	s.at += 12
	return nil
}

// unit reads \uXXXX.
func (s *scanner) unit(at int) (n uint64, ok bool) {
	if at+6 > len(s.raw) || s.raw[at] != '\\' || s.raw[at+1] != 'u' {
		return 0, false
	}
	for _, c := range s.raw[at+2 : at+6] {
		if strings.IndexByte("0123456789abcdefABCDEF", c) < 0 {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(string(s.raw[at+2:at+6]), 16, 16)
	return n, err == nil
}

func (s *scanner) list(depth int) *mistake {
	s.at++
	if s.space(); s.next() == ']' {
		s.at++
		return nil
	}
	for i := 0; ; i++ {
		s.path = append(s.path, pointerPart(false, "", i))
		if m := s.value(depth + 1); m != nil {
			return m
		}
		s.path = s.path[:len(s.path)-1]
		if done, m := s.comma(']'); done || m != nil {
			return m
		}
	}
}

func (s *scanner) object(depth int) *mistake {
	s.at++
	if s.space(); s.next() == '}' {
		s.at++
		return nil
	}
	for {
		start := s.at
		switch c := s.next(); {
		case s.ended():
			return s.wrong("it ends where the name of a member belongs", sendAll)
		case c == '\'':
			return s.wrong("the name of a member stands in other quotes than \"", quoted)
		case c != '"':
			return s.wrong("the name of a member does not stand in quotes", quoted)
		}
		if m := s.text(); m != nil {
			return m // in the object, whose path it has
		}
		name, _ := value.DecodeJSON(s.raw[start:s.at])
		text, _ := name.(string)
		if s.space(); s.next() != ':' {
			if s.ended() {
				return s.wrong("it ends before the : of a member", sendAll)
			}
			return s.wrong("the : between a name and its value is missing", `write {"name": value}`)
		}
		s.at++
		s.space()
		s.path = append(s.path, pointerPart(true, text, 0))
		if m := s.value(depth + 1); m != nil {
			return m
		}
		s.path = s.path[:len(s.path)-1]
		if done, m := s.comma('}'); done || m != nil {
			return m
		}
	}
}

// comma goes over a comma and what follows it, or over the bracket that closes; done is
// true for the latter.
func (s *scanner) comma(bracket byte) (done bool, m *mistake) {
	s.space()
	comma := s.at
	switch c := s.next(); {
	case s.ended():
		return false, s.wrong("it ends before the "+string(bracket)+" that belongs here", sendAll)
	case c == bracket:
		s.at++
		return true, nil
	case c != ',':
		return false, s.wrong("a comma or a "+string(bracket)+" is missing", "put it between values, and behind the last one")
	}
	s.at++
	if s.space(); s.next() == bracket {
		s.at = comma
		return false, s.wrong("a comma stands behind the last value", withoutIt)
	}
	return false, nil
}
