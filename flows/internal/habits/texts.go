package habits

import (
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/foreign"
	"github.com/medlar-flow/medlar/internal/regex"
)

// Known reports whether there is a name at the place of a text: in "ctx",
// "steps", "secrets", or, for "", one that stands for itself, such as a loop's.
type Known func(root, name string) bool

// Found is a part of a text that looks like an expression, or like a value, of
// another system.
type Found struct {
	// Offset and Length count bytes of the text.
	Offset, Length int
	// What says what it is, and that it is no expression.
	What string
	// Help says what to write.
	Help string
	// Use is the expression that is meant, without ${ }; empty where that is not known.
	Use string
}

// mean says which expression is meant.
func (f *Found) mean(use string) { f.Use, f.Help = use, "write ${"+use+"}" }

// generic is the help for an expression whose meaning is not known.
const generic = "an expression is ${...}: ctx.NAME is an input or what set assigned, steps.ID a step's result"

// templates are the marks between which others put an expression.
var templates = regex.Late{Text: `\$?\{\{[-~]?\s*((?:[^{}]|\{[^{}]*\})*?)\s*[-~]?\}\}|<%[=-]?\s*(.*?)\s*-?%>|\{%\s*(.*?)\s*%\}|[#%@]\{\s*([\w$.:\[\]'"-]+)\s*\}|\$\(\s*(\w+(?:\.[\w-]+)+)\s*\)|\{\$(\w+(?:[.:][\w.-]+)*)\}`}

// Expression finds the first part of a text that others would read as an
// expression, and that a flow sends as it is.
func Expression(text string, known Known) (Found, bool) {
	if marked(text) {
		for _, m := range templates.Get().FindAllStringSubmatchIndex(text, -1) {
			if f, ok := template(text, m, known); ok {
				return f, true
			}
		}
	}
	return whole(text, known)
}

// marked reports whether a text may match templates: most hold none of its marks.
func marked(text string) bool {
	if strings.IndexByte(text, '{') < 0 && strings.IndexByte(text, '$') < 0 && strings.IndexByte(text, '<') < 0 {
		return false
	}
	for _, mark := range []string{"{{", "<%", "{%", "#{", "%{", "@{", "$(", "{$"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// Mustache finds ${{ }} in a text.
func Mustache(text string, known Known) (Found, bool) {
	for _, m := range templates.Get().FindAllStringSubmatchIndex(text, -1) {
		if strings.HasPrefix(text[m[0]:], "${{") {
			return template(text, m, known)
		}
	}
	return Found{}, false
}

// template is what a match of templates says.
func template(text string, m []int, known Known) (Found, bool) {
	f := Found{Offset: m[0], Length: m[1] - m[0]}
	inner, group := "", 0
	for i := 2; i < len(m); i += 2 {
		if m[i] >= 0 {
			inner, group = text[m[i]:m[i+1]], i/2
		}
	}
	mark := text[m[0] : m[0]+2]
	if closing := strings.TrimLeft(text[m[1]-2:m[1]], ")}%>-"); closing == "" && group <= 3 {
		mark += " " + text[m[1]-2:m[1]]
	} else {
		mark += " " + text[m[1]-1:m[1]]
	}
	if strings.HasPrefix(text[m[0]:], "${{") {
		mark = "${{ }}"
	}
	f.What, f.Help = mark+" is no expression of a flow", generic
	use, sure := translate(inner, known)
	switch {
	case strings.HasPrefix(inner, "resolve:"), strings.HasPrefix(inner, "#") && group == 1, inner == "":
		return Found{}, false // a reference that a service resolves, or a block of a template
	case group == 6 && !sure && Root(firstWord(inner)) != "":
		f.Help = Root(firstWord(inner))
	case group >= 4 && !sure:
		return Found{}, false // a format of logs, a substitution of a shell
	case use == "run.id" && !sure:
		name := strings.TrimPrefix(strings.TrimSpace(inner), "github.")
		f.Help = "declare it, ‹inputs: {" + identifier(name) + ": {type: string}}›: write ${ctx." + identifier(name) + "}"
	case use != "":
		f.mean(use)
	}
	return f, true
}

// identifier is the last name of a path, as a name.
func identifier(path string) string {
	return strings.ReplaceAll(path[strings.LastIndexByte(path, '.')+1:], "-", "_")
}

func firstWord(path string) string { return path[:len(path)-len(strings.TrimLeft(path, wordBytes))] }

const wordBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

var (
	jsonPath   = regex.Late{Text: `^\$(?:\$)?\.([A-Za-z_][\w.\[\]'"*-]*)$`}
	dollarName = regex.Late{Text: `^\$([A-Za-z_]\w*)((?:[.:\[][\w.\[\]'"-]+)?)$`}
	ourPath    = regex.Late{Text: `^(ctx|steps|secrets|env|run)\.([A-Za-z_]\w*)((?:[.\[][\w.\[\]'"-]*)?)$`}
	curly      = regex.Late{Text: `^[“”„«‘’‚](.*)[“”»‘’]$`}
)

// whole finds a text that is as a whole what others write for an expression.
func whole(text string, known Known) (Found, bool) {
	f := Found{Length: len(text)}
	if text == "" || len(text) > 200 {
		return f, false
	}
	switch c := text[0]; {
	case c == '$':
		return dollar(f, text, known)
	case c == 'S':
		use := ""
		if strings.HasPrefix(text, "States.") {
			use = Intrinsic(text)
		}
		if use == "" {
			return f, false
		}
		name, _, _ := strings.Cut(text, "(")
		f.What = name + " is no expression of a flow"
		f.mean(use)
		return f, true
	case c == 'c' || c == 's' || c == 'e' || c == 'r':
		if root, _, dotted := strings.Cut(text, "."); !dotted || len(root) > len("secrets") {
			return f, false
		}
		m := ourPath.Get().FindStringSubmatch(text)
		if m == nil || !isOurs(m[1], m[2], known) {
			return f, false
		}
		f.What = text + " is text without ${ }"
		f.mean(text)
		return f, true
	}
	return f, false
}

func isOurs(root, name string, known Known) bool {
	switch root {
	case "env":
		return strings.ToUpper(name) == name
	case "run":
		return name == "id" || name == "flow" || name == "startedAt"
	}
	return known(root, name)
}

// dollar finds $.path, $name and $name.path.
func dollar(f Found, text string, known Known) (Found, bool) {
	f.What, f.Help = "a JSON path is no expression of a flow", generic
	if m := jsonPath.Get().FindStringSubmatch(text); m != nil {
		use, _ := translate(m[1], known)
		if use == "" && plainPath.Get().MatchString(m[1]) {
			use = "ctx." + m[1]
		}
		if use != "" {
			f.mean(use)
		}
		return f, true
	}
	m := dollarName.Get().FindStringSubmatch(text)
	if m == nil {
		return f, false
	}
	f.What = "$" + m[1] + " is no expression of a flow"
	use, sure := translate(strings.Replace(m[1]+m[2], ":", ".", 1), known)
	switch {
	case use != "" && sure:
		f.mean(use)
	case Root(m[1]) == "":
		return f, false // $LATEST, $default, $connect
	default:
		f.Help = Root(m[1])
	}
	return f, true
}

// Curly reports whether a plain text stands in typographic quotes, which are no
// quotes of YAML, and returns what to write.
func Curly(text string) (help string, ok bool) {
	if text == "" || text[0] < utf8.RuneSelf {
		return "", false // most texts
	}
	m := curly.Get().FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return `write straight quotes: "` + m[1] + `"`, true
}

// Word returns what to write for a plain word that others read as a value that
// is no text: yes, None.
func Word(text string) string {
	switch text {
	case "yes", "Yes", "YES", "on", "On", "ON":
		return "true"
	case "no", "No", "NO", "off", "Off", "OFF":
		return "false"
	case "None", "nil", "undefined", "nothing":
		return "null"
	}
	return ""
}

var (
	plainPath = regex.Late{Text: `^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[[0-9]+\]|\[['"][^'"]+['"]\])*$`}
	inputRoot = regex.Late{Text: `\b(?:inputs?|vars?|variables|params|parameters|args)\.([A-Za-z_]\w*)`}
	stepRoot  = regex.Late{Text: `\b(?:steps|tasks|outputs|needs)\.([A-Za-z_]\w*)(?:\.(?:outputs?|result))?\b`}
	filter    = regex.Late{Text: `^(.*?)\s*\|\s*([A-Za-z_]\w*(?:\([^()]*\))?)$`}
	between   = regex.Late{Text: `\.(?:outputs?|result)(\.|$)`}
)

// translate returns the flow's spelling of another system's expression. sure is
// true where it begins with a name that expressions elsewhere begin with, or
// with one that is known.
func translate(text string, known Known) (use string, sure bool) {
	text = strings.TrimLeft(strings.TrimSpace(text), "=$.")
	if m := filter.Get().FindStringSubmatch(text); m != nil {
		if use, sure = translate(m[1], known); use != "" {
			return foreign.Settled(use+" | "+m[2], names{known}), sure
		}
		return "", false
	}
	if strings.HasPrefix(text, "States.") && intrinsic.Get().MatchString(text) {
		return foreign.Settled(jsonPaths.Get().ReplaceAllString(text, "ctx.$1"), names{known}), true
	}
	if !plainPath.Get().MatchString(text) {
		return rewritten(text)
	}
	root, rest, _ := strings.Cut(text, ".")
	switch fold(root) {
	case "ctx":
		return text, true
	case "inputs", "input", "vars", "var", "variables", "params", "parameters", "args":
		if rest != "" {
			return "ctx." + rest, true
		}
	case "steps", "tasks", "outputs", "needs":
		if rest != "" {
			return "steps." + strings.TrimSuffix(between.Get().ReplaceAllString(rest, "$1"), "."), true
		}
	case "states":
		if name, ok := strings.CutPrefix(rest, "input."); ok {
			return "ctx." + name, true
		}
	case "env", "secrets":
		if rest != "" {
			return text, true
		}
	case "secret":
		return "secrets." + rest, rest != ""
	case "item", "each", "taskrun":
		if rest == "" || rest == "value" {
			return "item", true
		}
		return "item." + rest, true
	case "execution", "workflow", "github":
		if use := foreign.AboutRun(root, rest); use != "" {
			return use, true
		}
		return "run.id", rest == "" || root != "github"
	}
	for _, scope := range []string{"ctx", "steps"} {
		if known(scope, root) {
			return scope + "." + text, true
		}
	}
	if known("", root) {
		return text, true
	}
	return "", false
}

var (
	intrinsic = regex.Late{Text: `^States\.\w+\(.*\)$`}
	jsonPaths = regex.Late{Text: `\$\.([A-Za-z_])`}
)

// Intrinsic returns the expression of a flow for a call such as
// States.Format('{}', $.name); empty for other texts.
func Intrinsic(text string) string {
	if use, ok := translate(text, func(string, string) bool { return false }); ok && strings.HasPrefix(text, "States.") {
		return use
	}
	return ""
}

// names is what package foreign needs to know of where a text stands.
type names struct{ known Known }

func (names) Reads(string) bool { return true }

func (names) Type(string) string { return "" }

func (n names) Has(root, name string) bool { return n.known(root, name) }

func (names) Function(name string) bool {
	_, ok := bind.Describe(name)
	return ok
}

// rewritten returns an expression that is more than a path with the names of the
// flow, where it has some.
func rewritten(text string) (use string, sure bool) {
	use = stepRoot.Get().ReplaceAllString(inputRoot.Get().ReplaceAllString(text, "ctx.$1"), "steps.$1")
	if use == text && !strings.Contains(text, "ctx.") && !strings.Contains(text, "steps.") {
		return "", false
	}
	return use, true
}

// Condition returns what to write for a text that is no expression and stands
// where a condition must, or "".
func Condition(text string, known Known) string {
	if word := boolean(text); word != "" {
		return "write ‹" + word + "›"
	}
	for _, m := range templates.Get().FindAllStringSubmatchIndex(text, -1) {
		if m[0] == 0 && m[1] == len(text) {
			if f, ok := template(text, m, known); ok && f.Use != "" {
				return "write ‹" + Quoted("${"+f.Use+"}") + "›"
			}
		}
	}
	if len(text) > 80 || strings.ContainsAny(text, "{}\n") {
		return ""
	}
	use, sure := translate(text, known)
	if !sure {
		return ""
	}
	return "write ‹" + Quoted("${"+use+"}") + "›"
}

// Quoted writes a text with quotes that are none of its own.
func Quoted(text string) string {
	if strings.Contains(text, `"`) && !strings.Contains(text, `'`) {
		return "'" + text + "'"
	}
	return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
}
