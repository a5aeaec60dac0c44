package serve

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// What pages may send beside what all may, and see beside what all do. Credentials of
// the browser, which are cookies, certificates and passwords that it has kept, are
// never allowed: a page sends its token by itself.
var (
	sentHeaders = []string{"Authorization", "Content-Type", "Idempotency-Key", "Prefer"}
	seenHeaders = []string{"Flow-Version", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate"}
)

// preflightAge is how many seconds a browser may remember what it was told.
const preflightAge = "600"

// origins are those of the pages that may call the route.
func (r *route) origins() []string {
	if r.trigger.Origins != nil {
		return r.trigger.Origins
	}
	return r.server.config.Origins
}

// shared says which page may see the answer, if the request is one of a page. Where the
// answer depends on it, caches are told.
func (x *exchange) shared(origins []string, origin string) (allowed bool) {
	switch {
	case slices.Contains(origins, "*"):
		x.Header().Set("Access-Control-Allow-Origin", "*")
	case len(origins) == 0:
		return false
	default:
		x.Header().Add("Vary", "Origin")
		if !slices.Contains(origins, origin) {
			return false
		}
		x.Header().Set("Access-Control-Allow-Origin", origin)
	}
	return true
}

// share lets the page that sent a request see the answer of a route.
func (x *exchange) share(r *route, req *http.Request) {
	if x.shared(r.origins(), req.Header.Get("Origin")) {
		seen := slices.Clone(seenHeaders)
		for _, a := range r.answers {
			for _, name := range a.Headers {
				seen = append(seen, http.CanonicalHeaderKey(name))
			}
		}
		slices.Sort(seen)
		x.Header().Set("Access-Control-Expose-Headers", strings.Join(slices.Compact(seen), ", "))
	}
}

// preflight answers a browser that asks whether a page may send a request; false where
// this is none, or no route that pages may call takes the request.
func (s *Server) preflight(x *exchange, req *http.Request, mux *http.ServeMux, t *table) bool {
	method, origin := req.Header.Get("Access-Control-Request-Method"), req.Header.Get("Origin")
	if req.Method != http.MethodOptions || method == "" || origin == "" {
		return false
	}
	asked := req.Clone(req.Context())
	asked.Method = method
	handler, pattern := mux.Handler(asked)
	var origins, sent []string
	switch h := handler.(type) {
	case *route:
		x.access.Flow = h.served.Flow.Name()
		origins, sent = h.origins(), h.sentHeaders()
	case ownHandler:
		if strings.Contains(pattern, linksPrefix) {
			return false // they are pages themselves
		}
		for _, r := range t.routes { // whose run it is about is not known yet
			origins, sent = append(origins, r.origins()...), append(sent, r.sentHeaders()...)
		}
		origins = append(origins, s.config.Origins...)
	default:
		return false
	}
	if len(origins) == 0 {
		return false
	}
	x.access.Route = pattern
	x.Header().Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	if x.shared(origins, origin) {
		slices.Sort(sent)
		x.Header().Set("Access-Control-Allow-Methods", method)
		x.Header().Set("Access-Control-Allow-Headers", strings.Join(slices.Compact(sent), ", "))
		x.Header().Set("Access-Control-Max-Age", preflightAge)
	}
	x.send(&flows.Answer{Status: http.StatusNoContent})
	return true
}

// sentHeaders are those that pages may send to the route.
func (r *route) sentHeaders() []string {
	list := slices.Clone(sentHeaders)
	if key := r.trigger.KeyHeader(); r.auth != nil && key != "" {
		list = append(list, http.CanonicalHeaderKey(key))
	}
	return list
}

// checkOrigins looks at those that are for all routes.
func checkOrigins(origins []string) error {
	for _, origin := range origins {
		if problem, help := report.BadOrigin(origin); problem != "" {
			return fmt.Errorf("the origin %q %s: %s", origin, problem, help)
		}
	}
	return nil
}
