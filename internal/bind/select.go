package bind

import (
	"errors"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/value"
)

// get selects a member or an element.
func get(_ *frame, args []any) (any, error) {
	switch key := args[1].(type) {
	case string:
		return selectName(args[0], key)
	case int64:
		return selectIndex(args[0], key)
	case int:
		return selectIndex(args[0], int64(key))
	}
	if args[0] == nil {
		return nil, nil
	}
	return nil, errors.New("a member is selected by a string or an integer, not " + withArticle(typeName(args[1])))
}

// getPlain is get, and decodes the payloads in what it gives.
func getPlain(fr *frame, args []any) (any, error) {
	out, err := get(nil, args)
	if err != nil || !fr.vars.Payloads() {
		return opened(out), err
	}
	return value.Plain(out), nil
}

// slice takes characters of text or elements of a list.
func slice(_ *frame, args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		from, to, err := sliceEnds(args, utf8.RuneCountInString(s))
		if err != nil {
			return nil, err
		}
		return s[byteOffset(s, from):byteOffset(s, to)], nil
	}
	if args[0] == nil {
		return nil, nil
	}
	list, err := listOf(args[0])
	if err != nil {
		return nil, errors.New("only text and lists have slices, not " + withArticle(typeName(args[0])))
	}
	from, to, err := sliceEnds(args, len(list))
	if err != nil {
		return nil, err
	}
	return list[from:to:to], nil
}

// sliceEnds keeps the ends within n; negative ones count from the end.
func sliceEnds(args []any, n int) (from, to int, err error) {
	to = n
	for i, end := range []*int{&from, &to} {
		if args[i+1] == nil {
			continue
		}
		v, err := smallOf(args[i+1])
		if err != nil {
			return 0, 0, err
		}
		if v < 0 {
			v += n
		}
		*end = max(0, min(v, n))
	}
	return min(from, to), to, nil
}
