package awsemu

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
)

// faults reads the list of what is to go wrong.
func (r reader) faults(n *node) []fault {
	if n.kind != aList {
		r.at(n, "expected a list of faults, found %s", found(n))
		return nil
	}
	var list []fault
	for _, item := range n.items {
		list = append(list, r.fault(item))
	}
	return list
}

func (r reader) fault(n *node) fault {
	f := fault{share: 1}
	r.fields(n, "a fault", map[string]func(*node){
		"kind": func(n *node) {
			r.text(&f.kind)(n)
			if kinds := faultKinds(); f.kind != "" && !slices.Contains(kinds, f.kind) {
				r.at(n, "%q is no kind of fault: %s", f.kind, suggest(f.kind, kinds))
			}
		},
		"operation": func(n *node) { f.operation = r.operation(n) },
		"function":  r.text(&f.function),
		"share":     func(n *node) { f.share = r.share(n) },
		"times":     r.whole(&f.times, 1, 1_000_000),
		"after":     r.whole(&f.after, 0, 1_000_000),
		"code":      r.text(&f.code),
		"status":    r.whole(&f.status, 400, 599),
		"message":   r.text(&f.message),
		"delay":     r.duration(&f.delay),
	})
	switch {
	case n.kind != aMapping:
	case f.kind == "":
		r.at(n, "a fault needs its kind: %s", strings.Join(faultKinds(), ", "))
	case f.kind == "latency" && f.delay == 0:
		r.at(n, "latency needs a delay")
	}
	return f
}

func (r reader) share(n *node) float64 {
	switch v := n.value.(type) {
	case int64:
		if v == 0 || v == 1 {
			return float64(v)
		}
	case float64:
		if v >= 0 && v <= 1 {
			return v
		}
	}
	r.at(n, "expected a share from 0 to 1, found %s", found(n))
	return 0
}

// operation reads a service, or an operation of one in any spelling.
func (r reader) operation(n *node) string {
	var text string
	r.text(&text)(n)
	name := strings.ToLower(text)
	known := operationNames()
	if text != "" && !slices.Contains(known, name) {
		r.at(n, "unknown operation %q: %s", text, suggest(text, known))
	}
	return name
}

// operationNames are the services and their operations in lower case.
func operationNames() []string {
	names := []string{"lambda", "sts"}
	for _, row := range append((&lambdaAPI{}).routes(), missingRoutes()...) {
		names = append(names, "lambda."+strings.ToLower(row.name))
	}
	for _, op := range (&stsAPI{}).table() {
		names = append(names, "sts."+strings.ToLower(op.name))
	}
	return names
}

func suggest(text string, known []string) string {
	if help := diag.DidYouMean(text, known); help != "" {
		return help
	}
	if len(known) > 10 {
		return "expected one such as lambda.Invoke or sts.AssumeRole"
	}
	return "expected " + strings.Join(known, ", ")
}
