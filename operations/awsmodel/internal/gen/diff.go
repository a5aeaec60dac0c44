package main

import (
	"fmt"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// Diff says what services, operations and parameters one file has and the other
// lacks: "-" before what a flow can no longer use.
func Diff(before, after []byte) ([]string, error) {
	if len(before) == 0 {
		return nil, nil
	}
	old, err := read(before)
	if err != nil {
		return nil, err
	}
	now, err := read(after)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range old.order {
		if now.services[s.Name] == nil {
			lines = append(lines, "- "+s.Name)
		}
	}
	for _, s := range now.order {
		was := old.services[s.Name]
		if was == nil {
			lines = append(lines, fmt.Sprintf("+ %s (%d operations)", s.Name, len(s.Operations)))
			continue
		}
		lines = append(lines, diffService(was, s)...)
	}
	return lines, nil
}

type all struct {
	order    []*model.Service
	services map[string]*model.Service
}

func read(text []byte) (*all, error) {
	f, err := model.Open(string(text))
	if err != nil {
		return nil, err
	}
	a := &all{services: map[string]*model.Service{}}
	for i, e := range f.Entries() {
		s, err := f.Service(i)
		if err != nil {
			return nil, err
		}
		a.order, a.services[e.Name] = append(a.order, s), s
	}
	return a, nil
}

func diffService(old, now *model.Service) []string {
	var lines []string
	for i := range old.Operations {
		was := &old.Operations[i]
		is := now.Operation(was.Name)
		if is == nil {
			lines = append(lines, "- "+now.Name+"."+was.Name)
			continue
		}
		if was.Effect != is.Effect {
			lines = append(lines, fmt.Sprintf("! %s.%s: effect %d, was %d", now.Name, is.Name, is.Effect, was.Effect))
		}
		lines = append(lines, diffMembers(old, now, was, is)...)
	}
	for i := range now.Operations {
		if name := now.Operations[i].Name; old.Operation(name) == nil {
			lines = append(lines, "+ "+now.Name+"."+name)
		}
	}
	return lines
}

func diffMembers(old, now *model.Service, was, is *model.Operation) []string {
	var lines []string
	a, b := members(old, was.Input), members(now, is.Input)
	for _, name := range value.SortedKeys(a) {
		if _, ok := b[name]; !ok {
			lines = append(lines, "- "+now.Name+"."+was.Name+" "+name)
		}
	}
	for _, name := range value.SortedKeys(b) {
		if b[name] && !a[name] {
			lines = append(lines, "! "+now.Name+"."+is.Name+" "+name+" is required")
		}
	}
	return lines
}

// members returns the members of an input, and whether they are required.
func members(s *model.Service, input int) map[string]bool {
	if input == model.None {
		return nil
	}
	out := map[string]bool{}
	for _, m := range s.Shapes[input].Members {
		out[m.Name] = m.Flags&model.Required != 0
	}
	return out
}
