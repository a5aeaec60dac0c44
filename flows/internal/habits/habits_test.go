package habits_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows/internal/habits"
)

func none(string, string) bool { return false }

func nameOnly(root, name string) bool {
	return root == "ctx" && name == "name" || root == "steps" && name == "a" || root == "" && name == "item"
}

// What others write for an expression is translated where its meaning is known.
func TestExpression(t *testing.T) {
	tests := []struct{ text, part, help string }{
		{"{{ name }}", "{{ name }}", "write ${ctx.name}"},
		{"Dear {{name}}!", "{{name}}", "write ${ctx.name}"},
		{"{{ inputs.other }}", "{{ inputs.other }}", "write ${ctx.other}"},
		{"{{- item.id -}}", "{{- item.id -}}", "write ${item.id}"},
		{"{{ outputs.a.b }}", "{{ outputs.a.b }}", "write ${steps.a.b}"},
		{"{{ steps.a.outputs.b }}", "{{ steps.a.outputs.b }}", "write ${steps.a.b}"},
		{"{{ name | upper }}", "{{ name | upper }}", "write ${upper(ctx.name)}"},
		{"{{ inputs.n + 1 }}", "{{ inputs.n + 1 }}", "write ${ctx.n + 1}"},
		{"{{ env.HOME }}", "{{ env.HOME }}", "write ${env.HOME}"},
		{"{% $states.input.name %}", "{% $states.input.name %}", "write ${ctx.name}"},
		{"#{name}", "#{name}", "write ${ctx.name}"},
		{"$(inputs.name)", "$(inputs.name)", "write ${ctx.name}"},
		{"<%= name %>", "<%= name %>", "write ${ctx.name}"},
		{"{$ctx.name}", "{$ctx.name}", "write ${ctx.name}"},
		{"$.x.b", "$.x.b", "write ${ctx.x.b}"},
		{"$$.Execution.Id", "$$.Execution.Id", "write ${run.id}"},
		{"$name", "$name", "write ${ctx.name}"},
		{"$env:HOME", "$env:HOME", "write ${env.HOME}"},
		{"ctx.name", "ctx.name", "write ${ctx.name}"},
		{"steps.a.b[0]", "steps.a.b[0]", "write ${steps.a.b[0]}"},
		{"run.id", "run.id", "write ${run.id}"},

		// What is no expression of anybody, or of a service.
		{"{{resolve:ssm:name}}", "", ""},
		{"{{#each list}}", "", ""},
		{"{{}}", "", ""},
		{"$LATEST", "", ""},
		{"$default", "", ""},
		{"$5", "", ""},
		{"echo $(date) %{TIME} #{}", "", ""},
		{"ctx.other", "", ""},
		{"ctx", "", ""},
		{"run.away", "", ""},
		{"env.name", "", ""},
		{"steps.md", "", ""},
		{"a { b: {c} }", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			found, ok := habits.Expression(tt.text, nameOnly)
			if !ok {
				found = habits.Found{}
			}
			if got := tt.text[found.Offset : found.Offset+found.Length]; ok != (tt.part != "") || got != tt.part || ok && found.Help != tt.help {
				t.Errorf("got %q, %q, want %q, %q", got, found.Help, tt.part, tt.help)
			}
		})
	}
}

// What cannot be what is wanted is told with the value that was probably meant.
func TestValue(t *testing.T) {
	tests := []struct{ expected, text, help string }{
		{"a duration", "10", "write ‹10s› for seconds, or ‹10m› for minutes"},
		{"a duration", "10 s", "write ‹10s›"},
		{"a duration", "1.5 hours", "write ‹1.5h›"},
		{"a duration", "1 hour and 30 minutes", "write ‹1h30m›"},
		{"a duration", "2 weeks", "write ‹14d›"},
		{"a duration", "500 ms", "write ‹500ms›"},
		{"a duration", "PT10S", "write ‹10s›"},
		{"a duration", "p1dt2h", "write ‹1d2h›"},
		{"a duration", "00:05:00", "write ‹5m›"},
		{"a duration", "3 parsecs", "write it such as ‹500ms›, ‹90s›, ‹1h30m› or ‹7d›"},
		{"a duration", "99999999999999999999 weeks", "write it such as ‹500ms›, ‹90s›, ‹1h30m› or ‹7d›"},
		{"a boolean", "Yes", "write ‹true›"},
		{"a boolean", "off", "write ‹false›"},
		{"a boolean", "perhaps", "write ‹true› or ‹false›"},
		{"an integer", "3x", "write ‹3›"},
		{"an integer", "1,000", "write ‹1000›"},
		{"an integer", "5.5", "write a whole number"},
		{"an integer", "ten", "write it in digits, such as ‹10›"},
		{"a timestamp", "2026-01-31", `write ‹"2026-01-31T00:00:00Z"›`},
		{"a timestamp", "31.01.2026", `write ‹"2026-01-31T00:00:00Z"›`},
		{"a timestamp", "tomorrow", `write ‹"${now() + '1d'}"›`},
		{"a timestamp", "in a while", `write it such as ‹"2026-01-31T08:00:00Z"›, or ‹"${now() + '1h'}"›`},
		{"text", "x", ""},
	}
	for _, tt := range tests {
		if got := habits.Value("expected "+tt.expected+" such as", tt.text); got != tt.help {
			t.Errorf("%s %q: got %s, want %s", tt.expected, tt.text, got, tt.help)
		}
	}
}

func TestType(t *testing.T) {
	for name, want := range map[string]string{
		"str": "write ‹type: string›", "Int": "write ‹type: integer›", "dict": "write ‹type: map›", "string?": "",
		"string[]": "write ‹type: list› and ‹items: {type: string}›", "[]int": "write ‹type: list› and ‹items: {type: integer}›",
		"List<Bool>": "write ‹type: list› and ‹items: {type: boolean}›", "list(number)": "write ‹type: list› and ‹items: {type: number}›",
		"int?": "write ‹type: integer›", "enum": "write ‹type: string› and ‹enum: [one, two]›", "whatever": "",
	} {
		if got := habits.Type(name).Help; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestCondition(t *testing.T) {
	for text, want := range map[string]string{
		"yes": "write ‹true›", "ctx.name == 'a'": `write ‹"${ctx.name == 'a'}"›`, `inputs.name == "a"`: `write ‹'${ctx.name == "a"}'›`,
		"{{ name }}": `write ‹"${ctx.name}"›`, "steps.a.outputs.ok": `write ‹"${steps.a.ok}"›`, "when it rains": "", "": "",
	} {
		if got := habits.Condition(text, nameOnly); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// Each place has words of its own, and their spelling does not count.
func TestKeys(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{habits.Header("jobs").Help, "write ‹steps:› with the list of steps; they run in its order"},
		{habits.Step("call", "continue-on-error").Help, habits.Step("call", "ContinueOnError").Help},
		{habits.Step("repeat", "max_tries").Help, "write ‹maxAttempts: 10›"},
		{habits.Verb("type", "io.kestra.plugin.core.flow.ForEach").Help, `write ‹forEach: "${ctx.list}"› with ‹do:›`},
		{habits.Verb("Type", "Task").Help, "write ‹call: lambda.invoke›, with its parameters as a map under ‹with:›"},
		{habits.Part(habits.Retry, "BackoffRate").Help, "write ‹factor: 2›"},
		{habits.Part(habits.Handler, "ErrorEquals").Help, "write ‹on: [throttled]›"},
		{habits.Code("5xx"), "write ‹unavailable›"},
		{habits.Code("Lambda.TooManyRequestsException"), "write ‹TooManyRequestsException›"},
		{habits.Root("$inputs"), "inputs, and what set assigned, are in ctx: write ctx.NAME"},
		{habits.Header("surprise").Help + habits.Step("call", "surprise").Help + habits.Code("Surprise") + habits.Root("surprise"), ""},
	} {
		if tt.got != tt.want || tt.want == "" && tt.got != "" {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// Whatever a text is, a part that is found lies in it, and nothing panics.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"{{ a }}", "${{ a | b }}", "$.a[0]", "$(a.b)", "{$a:b}", "<%= a %>", "{% a %}", "P1DT1H", "1 h and 2 m", "list<int>", "a.outputs", "“x”"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, known := range []habits.Known{none, func(string, string) bool { return true }} {
			for _, find := range []func(string, habits.Known) (habits.Found, bool){habits.Expression, habits.Mustache} {
				found, ok := find(text, known)
				if ok && (found.Offset < 0 || found.Length <= 0 || found.Offset+found.Length > len(text) || found.Help == "" || found.What == "") {
					t.Errorf("%q: %+v", text, found)
				}
			}
			habits.Condition(text, known)
		}
		for _, expected := range []string{"a duration", "a boolean", "an integer", "a timestamp"} {
			if help := habits.Value("expected "+expected, text); !strings.HasPrefix(help, "write ") {
				t.Errorf("%s %q: %q", expected, text, help)
			}
		}
		habits.Type(text)
		habits.Verb(text, text)
		habits.Code(text)
		habits.Curly(text)
	})
}
