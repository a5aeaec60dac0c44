package yamlfile

// keySet finds a key that stood before. Most maps are small, and for those a
// list is faster than a map.
type keySet struct {
	few  [12]*Node
	n    int
	many map[string]*Node
}

func (s *keySet) add(key *Node) (earlier *Node) {
	if s.many != nil {
		if earlier = s.many[key.Text]; earlier == nil {
			s.many[key.Text] = key
		}
		return earlier
	}
	for _, k := range s.few[:s.n] {
		if k.Text == key.Text {
			return k
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = key
		s.n++
		return nil
	}
	s.many = make(map[string]*Node, 2*len(s.few))
	for _, k := range s.few {
		s.many[k.Text] = k
	}
	s.many[key.Text] = key
	return nil
}
