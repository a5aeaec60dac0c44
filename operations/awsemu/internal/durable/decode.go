package durable

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// ReadCheckpoint reads the body of a checkpoint as functions usually send it,
// by hand, because a function waits for it with each step. ok is false for
// anything else, which encoding/json may read, and word what is wrong with it.
func ReadCheckpoint(text []byte) (in Checkpoint, ok bool) {
	s := scanner{text: text}
	if in.scan(&s) && s.end() {
		return in, true
	}
	return Checkpoint{}, false
}

// scanner reads JSON of a known shape. The first surprise ends it: bad is true
// from then on.
type scanner struct {
	text []byte
	at   int
	bad  bool
}

func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

func (s *scanner) end() bool {
	s.space()
	return !s.bad && s.at == len(s.text)
}

// take goes past a character where that is the next one.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.bad || s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) want(c byte) { s.bad = !s.take(c) || s.bad }

// string reads a text.
func (s *scanner) string() string {
	s.want('"')
	from := s.at
	for escaped := false; !s.bad && s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\\':
			escaped = true
			s.at++
		case c == '"':
			s.at++
			if !escaped {
				return string(s.text[from : s.at-1])
			}
			var out string
			s.bad = json.Unmarshal(s.text[from-1:s.at], &out) != nil
			return out
		case c < ' ' || c > '~': // what is no ASCII might be no UTF-8
			s.bad = true
		}
	}
	s.bad = true
	return ""
}

func (s *scanner) number() int {
	s.space()
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	n, err := strconv.Atoi(string(s.text[from:s.at]))
	s.bad = s.bad || err != nil || s.at-from > 1 && s.text[from] == '0'
	return n
}

func (s *scanner) boolean() bool {
	s.space()
	for _, word := range []string{"true", "false"} {
		if bytes.HasPrefix(s.text[s.at:], []byte(word)) {
			s.at += len(word)
			return word == "true"
		}
	}
	s.bad = true
	return false
}

// object reads the members of an object.
func (s *scanner) object(member func(name string)) {
	s.want('{')
	for first := true; !s.bad && !s.take('}'); first = false {
		if !first {
			s.want(',')
		}
		name := s.string()
		s.want(':')
		if !s.bad {
			member(name)
		}
	}
}

func (in *Checkpoint) scan(s *scanner) bool {
	s.object(func(name string) {
		switch name {
		case "CheckpointToken":
			in.CheckpointToken = s.string()
		case "ClientToken":
			in.ClientToken = s.string()
		case "Updates":
			s.bad = in.Updates != nil // of two of them the second changes the first
			in.Updates = []Update{}
			s.want('[')
			for first := true; !s.bad && !s.take(']'); first = false {
				if !first {
					s.want(',')
				}
				in.Updates = append(in.Updates, Update{})
				in.Updates[len(in.Updates)-1].scan(s)
			}
		default:
			s.bad = true
		}
	})
	return !s.bad
}

func (u *Update) scan(s *scanner) {
	text := func(to **string) { *to = new(s.string()) }
	s.object(func(name string) {
		switch name {
		case "Id":
			u.ID = s.string()
		case "Type":
			u.Type = s.string()
		case "Action":
			u.Action = s.string()
		case "ParentId":
			text(&u.ParentID)
		case "Name":
			text(&u.Name)
		case "SubType":
			text(&u.SubType)
		case "Payload":
			text(&u.Payload)
		case "WaitOptions":
			s.bad = u.WaitOptions != nil
			u.WaitOptions = &waitOptions{}
			s.only("WaitSeconds", func() { u.WaitOptions.WaitSeconds = new(s.number()) })
		case "StepOptions":
			s.bad = u.StepOptions != nil
			u.StepOptions = &stepOptions{}
			s.only("NextAttemptDelaySeconds", func() { u.StepOptions.NextAttemptDelaySeconds = new(s.number()) })
		case "ContextOptions":
			s.bad = u.ContextOptions != nil
			u.ContextOptions = &contextOptions{}
			s.only("ReplayChildren", func() { u.ContextOptions.ReplayChildren = s.boolean() })
		default:
			s.bad = true
		}
	})
}

// only reads an object that has no other member.
func (s *scanner) only(member string, read func()) {
	s.object(func(name string) {
		if s.bad = name != member; !s.bad {
			read()
		}
	})
}
