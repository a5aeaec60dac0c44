package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/bind"
)

// jumpHelp is what to write where another language would end an iteration, a loop or the
// flow with a word; empty where nothing is to be said of the place. guard is the condition
// under which that was to be; nil for none.
func (c *checker) jumpHelp(word string, guard *node) string {
	jump := habits.Jump(word)
	if strings.EqualFold(word, "return") {
		jump = habits.Stop
	}
	condition := ""
	if guard != nil {
		condition = conditionText(guard)
	}
	switch inner := c.innermost(); {
	case jump == "" || inner == "":
		return ""
	case jump == habits.Next && inner != "forEach" && inner != "repeat":
		return ""
	case jump == habits.Next:
		not := "ctx.count > 3"
		if condition != "" {
			not = "not (" + condition + ")"
		}
		return "an iteration ends with its last step: put the steps behind this one into ‹if: " + habits.Quoted("${"+not+"}") + "› with ‹then: [steps]›"
	case inner == "forEach":
		return "a forEach goes through its whole list: give it the list up to there, such as ‹forEach: " + habits.Quoted("${take("+cmp.Or(c.loopOver, "ctx.list")+", 3)}") + "›, or write ‹repeat: [steps]› with ‹until:›; ‹fail: {code: Stopped, message: text}› ends it with an error"
	case inner == "repeat" && condition != "":
		return "the rounds end when ‹until:› holds: write ‹until: " + habits.Quoted("${"+condition+"}") + "› beside the repeat"
	case inner == "repeat":
		return "the rounds end when ‹until:› holds: write ‹set: {done: true}› here, ‹set: {done: false}› before the repeat, and ‹until: \"${ctx.done}\"›"
	}
	return "nothing ends this block early but an error: put the steps behind this one into ‹if: \"${ctx.count > 3}\"› with ‹then: [steps]›, or write ‹fail: {code: Stopped, message: text}›"
}

// conditionText is the expression that is a whole condition; empty for what is none.
func conditionText(n *node) string {
	if n.Kind != scalarNode || !bind.HasExpr(n.Text) || !strings.HasPrefix(n.Text, "${") || strings.Count(n.Text, "${") > 1 || !strings.HasSuffix(n.Text, "}") || strings.Contains(n.Text, "\n") {
		return ""
	}
	return strings.TrimSpace(n.Text[2 : len(n.Text)-1])
}

// innermost is the block around a step that no return can leave, or the rounds of a repeat.
func (c *checker) innermost() string {
	if c.inRounds > 0 && c.inRounds > len(c.loopKinds) {
		return "repeat"
	}
	if len(c.loopKinds) == 0 {
		return ""
	}
	return c.loopKinds[len(c.loopKinds)-1]
}

// jumps reports a step without a verb that another language would end a block with.
func (c *checker) jumps(n *node) bool {
	i := slices.IndexFunc(n.Keys(), func(k *node) bool {
		return !contains(modifierKeys, k.Text) && habits.Jump(k.Text) != ""
	})
	if i < 0 {
		return false
	}
	key := n.Keys()[i]
	help := c.jumpHelp(key.Text, n.Get("if"))
	if help == "" && n.Get("if") == nil {
		return false
	}
	if help == "" {
		help = habits.Verb(key.Text, "").Help
	}
	if help == "" {
		return false
	}
	c.fail(key, "unknown-key", help, "%q is no key of a step, and the step has no verb", key.Text)
	return true
}
