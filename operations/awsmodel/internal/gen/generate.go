package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/botocore"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/reviewed"
)

// Output is what the generator makes.
type Output struct {
	File                 []byte // of package model
	Names                []byte // the table of names, with rows for new services
	Services, Operations int
}

// Generate makes the file of all services in botocore's data folder. names is
// the table of names so far: its rows stay as they are.
func Generate(data fs.FS, version string, names []byte) (*Output, error) {
	table, err := parseTable(names)
	if err != nil {
		return nil, err
	}
	folders, err := botocore.Folders(data)
	if err != nil {
		return nil, err
	}
	c := model.Contents{Version: version, Aliases: map[string][]string{}}
	rules := ruleSets{index: map[string]int{}}
	out := &Output{}
	for _, folder := range folders {
		s, err := botocore.Service(data, folder)
		if err != nil {
			return nil, err
		}
		row, err := table.row(folder, s.ID)
		if err != nil {
			return nil, err
		}
		s.Name, c.Aliases[row.name] = row.name, row.aliases
		s.IAMPrefix = reviewed.IAMPrefix(s)
		for i := range s.Operations {
			o := &s.Operations[i]
			o.Effect, o.IAMAction = reviewed.EffectOf(s, o), reviewed.IAMAction(s, o)
		}
		text, err := botocore.Rules(data, folder)
		if err != nil {
			return nil, err
		}
		if s.Rules, err = rules.add(text, s.EndpointPrefix); err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		c.Services = append(c.Services, s)
		out.Operations += len(s.Operations)
	}
	slices.SortFunc(c.Services, func(a, b *model.Service) int { return strings.Compare(a.Name, b.Name) })
	c.Rules = rules.list
	if c.Partitions, err = partitions(data); err != nil {
		return nil, err
	}
	out.Services, out.Names = len(c.Services), table.text()
	out.File, err = model.Pack(c)
	return out, err
}

// ruleSets are the endpoint rules that services share.
type ruleSets struct {
	list  [][]byte
	index map[string]int
}

// add returns the number of the rules, in which the service's prefix is left
// open.
func (r *ruleSets) add(text json.RawMessage, prefix string) (int, error) {
	var set map[string]any
	if err := json.Unmarshal(text, &set); err != nil {
		return 0, fmt.Errorf("endpoint rules: %w", err)
	}
	delete(set, "version")
	params, _ := set["parameters"].(map[string]any)
	for _, p := range params {
		if m, ok := p.(map[string]any); ok {
			delete(m, "documentation")
		}
	}
	packed, err := encode(open(set, prefix))
	if err != nil {
		return 0, err
	}
	if i, ok := r.index[string(packed)]; ok {
		return i, nil
	}
	if _, err := endpoint.Parse(string(packed), prefix, nil); err != nil {
		return 0, err
	}
	r.list = append(r.list, packed)
	r.index[string(packed)] = len(r.list) - 1
	return len(r.list) - 1, nil
}

// encode is JSON without the escapes that HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// open puts the placeholder where an address begins with the service's prefix.
func open(v any, prefix string) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = open(x[k], prefix)
		}
	case []any:
		for i := range x {
			x[i] = open(x[i], prefix)
		}
	case string:
		if rest, ok := strings.CutPrefix(x, "https://"+prefix); ok && rest != "" && (rest[0] == '.' || rest[0] == '-') {
			return "https://" + endpoint.Placeholder + rest
		}
	}
	return v
}

func partitions(data fs.FS) ([]byte, error) {
	text, err := fs.ReadFile(data, "partitions.json")
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	packed, err := encode(v)
	if err == nil {
		_, err = endpoint.ParsePartitions(string(packed))
	}
	return packed, err
}
