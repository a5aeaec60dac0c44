package lambdasvc

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// route is an operation of a REST service with the requests it answers.
type route struct {
	method  string
	pattern string // such as /2015-03-31/functions/{FunctionName}?List=ALL
	service.Operation
	limit int64 // of the body, in bytes
}

// router finds the route of a request.
type router struct{ routes []compiledRoute }

type compiledRoute struct {
	route
	segments []string
	query    url.Values // that the request must have
}

func newRouter(routes ...route) router {
	var r router
	for _, row := range routes {
		path, query, _ := strings.Cut(row.pattern, "?")
		wanted, err := url.ParseQuery(query)
		if err != nil {
			panic("awsemu: route " + row.Name + ": " + err.Error())
		}
		r.routes = append(r.routes, compiledRoute{row, strings.Split(path, "/"), wanted})
	}
	return r
}

// find gives the route that fits best, and the named parts of the path. Among
// routes of the same path the one that asks for more of the query wins.
func (r router) find(method string, u *url.URL) (route, map[string]string, bool) {
	segments := splitPath(u)
	query := u.Query()
	var best *compiledRoute
	for i := range r.routes {
		row := &r.routes[i]
		if row.method != method || !row.fits(segments, query) {
			continue
		}
		if best == nil || len(row.query) > len(best.query) {
			best = row
		}
	}
	if best == nil {
		return route{}, nil, false
	}
	return best.route, best.vars(segments), true
}

// splitPath gives the unescaped segments of a path; an escaped slash does not
// divide. Older clients end the path of a list with a slash.
func splitPath(u *url.URL) []string {
	segments := strings.Split(strings.TrimSuffix(u.EscapedPath(), "/"), "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = plain
		}
	}
	return segments
}

func (c *compiledRoute) fits(segments []string, query url.Values) bool {
	if len(segments) != len(c.segments) {
		return false
	}
	for i, s := range c.segments {
		if !isVariable(s) && s != segments[i] {
			return false
		}
	}
	for name := range c.query {
		if query.Get(name) != c.query.Get(name) {
			return false
		}
	}
	return true
}

func (c *compiledRoute) vars(segments []string) map[string]string {
	vars := map[string]string{}
	for i, s := range c.segments {
		if isVariable(s) {
			vars[s[1:len(s)-1]] = segments[i]
		}
	}
	return vars
}

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }

// unknown is the operation of a request that no route fits.
func unknown(r *http.Request) service.Operation {
	return service.Failing("", service.NotImplemented("awsemu knows no Lambda operation %s %s", r.Method, r.URL.Path))
}
