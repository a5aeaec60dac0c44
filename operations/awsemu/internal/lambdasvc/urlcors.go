package lambdasvc

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// cors is Cors: which pages of other origins may use an address.
type cors struct {
	AllowCredentials *bool    `json:",omitempty"`
	AllowHeaders     []string `json:",omitempty"`
	AllowMethods     []string `json:",omitempty"`
	AllowOrigins     []string `json:",omitempty"`
	ExposeHeaders    []string `json:",omitempty"`
	MaxAge           *int     `json:",omitempty"`
}

// corsMethods are the methods that an address may be opened to.
var corsMethods = []string{"GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"}

// check tells the first member that cannot be.
func (c *cors) check() error {
	if c == nil {
		return nil
	}
	for _, list := range []struct {
		member string
		values []string
		most   int // values
		length int // of a value
	}{
		{"cors.allowHeaders", c.AllowHeaders, 100, 1024},
		{"cors.allowMethods", c.AllowMethods, 6, 6},
		{"cors.allowOrigins", c.AllowOrigins, 100, 253},
		{"cors.exposeHeaders", c.ExposeHeaders, 100, 1024},
	} {
		if len(list.values) > list.most {
			return service.InvalidMember(strings.Join(list.values, ", "), list.member, "Member must have length less than or equal to "+strconv.Itoa(list.most))
		}
		for _, value := range list.values {
			if len(value) > list.length {
				return service.InvalidMember(value, list.member, "Member must have length less than or equal to "+strconv.Itoa(list.length))
			}
		}
	}
	for _, method := range c.AllowMethods {
		if !slices.Contains(corsMethods, method) {
			return service.InvalidMember(method, "cors.allowMethods", "Member must satisfy enum value set: [GET, PUT, HEAD, POST, PATCH, DELETE, *]")
		}
	}
	if n := c.MaxAge; n != nil && (*n < 0 || *n > 86400) {
		return service.InvalidMember(strconv.Itoa(*n), "cors.maxAge", "Member must have value between 0 and 86400")
	}
	return nil
}

// isPreflight reports whether a browser asks what it may send.
func (c *cors) isPreflight(r *http.Request) bool {
	return c != nil && r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// allow writes what a page of another origin may know of the answer over
// header: what the function says of that does not count.
func (c *cors) allow(r *http.Request, header http.Header) {
	origin := r.Header.Get("Origin")
	if c == nil || origin == "" {
		return
	}
	for name := range header {
		if strings.HasPrefix(name, "Access-Control-") {
			header.Del(name)
		}
	}
	everyone := slices.Contains(c.AllowOrigins, "*")
	if !everyone && !slices.ContainsFunc(c.AllowOrigins, func(one string) bool { return strings.EqualFold(one, origin) }) {
		return
	}
	credentials := c.AllowCredentials != nil && *c.AllowCredentials
	if everyone && !credentials {
		origin = "*"
	} else {
		header.Add("Vary", "Origin")
	}
	header.Set("Access-Control-Allow-Origin", origin)
	if credentials {
		header.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(c.ExposeHeaders) > 0 {
		header.Set("Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ","))
	}
}

// preflight answers what a browser asks before it sends; the function is not
// asked.
func (c *cors) preflight(r *http.Request) service.Answer {
	header := http.Header{}
	c.allow(r, header)
	if header.Get("Access-Control-Allow-Origin") != "" {
		for name, values := range map[string][]string{"Access-Control-Allow-Methods": c.AllowMethods, "Access-Control-Allow-Headers": c.AllowHeaders} {
			if len(values) > 0 {
				header.Set(name, strings.Join(values, ","))
			}
		}
		if c.MaxAge != nil {
			header.Set("Access-Control-Max-Age", strconv.Itoa(*c.MaxAge))
		}
	}
	return service.Answer{Status: http.StatusOK, Header: header}
}
