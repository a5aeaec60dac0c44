package check

import (
	"slices"
	"testing"

	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// What a loop can read of ctx is never less than what it does read: a name that is not
// seen would keep items that another program makes otherwise.
func TestReads(t *testing.T) {
	const all = "all of ctx"
	for text, want := range map[string][]string{
		`with: {name: plain}`:                                            nil,
		`with: {name: "${ctx.a}"}`:                                       {"a"},
		`with: {name: "${ctx.b + ctx.a + ctx.b}"}`:                       {"a", "b"},
		`with: {name: "${ctx?.a}"}`:                                      {"a"},
		`with: {name: "${ctx.a.b.c}"}`:                                   {"a"},
		`with: {name: "${ctx.a_1}-${item.ctx}"}`:                         {"a_1", all},
		`with: {name: "${ctx['a']}"}`:                                    {all},
		`with: {name: "${ctx[item]}"}`:                                   {all},
		`with: {name: "${toJSON(ctx)}"}`:                                 {all},
		`with: {name: "${let c = ctx; c.a}"}`:                            {all},
		`with: {name: "${(ctx).a}"}`:                                     {all},
		`with: {name: "${ctx .a}"}`:                                      {all},
		`with: {name: "${ctx/* a */.a}"}`:                                {all},
		"with: {name: \"${ctx\\n.a}\"}":                                  {all},
		"with: {name: \"${\\x63tx.hidden}\"}":                            {"hidden"},
		"with:\n  name: >-\n    ${ctx\n    .a}":                          {all},
		"with:\n  name: |\n    ${ctx.a\n    + ctx.b}":                    {"a", "b"},
		`with: {"${ctx.key}": 1}`:                                        {"key"},
		`{if: "${ctx.on}", forEach: "${ctx.list}", do: []}`:              {"list", "on"},
		`do: [{undo: {call: a.b, with: {x: "${ctx.deep}"}}, call: a.b}]`: {"deep"},
		`with: {name: "${mctx.a} ${ctxs.b} ${step_ctx.c}"}`:              nil,
		`with: {name: "${a.ctx.b}"}`:                                     {"b"}, // more than it reads
		`with: [1, 2.5, null, true]`:                                     nil,
	} {
		root, _, wrong := yamlfile.NewFile("flow.yaml", []byte(text)).Parse()
		if root == nil {
			t.Fatalf("%s: %v", text, wrong)
		}
		got := reads(root, nil)
		names := slices.Clone(got.Names)
		if got.All {
			names = append(names, all)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s reads %v, want %v", text, names, want)
		}
	}
}
