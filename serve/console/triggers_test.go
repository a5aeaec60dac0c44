package console_test

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const curlFlow = `flow: curls
inputs:
  name: {type: string, required: true}
  text: {type: string, required: true, example: "it's $HOME \"q\" ü"}
  word: {type: string, required: true, minLength: 3, maxLength: 4}
  n: {type: integer, required: true, minimum: 3}
  rate: {type: number, required: true, maximum: 0.5}
  at: {type: timestamp, required: true}
  for: {type: duration, required: true}
  on: {type: boolean, required: true}
  kind: {type: string, required: true, enum: [red, "it's"]}
  data: {type: bytes, required: true, minLength: 2}
  list: {type: list, required: true, items: {type: string}}
  two: {type: list, required: true, minLength: 2, items: {type: object, members: {id: {type: integer, required: true}}}}
  map: {type: map, required: true, minLength: 1, items: {type: number}}
  object: {type: object, required: true, members: {id: {type: string, required: true}, more: {type: object, required: true, members: {x: {type: integer, required: true}, y: {type: string}}}, given: {type: string, required: true, default: a}}}
  left: {type: object, members: {id: {type: string, required: true}}}
  default: {type: string, required: true, default: a}
triggers:
  - {http: "POST /body/{name}", auth: none}
  - {http: "GET /query/{name}", name: query, auth: none}
steps: []
output: done
`

var curlLine = regexp.MustCompile(`<code>(curl [^<]*)</code>`)

// The line of a trigger has all that the inputs need, of the body and of the query.
func TestCurlLinesFit(t *testing.T) {
	w := newWorld(t, map[string]string{"curls.yaml": curlFlow, "picked.yaml": `flow: picked
inputs: {n: {type: integer, required: true}, text: {type: string, required: true}, o: {type: object, required: true, members: {id: {type: integer, required: true}}}}
triggers: [{http: "POST /picked", auth: none, with: {n: "${request.query.count}", text: "${request.query.t}", o: "${request.body.inner.o}"}}]
steps: []
output: done
`})
	w.login()
	lines := curlLine.FindAllStringSubmatch(w.get("/flows/curls").body, -1)
	if len(lines) != 2 {
		t.Fatalf("lines: %q", lines)
	}
	flow := w.load("curls.yaml")
	check := func(line string, inputs map[string]any) {
		t.Helper()
		inputs["name"] = "of the path"
		if err := flow.CheckInputs(inputs); err != nil {
			t.Errorf("%s\n%v", line, err)
		}
	}
	body, inputs := html.UnescapeString(lines[0][1]), map[string]any{}
	_, body, _ = strings.Cut(body, " -d '")
	body, _, _ = strings.Cut(body, "}' \"")
	if err := json.Unmarshal([]byte(strings.ReplaceAll(body, `'\''`, "'")+"}"), &inputs); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	check(body, inputs)
	if _, ok := inputs["left"]; ok {
		t.Error("what is not needed is given")
	}

	line := html.UnescapeString(lines[1][1])
	inputs = map[string]any{}
	for name, texts := range query(t, line) {
		switch {
		case name == "list":
			inputs[name] = []any{texts[0]}
		case len(texts) != 1:
			t.Errorf("%s: %q", name, texts)
		default:
			v, err := flow.ParseInput(name, texts[0])
			if err != nil {
				t.Error(err)
			}
			inputs[name] = v
		}
	}
	check(line, inputs)

	line = html.UnescapeString(curlLine.FindStringSubmatch(w.get("/flows/picked").body)[1])
	if !strings.Contains(line, `'{"inner":{"o":{"id":1}}}'`) {
		t.Errorf("the body of %s", line)
	}
	if diff := cmp.Diff(url.Values{"count": {"1"}, "t": {"…"}}, query(t, line)); diff != "" {
		t.Errorf("the query (-want +got):\n%s", diff)
	}
}

func query(t *testing.T, line string) url.Values {
	t.Helper()
	_, text, _ := strings.Cut(line, "?")
	q, err := url.ParseQuery(strings.TrimSuffix(text, `"`))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return q
}
