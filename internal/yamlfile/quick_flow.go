package yamlfile

import "strings"

// flow reads a list or map in brackets.
func (q *quick) flow(depth int) *Node {
	if depth >= MaxDepth {
		return q.giveUp()
	}
	out := q.p.add(q.line, q.col(q.pos))
	base := len(q.p.held)
	end, isMap := byte(']'), q.text[q.pos] == '{'
	if isMap {
		end = '}'
	}
	seen := keySet{}
	for q.inBrackets() && q.text[q.pos] != end {
		if isMap && !q.flowKey(&seen) {
			break
		}
		q.p.held = append(q.p.held, q.flowValue(depth, isMap))
		if q.odd || q.pos == len(q.text) || q.text[q.pos] == end {
			break
		}
		if q.text[q.pos] != ',' {
			q.odd = true
		}
	}
	if q.odd || q.pos == len(q.text) {
		return q.giveUp()
	}
	q.pos++
	if isMap {
		return q.p.pairs(out, base)
	}
	return q.p.list(out, base)
}

// inBrackets goes behind a bracket or comma to what follows it.
func (q *quick) inBrackets() bool {
	if q.odd {
		return false
	}
	q.pos++
	return q.next()
}

// flowKey reads a key and its colon.
func (q *quick) flowKey(seen *keySet) bool {
	from := q.pos
	key := q.scalar(true)
	if q.odd || q.at(q.pos) != ':' || key.Style == Plain && (!q.blank(q.pos+1) || strings.Contains(q.text[from:q.pos], ":")) {
		q.odd = true
		return false
	}
	q.pos++
	q.p.held = append(q.p.held, key)
	return q.usable(key, seen)
}

// flowValue reads a value in brackets, and goes to what follows it.
func (q *quick) flowValue(depth int, inMap bool) *Node {
	if !q.next() {
		return q.giveUp()
	}
	var out *Node
	switch c := q.text[q.pos]; {
	case c == '{' || c == '[':
		out = q.flow(depth + 1)
	case inMap && (c == ',' || c == '}'):
		return q.p.add(q.line, q.col(q.pos)) // nothing
	default:
		out = q.scalar(true)
	}
	if q.odd || !q.next() {
		return q.giveUp()
	}
	return out
}
