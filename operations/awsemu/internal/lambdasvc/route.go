package lambdasvc

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
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
type router struct{ routes map[shape][]compiledRoute }

// shape is what a request tells at once: its method, and how many segments its
// path has.
type shape struct {
	method   string
	segments int
}

type compiledRoute struct {
	route
	segments []string
	query    url.Values // that the request must have
}

func newRouter(routes ...route) router {
	r := router{map[shape][]compiledRoute{}}
	for _, row := range routes {
		path, query, _ := strings.Cut(row.pattern, "?")
		wanted, err := url.ParseQuery(query)
		if err != nil {
			panic("awsemu: route " + row.Name + ": " + err.Error())
		}
		segments := strings.Split(path, "/")
		key := shape{row.method, len(segments)}
		r.routes[key] = append(r.routes[key], compiledRoute{row, segments, wanted})
	}
	return r
}

// find returns the route that fits best, and the named parts of the path. Among
// routes of the same path the one that asks for more of the query wins.
func (r router) find(method string, u *url.URL, query url.Values) (*compiledRoute, map[string]string) {
	segments := splitPath(u)
	var best *compiledRoute
	rows := r.routes[shape{method, len(segments)}]
	for i := range rows {
		row := &rows[i]
		if !row.fits(segments, query) {
			continue
		}
		if best == nil || len(row.query) > len(best.query) {
			best = row
		}
	}
	if best == nil {
		return nil, nil
	}
	return best, best.vars(segments)
}

// splitPath returns the unescaped segments of a path; an escaped slash does not
// divide. Older clients end the path of a list with a slash.
func splitPath(u *url.URL) []string {
	segments := strings.Split(strings.TrimSuffix(access.RawPath(u), "/"), "/")
	for i, s := range segments {
		if !strings.Contains(s, "%") {
			continue
		}
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = plain
		}
	}
	return whole(segments)
}

// whole puts the ARN of an execution and the id of a callback together again
// where a client has not escaped their slashes.
func whole(segments []string) []string {
	if len(segments) < 5 || segments[1] != "2025-12-01" {
		return segments
	}
	end := len(segments)
	switch {
	case segments[2] == "durable-execution-callbacks":
		end--
	case segments[2] == "durable-executions" && len(segments) > 5 && segments[4] == "durable-execution":
		end = 6
	default:
		return segments
	}
	id := strings.Join(segments[3:end], "/")
	return append(append(segments[:3:3], id), segments[end:]...)
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
