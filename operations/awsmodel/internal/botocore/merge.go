package botocore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// merge makes one shape of those that are alike, and puts those first that are
// used most. Structures stay apart: their names differ, and some contain
// themselves.
func (b *builder) merge() {
	s := b.service
	for {
		same, n := map[string]int{}, 0
		to := make([]int, len(s.Shapes))
		for i := range s.Shapes {
			to[i] = i
			if s.Shapes[i].Kind == model.Structure {
				continue
			}
			key := describe(&s.Shapes[i])
			if first, ok := same[key]; ok {
				to[i] = first
				n++
			} else {
				same[key] = i
			}
		}
		b.renumber(to)
		if n == 0 {
			break
		}
		b.compact()
	}
	b.compact()
}

func describe(s *model.Shape) string {
	text := fmt.Sprintf("%+v", *s)
	for _, bound := range []*float64{s.Min, s.Max} {
		if bound != nil {
			text = strings.Replace(text, fmt.Sprintf("%p", bound), fmt.Sprint(*bound), 1)
		}
	}
	return text
}

// renumber puts the new indexes of shapes in the place of the old.
func (b *builder) renumber(to []int) {
	s := b.service
	for i := range s.Shapes {
		for j := range s.Shapes[i].Members {
			m := &s.Shapes[i].Members[j]
			m.Shape = to[m.Shape]
		}
	}
	for i := range s.Operations {
		o := &s.Operations[i]
		for _, p := range []*int{&o.Input, &o.Output} {
			if *p != model.None {
				*p = to[*p]
			}
		}
		for j, e := range o.Errors {
			o.Errors[j] = to[e]
		}
	}
}

// compact drops shapes that nothing uses and sorts the others by use.
func (b *builder) compact() {
	s := b.service
	uses := make([]int, len(s.Shapes))
	var visit func(i int)
	visit = func(i int) {
		if i == model.None {
			return
		}
		uses[i]++
		if uses[i] > 1 {
			return
		}
		for _, m := range s.Shapes[i].Members {
			visit(m.Shape)
		}
	}
	for i := range s.Operations {
		visit(s.Operations[i].Input)
		visit(s.Operations[i].Output)
		for _, e := range s.Operations[i].Errors {
			visit(e)
		}
	}
	var order []int
	for i, n := range uses {
		if n > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return uses[y] - uses[x] })
	to := make([]int, len(s.Shapes))
	shapes := make([]model.Shape, len(order))
	for at, i := range order {
		to[i] = at
		shapes[at] = s.Shapes[i]
	}
	b.renumber(to)
	s.Shapes = shapes
}
