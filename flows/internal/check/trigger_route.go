package check

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
)

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// ownPaths is where the server itself answers, so that no route may.
const ownPaths = "/-"

// route checks a trigger by a request.
func (c *checker) route(t *interp.Trigger, n, at *node) {
	c.pattern(t, at)
	t.AnswerWithin = c.duration(n.Get("answerWithin"), "answerWithin", fields.AnswerWithin)
	c.auth(t, n.Get("auth"))
	sc := c.triggerScope(t.Parts, "request")
	sc.trigger.headers = &schema.Keys{Lower: true, Withheld: auth.PrivateHeaders(t.AuthKnown), Why: "it holds credentials, which auth alone sees; request.caller says who calls"}
	c.event(t, n, sc)
	c.respond(t, n.Get("respond"))
	if n := n.Get("limit"); n != nil && !n.IsNull() {
		t.Limit, _, _ = c.rate(n, fields.CallerLimitField)
	}
	t.Concurrency = c.runsAtOnce(n.Get("concurrency"), fields.CallerRunsField)
	c.cors(t, n.Get("cors"))
	t.AnswerSecret = t.AnswerSecret || len(t.Respond) == 0 && c.program.OutputType.HasSecret()
	if t.Method == http.MethodGet {
		if st := interp.Changing(c.program.Steps); st != nil {
			c.warn(at, "changing-get", "write ‹http: POST "+t.Path+"›: a GET is sent again, and ahead of time, by browsers, proxies and scanners",
				"a GET begins a flow that changes something: step %s", cmp.Or(st.Id, st.Verb))
		}
	}
}

// pattern reads "POST /orders/{customer}".
func (c *checker) pattern(t *interp.Trigger, at *node) {
	text := c.text(at, "http")
	if text == "" {
		return
	}
	method, path, ok := strings.Cut(text, " ")
	path = strings.TrimSpace(path)
	upper := strings.ToUpper(method)
	switch {
	case !ok && strings.HasPrefix(text, "/"):
		c.fail(at, "bad-route", "write ‹http: POST "+text+"›", "the route names no method")
		return
	case !ok:
		c.fail(at, "bad-route", "write ‹http: POST /orders/{customer}›", "a route is a method and a path, found %s", describe(at))
		return
	case !slices.Contains(methods, method):
		help := "methods are " + strings.Join(methods, ", ")
		if slices.Contains(methods, upper) {
			help = "write ‹http: " + upper + " " + path + "›"
		}
		c.fail(at, "bad-route", help, "a route cannot have the method %q", method)
		return
	}
	if problem, help := badPath(path); problem != "" {
		c.fail(at, "bad-route", help, "the path %s", problem)
		return
	}
	t.Method, t.Path, t.Name = method, path, "http "+method+" "+path
	if c.registers(t, at) {
		t.Parts = partsOf(path)
		c.parts(t, at)
	}
}

// badPath says what is wrong with the path of a route.
func badPath(path string) (problem, help string) {
	switch {
	case !strings.HasPrefix(path, "/"):
		if _, rest, ok := strings.Cut(path, "://"); ok {
			_, rest, _ = strings.Cut(rest, "/")
			return "is a whole address", "write the path alone: /" + rest
		}
		return "does not begin with /", "write /" + path
	case path == ownPaths || strings.HasPrefix(path, ownPaths+"/"):
		return "begins with /-/, where the server itself answers", "choose another one"
	case strings.ContainsAny(path, "?#"):
		return "holds a query", "leave it out: every query is taken, as request.query"
	case strings.ContainsAny(path, " \t%\\") || !utf8.ValidString(path):
		return "holds a space, % or \\", "write it as plain text without these"
	case strings.Contains(path, "//") || strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../"):
		return "is not the shortest one for its place", "leave out empty parts, . and .."
	case strings.Contains(path, "/:"):
		i := strings.Index(path, "/:") + 2
		name, _, _ := strings.Cut(path[i:], "/")
		return "holds :" + name + ", which stands for itself", "write {" + name + "}"
	case strings.HasSuffix(path, "/") && path != "/":
		return "ends with /, which takes all that begins so", "leave the / out, or write " + path + "{rest...}"
	case path == "/":
		return "is /, which takes every request", "write /{$} for / alone"
	}
	return "", ""
}

// partsOf returns the names in a path, as net/http writes them.
func partsOf(path string) []string {
	var names []string
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && part != "{$}" {
			names = append(names, strings.TrimSuffix(strings.TrimSuffix(name, "}"), "..."))
		}
	}
	return names
}

// parts checks the names in a path.
func (c *checker) parts(t *interp.Trigger, at *node) {
	for _, name := range t.Parts {
		if !schema.IsIdentifier(name) {
			c.fail(at, "bad-name", "use letters, digits and _, and begin with a letter", "a part of the path cannot be named %q", name)
		}
	}
}

// registers looks whether net/http takes the route, beside those before it.
func (c *checker) registers(t *interp.Trigger, at *node) bool {
	if problem := patternProblem(t.Method + " " + t.Path); problem != "" {
		c.fail(at, "bad-route", "write ‹http: POST /orders/{customer}›", "the route %s", problem)
		t.Path = ""
		return false
	}
	for _, other := range c.program.Triggers {
		if other.Path != "" && report.RoutesConflict(other.Method+" "+other.Path, t.Method+" "+t.Path) {
			c.fail(at, "route-conflict", "change one of them, so that one is narrower than the other, or they share no request",
				"the route is in conflict with %s in line %d: both take some of the same requests", other.Method+" "+other.Path, other.At.Line)
		}
	}
	return true
}

// patternProblem returns what net/http has against a pattern; empty for nothing.
func patternProblem(pattern string) (problem string) {
	defer func() {
		if p := recover(); p != nil {
			_, problem, _ = strings.Cut(fmt.Sprint(p), ": ")
			problem = "is not one that net/http takes: " + problem
		}
	}()
	http.NewServeMux().Handle(pattern, http.NotFoundHandler())
	return ""
}

// auth checks how the callers of a route are known.
func (c *checker) auth(t *interp.Trigger, n *node) {
	if n == nil || n.IsNull() {
		return
	}
	const how = `write ‹auth: {bearer: "${secrets.apiToken}"}›, or ‹auth: none› for a route that everybody may call`
	if n.Kind == scalarNode && n.Text == "none" {
		t.Auth = "none"
		return
	}
	if n.Kind != mapNode || len(n.Keys()) == 0 {
		c.fail(n, "wrong-type", how, "auth is one scheme with what it needs, found %s", describe(n))
		return
	}
	key := n.Keys()[0]
	schemes := auth.Schema()
	f := schemes.Field(key.Text)
	if f == nil {
		c.unknownKey(key, "auth", schemes.Names())
		return
	}
	t.Auth = f.Name
	before := len(c.diags)
	t.AuthParams = c.object(n, schemes, c.triggerScope(nil, "secrets"), "auth", n)
	if c.diags[before:].HasErrors() {
		return
	}
	t.AuthKnown = c.knownParams(t.AuthParams, schemes)
	for _, m := range auth.Check(t.AuthKnown) {
		at := n
		if _, found := n.Find(m.Param); found != nil && m.Param != "" {
			at = found
		}
		c.fail(at, m.Rule, m.Help, "%s: %s", joinWhat("auth", m.Param), m.Message)
	}
}

// knownParams returns parameters by their names as far as they are known before a
// run, those of a scheme too.
func (c *checker) knownParams(v interp.Value, s *schema.Schema) map[string]any {
	known := c.knownOf(v, nil, nil, s)
	for name, v := range known {
		if f := s.Field(name); f != nil && f.Members != nil {
			if members, ok := v.(map[string]any); ok {
				known[name] = c.knownOf(interp.Constant{V: members}, nil, nil, f.Members)
			}
		}
	}
	return known
}

// cors checks which pages may call a route.
func (c *checker) cors(t *interp.Trigger, n *node) {
	if n == nil || n.IsNull() {
		return
	}
	v, ok := c.literal(n, fields.StringsField, "cors")
	if !ok {
		return
	}
	t.Origins = []string{}
	for i, origin := range v.([]any) {
		at := n
		if n.Kind == listNode {
			at = n.Items()[i]
		}
		if problem, help := report.BadOrigin(origin.(string)); problem != "" {
			c.fail(at, "bad-origin", help, "the origin %s", problem)
			continue
		}
		t.Origins = append(t.Origins, origin.(string))
	}
}

var respondKeys = []string{"on", "status", "headers", "body"}

const howToRespond = `write ‹respond: {status: 201, body: "${output}"}›, or a list with ‹{on: NotFound, status: 404}›`

// respond checks what is answered: one answer, or a list with those to failures.
func (c *checker) respond(t *interp.Trigger, n *node) {
	if n == nil || n.IsNull() {
		return
	}
	list := []*node{n}
	if n.Kind == listNode {
		list = n.Items()
	}
	always := map[bool]int{}
	for _, item := range list {
		r := c.response(t, item)
		if r == nil {
			continue
		}
		if line := always[r.Failure]; line > 0 {
			c.fail(item, "unreachable-answer", "move it before the one in line "+fmt.Sprint(line)+", or take it out", "this answer is never given: the one in line %d takes every such end", line)
		}
		if len(r.On) == 0 {
			always[r.Failure] = int(item.Line)
		}
		t.Respond = append(t.Respond, r)
	}
	if always[false] == 0 {
		t.AnswerSecret = t.AnswerSecret || c.program.OutputType.HasSecret()
	}
}

func (c *checker) response(t *interp.Trigger, n *node) *interp.Response {
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", howToRespond, "an answer must be a map, found %s", describe(n))
		return nil
	}
	use := useIn(habits.Respond)
	for i, key := range n.Keys() {
		if !contains(respondKeys, key.Text) {
			c.foreignKey(key, n.Items()[i], use(key.Text), "an answer", respondKeys)
		}
	}
	n = mendedKeys(n, respondKeys, use)
	r := &interp.Response{}
	names := []string{"ctx", "run", "output"}
	if on := n.Get("on"); on != nil {
		r.Failure, names = true, []string{"ctx", "run", "error"}
		if v, ok := c.literal(on, fields.StringsField, "on"); ok {
			r.On = map[string]bool{}
			for _, name := range v.([]any) {
				r.On[name.(string)] = true
			}
			(&stepCheck{checker: c}).unknownCodes(on, c.program.Steps, "nothing in this flow")
		}
	}
	sc := c.triggerScope(nil, names...)
	if status := n.Get("status"); status != nil {
		r.Status = c.value(status, interp.StatusField, sc, "status")
	}
	if headers := n.Get("headers"); headers != nil && !headers.IsNull() {
		r.Headers = c.answerHeaders(t, headers, sc)
	}
	if body := n.Get("body"); body != nil {
		r.Body = c.value(body, nil, sc, "body")
		t.AnswerSecret = t.AnswerSecret || interp.ShowsSecret(r.Body)
		if known, ok := r.Status.(interp.Constant); ok && (known.V == int64(204) || known.V == int64(304)) && !body.IsNull() {
			c.warn(body, "unsent-body", "leave the body out, or take another status, such as 200", "an answer with the status %d has no body: this one is never sent", known.V)
		}
	} else if !r.Failure {
		t.AnswerSecret = t.AnswerSecret || c.program.OutputType.HasSecret()
	}
	return r
}

func (c *checker) answerHeaders(t *interp.Trigger, n *node, sc *scope) *interp.MapValue {
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", "write ‹headers: {Location: \"/orders/${output.id}\"}›", "headers must be a map, found %s", describe(n))
		return nil
	}
	m := &interp.MapValue{}
	for i, key := range n.Keys() {
		if !isToken(key.Text) {
			c.fail(key, "bad-name", "write its name as HTTP has it: Location, X-Order", "a header cannot be named %s", describe(key))
			continue
		}
		if report.OwnHeader(key.Text) {
			c.fail(key, "own-header", "leave it out", "the server itself sends %s", key.Text)
			continue
		}
		v := c.value(n.Items()[i], headerField, sc, "headers."+key.Text)
		t.AnswerSecret = t.AnswerSecret || interp.ShowsSecret(v)
		m.Keys, m.Items = append(m.Keys, key.Text), append(m.Items, v)
	}
	return m
}

var headerField = &schema.Field{Type: schema.String, Nullable: true}

// isToken reports whether a text can be the name of a header.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
