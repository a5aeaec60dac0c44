package awsemu_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func readSuite(t *testing.T, name string) []*requirement {
	t.Helper()
	var list []*requirement
	for _, path := range ok(filepath.Glob(filepath.Join(requirements, name, "*.yaml")))(t) {
		src := ok(os.ReadFile(path))(t)
		one := &requirement{id: strings.TrimSuffix(filepath.Base(path), ".yaml"), handled: map[any]bool{}}
		if err := yaml.Unmarshal(src, one); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		one.bindVariables()
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b *requirement) int { return a.number() - b.number() })
	return list
}

func (q *requirement) number() int {
	_, n, _ := strings.Cut(q.id, "-")
	i, _ := strconv.Atoi(n)
	return i
}

var generated = regexp.MustCompile(`^\$\{GEN_STR:(\d+)\}$`)

// bindVariables puts random texts for variables into what is given and
// expected.
func (q *requirement) bindVariables() {
	values := map[string]string{}
	for name, v := range q.Variables {
		text := fmt.Sprint(v)
		if m := generated.FindStringSubmatch(text); m != nil {
			n, _ := strconv.Atoi(m[1])
			text = randomText(n)
		}
		values["${"+name+"}"] = text
	}
	q.Input = replaceAll(q.Input, values)
	for _, a := range q.Actions {
		a.given = a.Payload != nil
		a.Name = replaceAll(a.Name, values).(string)
		a.Payload = replaceAll(a.Payload, values)
	}
	for i := range q.History {
		q.History[i] = replaceAll(q.History[i], values).(map[string]any)
	}
	replaceAll(q.Expected, values)
	for i := range q.Logs {
		for field, text := range q.Logs[i].Match {
			q.Logs[i].Match[field] = replaceAll(text, values).(string)
		}
	}
}

func replaceAll(v any, values map[string]string) any {
	switch v := v.(type) {
	case string:
		for name, value := range values {
			v = strings.ReplaceAll(v, name, value)
		}
		return v
	case []any:
		for i := range v {
			v[i] = replaceAll(v[i], values)
		}
	case map[string]any:
		for k := range v {
			v[k] = replaceAll(v[k], values)
		}
	}
	return v
}
