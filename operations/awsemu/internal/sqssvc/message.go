package sqssvc

import (
	"crypto/md5" //nolint:gosec // it is what SQS tells of a message
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// message is what was sent.
type message struct {
	id         string
	serial     int64 // in the order of arrival
	body       string
	attributes attributes
	trace      string // AWSTraceHeader
	group      string
	dedup      string
	sequence   string // of a FIFO queue
	sender     string
	source     string // the ARN of the queue that it was moved from
	sent       time.Time

	visible   time.Time // from when it may be received
	received  int       // how often
	first     time.Time // when it was first received
	taken     time.Time // when it was last received
	inFlight  bool      // received, and not given back by anybody
	heapIndex int
	gone      bool
}

// overhead is what a message takes beside its content.
const overhead = 512

func (m *message) bytes() int64 { return int64(m.size() + overhead) }

// size is what counts against the limit of a message: the body, and the names,
// types and values of its attributes.
func (m *message) size() int {
	n := len(m.body)
	for name, a := range m.attributes {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}

func (a attribute) binary() bool { return strings.HasPrefix(a.DataType, "Binary") }

func digest(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // it is what SQS tells of a message
	return hex.EncodeToString(sum[:])
}

// digest returns the MD5 of attributes; empty for none. Names in order, each with
// its type and its value, all after their lengths.
func (m attributes) digest() string {
	if len(m) == 0 {
		return ""
	}
	h := md5.New() //nolint:gosec // it is what SQS tells of a message
	part := func(text string) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(text))) //nolint:gosec // a message has at most 1 MiB
		h.Write(n[:])
		h.Write([]byte(text))
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		a := m[name]
		part(name)
		part(a.DataType)
		if a.binary() {
			h.Write([]byte{2})
			part(string(a.BinaryValue))
			continue
		}
		h.Write([]byte{1})
		part(*a.StringValue)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// checkText refuses what no message may hold.
func checkText(text string) *service.APIError {
	ok := utf8.ValidString(text)
	for _, r := range text {
		ok = ok && (r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000)
	}
	if !ok {
		return failure("InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	}
	return nil
}

const maxAttributes = 10

// check refuses attributes that a message cannot have.
func (m attributes) check() *service.APIError {
	if len(m) > maxAttributes {
		return invalid("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(m), maxAttributes)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if err := checkAttributeName(name); err != nil {
			return err
		}
		if err := m[name].check(name); err != nil {
			return err
		}
	}
	return nil
}

func checkAttributeName(name string) *service.APIError {
	lower := strings.ToLower(name)
	bad := name == "" || len(name) > 256 || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") ||
		strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.")
	for _, r := range name {
		bad = bad || (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
	}
	if bad {
		return invalid("The message attribute name '%s' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.", shortened(name))
	}
	return nil
}

func (a attribute) check(name string) *service.APIError {
	base, _, _ := strings.Cut(a.DataType, ".")
	switch {
	case a.DataType == "":
		return invalid("The message attribute '%s' must contain non-empty message attribute type.", name)
	case base != "String" && base != "Number" && base != "Binary" || len(a.DataType) > 256:
		return invalid("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	case base == "Binary" && len(a.BinaryValue) == 0 || base != "Binary" && (a.StringValue == nil || *a.StringValue == ""):
		return invalid("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, base)
	case base == "Number" && !isNumber(*a.StringValue):
		return invalid("Can't cast the value of message attribute '%s' to a number.", name)
	case base == "Binary":
		return nil
	}
	return checkText(*a.StringValue)
}

var numberForm = &regex.Late{Text: `^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$`}

func isNumber(text string) bool { return numberForm.Get().MatchString(text) }

// chosen returns the attributes that a receive asks for: names, prefixes with .*
// and All.
func (m attributes) chosen(names []string) attributes {
	out := attributes{}
	for name, a := range m {
		for _, want := range names {
			prefix, every := strings.CutSuffix(want, ".*")
			if want == "All" || want == name || every && (prefix == "" || strings.HasPrefix(name, prefix+".") || name == prefix) {
				out[name] = a
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
