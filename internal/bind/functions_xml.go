package bind

import "github.com/medlar-flow/medlar/internal/xmlvalue"

func fromXML(fr *frame, args []any) (any, error) {
	text, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	lists, err := nameSet(args[1:])
	if err != nil {
		return nil, err
	}
	v, err := xmlvalue.Decode(text, lists, fr.spend)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// nameSet reads an optional list of names.
func nameSet(args []any) (map[string]bool, error) {
	if len(args) == 0 || args[0] == nil {
		return nil, nil
	}
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	set := make(map[string]bool, len(list))
	for _, v := range list {
		name, err := textOf(v)
		if err != nil {
			return nil, err
		}
		set[name] = true
	}
	return set, nil
}

func toXML(fr *frame, args []any) (any, error) {
	m, err := mapOf(args[0])
	if err != nil {
		return nil, err
	}
	out, err := xmlvalue.Encode(m, fr.spend)
	if err != nil {
		return nil, err
	}
	return out, nil
}
