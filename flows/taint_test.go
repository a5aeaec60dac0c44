package flows_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// hidings are ways of making something else of a secret; s is the secret.
var hidings = map[string]string{
	"itself":          "${ctx.s}",
	"text around":     "<${ctx.s}>",
	"concatenation":   "${'<' + ctx.s + '>'}",
	"substring":       "${ctx.s[2:9]}",
	"upper case":      "${upper(ctx.s)}",
	"lower and trim":  "${trim(lower(ctx.s))}",
	"base64":          "${base64(ctx.s)}",
	"base64 shifted":  "${base64('x' + ctx.s)}",
	"urlencode":       "${urlencode(ctx.s)}",
	"json":            "${json({a: ctx.s})}",
	"json in json":    "${json({a: json({b: ctx.s})})}",
	"split and join":  "${join(split(ctx.s, ''), '-')}",
	"replace":         "${replace(ctx.s, 'a', 'b')}",
	"regexReplace":    "${regexReplace(ctx.s, '[0-9]', '_')}",
	"repeat":          "${repeat(ctx.s, 2)}",
	"list":            "${[ctx.s, 1]}",
	"object":          "${{a: {b: ctx.s}}}",
	"map":             "${map([ctx.s], # + '!')}",
	"ternary":         "${true ? ctx.s : 'no'}",
	"default":         "${ctx.s ?? 'none'}",
	"sha256":          "${sha256(ctx.s)}",
	"hmac":            "${hmac(ctx.s, 'x')}",
	"merge":           "${merge({a: 1}, {b: ctx.s})}",
	"reverse by map":  "${join(reverse(split(ctx.s, '')), '')}",
	"let":             "${let x = ctx.s; x + x}",
	"filter and last": "${last([ctx.s])}",
	"values":          "${values({a: ctx.s})}",
}

// A value made from a secret is secret, however it was made: the check says so
// and the printed result is masked. Short secrets are followed as well.
func TestTaintFollowsSecrets(t *testing.T) {
	for name, expression := range hidings {
		for _, secret := range []string{"abc123", "a-longer-secret-4711"} {
			t.Run(name, func(t *testing.T) {
				text := "flow: t\ninputs: {s: {type: secret}}\nsteps: [{set: {made: " + quote(expression) + "}}]\noutput: {direct: " + quote(expression) + ", set: \"${ctx.made}\"}"
				f := load(t, &recorder{}, text)
				if f.Warnings() == nil || !strings.Contains(f.Warnings().Error(), "[secret-shown]") {
					t.Errorf("the check does not warn")
				}
				result, err := carry(t.Context(), t, f, map[string]any{"s": secret})
				if err != nil {
					t.Fatal(err)
				}
				shown, err := value.EncodeJSON(result.Shown)
				if err != nil {
					t.Fatal(err)
				}
				plain, err := value.EncodeJSON(result.Output)
				if err != nil || strings.Contains(string(plain), schema.Masked) {
					t.Errorf("the output for programs is %s (%v)", plain, err)
				}
				for leaf := range strings.FieldsFuncSeq(string(shown), func(r rune) bool { return strings.ContainsRune(`{}[]":,`, r) }) {
					if leaf != schema.Masked && leaf != "direct" && leaf != "set" && leaf != "a" && leaf != "b" && leaf != "1" {
						t.Errorf("%q is shown in %s", leaf, shown)
					}
				}
			})
		}
	}
}

func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// What does not say what the secret is stays visible.
func TestWhatIsNotSecret(t *testing.T) {
	for _, expression := range []string{"${len(ctx.s)}", "${ctx.s == 'x'}", "${ctx.o.name}", "${ctx.s != null}"} {
		f := load(t, &recorder{}, "flow: t\ninputs: {s: {type: secret, required: true}, o: {type: object, members: {name: {type: string}, key: {type: secret}}}}\nsteps: [{set: {x: 1}}]\noutput: "+quote(expression))
		if f.Warnings() != nil {
			t.Errorf("%s: %v", expression, f.Warnings())
		}
	}
}
