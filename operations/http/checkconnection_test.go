package http

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// rulesOf returns the parameters and rules of mistakes, "url bad-url"; one that
// may be none ends in a question mark.
func rulesOf(found []connector.Mistake) string {
	var out []string
	for _, m := range found {
		text := m.Param + " " + m.Rule
		if m.Maybe {
			text += "?"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// Mistakes of a connection that stand in the flow are found before it opens, and
// what the check passes opens.
func TestCheckConnection(t *testing.T) {
	certificate, key := selfSigned(t, "medlar")
	_, otherKey := selfSigned(t, "other")
	unknown := connector.Unknown{}
	oauth := func(url any) params { return params{"tokenUrl": url, "clientId": "a", "clientSecret": unknown} }
	for name, test := range map[string]struct {
		given params
		want  string
	}{
		"nothing":                 {params{}, ""},
		"all right":               {params{"baseUrl": "https://a/v1", "bearer": unknown, "headers": params{"X-A": "b"}, "caCertificates": certificate}, ""},
		"oauth2 beside bearer":    {params{"bearer": "x", "oauth2": oauth("https://a/")}, "oauth2 two-credentials"},
		"an unknown bearer":       {params{"bearer": unknown, "oauth2": oauth("https://a/")}, "oauth2 two-credentials?"},
		"oauth2 beside basic":     {params{"basic": params{"username": "a", "password": "b"}, "oauth2": oauth("https://a/")}, "oauth2 two-credentials"},
		"bearer beside basic":     {params{"bearer": "x", "basic": params{"username": "a", "password": "b"}}, "basic two-credentials"},
		"sigv4 beside bearer":     {params{"bearer": "x", "sigv4": params{"service": "es"}}, "sigv4 two-credentials"},
		"a bearer that is empty":  {params{"bearer": "", "basic": params{"username": "a", "password": "b"}}, ""},
		"a header beside":         {params{"oauth2": oauth("https://a/"), "headers": params{"authorization": "x"}}, "headers two-credentials?"},
		"no scheme":               {params{"baseUrl": "api.example.com"}, "baseUrl bad-url"},
		"another scheme":          {params{"baseUrl": "ftp://a/"}, "baseUrl bad-url"},
		"no host":                 {params{"baseUrl": "https:///v1"}, "baseUrl bad-url"},
		"no URL":                  {params{"baseUrl": "https://a b/"}, "baseUrl bad-url"},
		"a password in the URL":   {params{"baseUrl": "https://u:p@a/"}, "baseUrl bad-url"},
		"an unknown URL":          {params{"baseUrl": unknown}, ""},
		"no token URL":            {params{"oauth2": oauth("login")}, "oauth2.tokenUrl bad-url"},
		"its other name":          {params{"oauth2": params{"tokenURL": "login"}}, "oauth2.tokenUrl bad-url"},
		"a header's name":         {params{"headers": params{"X A": "b", "X-B": unknown}}, "headers.X A bad-header"},
		"a header of the request": {params{"headers": params{"content-length": "1"}}, "headers.content-length bad-header"},
		"a header twice":          {params{"headers": params{"X-A": "1", "x-a": unknown}}, "headers.x-a bad-header"},
		"a header of two lines":   {params{"headers": params{"X-A": "1\n2"}}, "headers.X-A bad-header"},
		"a bearer of two lines":   {params{"bearer": schema.Secret("a\nb")}, "bearer bad-credentials"},
		"a name with a colon":     {params{"basic": params{"username": "a:b", "password": unknown}}, "basic.username bad-credentials"},
		"no authority":            {params{"caCertificates": []byte("x")}, "caCertificates bad-certificate"},
		"an empty authority":      {params{"caCertificates": []byte{}}, "caCertificates bad-certificate"},
		"an unknown authority":    {params{"caCertificates": unknown}, ""},
		"no certificate":          {params{"clientCertificate": "x", "clientKey": key}, "clientCertificate bad-certificate"},
		"a key alone":             {params{"clientKey": key}, "clientKey bad-certificate"},
		"a certificate alone":     {params{"clientCertificate": certificate}, "clientCertificate bad-certificate"},
		"another's key":           {params{"clientCertificate": certificate, "clientKey": otherKey}, "clientCertificate bad-certificate"},
		"both in one":             {params{"clientCertificate": append(append([]byte{}, certificate...), key...)}, ""},
		"an unknown key":          {params{"clientCertificate": "x", "clientKey": unknown}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := Connector()
			found := c.CheckConnection(connector.Given{Params: test.given})
			if got := rulesOf(found); got != test.want {
				t.Fatalf("found %q, want %q", got, test.want)
			}
			for _, m := range found {
				if m.Message == "" || strings.Contains(m.Message, "u:p") {
					t.Errorf("the message is %q", m.Message)
				}
			}
			// What has nothing unknown opens, or does not, as the check says.
			converted, err := c.Connection.Convert(test.given)
			if err != nil || test.given["sigv4"] != nil {
				return
			}
			conn, err := c.Open(t.Context(), connector.OpenRequest{Params: converted})
			if err == nil {
				_ = conn.Close()
			}
			if (err != nil) != (test.want != "") {
				t.Errorf("opening gives %v", err)
			}
		})
	}
}

// Mistakes of a request that stand in the flow are found before it is made.
func TestCheckRequest(t *testing.T) {
	unknown := connector.Unknown{}
	for name, test := range map[string]struct {
		given params
		want  string
	}{
		"all right":             {params{"url": "https://a/", "headers": params{"X-A": unknown}, "timeout": "5s", "expectStatus": []any{"2xx", int64(404)}}, ""},
		"another scheme":        {params{"url": "ftp://a/"}, "url bad-url"},
		"one that begins so":    {params{"url": connector.Unknown{Begins: "ftp://"}}, "url bad-url"},
		"a host without scheme": {params{"url": "a.example.com:80/x"}, "url bad-url"},
		"no host":               {params{"url": "http://"}, "url bad-url"},
		"an empty URL":          {params{"url": ""}, "url bad-url"},
		"an unknown URL":        {params{"url": connector.Unknown{Begins: "https://"}}, ""},
		"a relative one":        {params{"url": "/x"}, "url relative-url?"},
		"a header's name":       {params{"url": "https://a/", "headers": params{"X A": unknown}}, "headers.X A bad-header"},
		"a header's value":      {params{"url": "https://a/", "headers": params{"X-A": "a\r\nb"}}, "headers.X-A bad-header"},
		"headers of a run":      {params{"url": "https://a/", "headers": unknown}, ""},
		"two elements":          {params{"url": "https://a/", "xml": params{"a": "1", "b": "2"}}, "xml bad-body"},
		"an element's name":     {params{"url": "https://a/", "xml": params{"a": params{"b c": unknown}}}, "xml bad-body"},
		"a list in a list":      {params{"url": "https://a/", "xml": params{"a": params{"b": []any{[]any{}}}}}, "xml bad-body"},
		"an attribute":          {params{"url": "https://a/", "xml": params{"a": params{"@b": []any{}}}}, "xml bad-body"},
		"XML of a run":          {params{"url": "https://a/", "xml": params{"a": unknown}}, ""},
		"two bodies":            {params{"url": "https://a/", "xml": params{"a": "1"}, "body": "x"}, "xml two-bodies"},
		"nothing to compress":   {params{"url": "https://a/", "compress": "gzip"}, "compress bad-body"},
		"a part's name":         {params{"url": "https://a/", "multipart": []any{params{"name": "a\nb", "content": unknown}}}, "multipart bad-body"},
		"no status":             {params{"url": "https://a/", "expectStatus": []any{"700"}}, "expectStatus pattern-mismatch"},
		"no time":               {params{"url": "https://a/", "timeout": "0s"}, "timeout out-of-range"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rulesOf(checkRequest(connector.Given{Params: test.given})); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}
