package http

import (
	"io"
	nethttp "net/http"
	"net/url"

	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// made is what a request is made of. It serves the next one where nobody else can have
// it: see leave.
type made struct {
	request nethttp.Request
	target  url.URL
	header  nethttp.Header
	values  [usualHeaders]string // of the header
	used    int                  // of the values
	data    []byte
	body    http1.Bytes
	again   func() (io.ReadCloser, error) // gives the body once more
}

// newExchange returns an exchange, that of an earlier call where one has left it.
func (c *connection) newExchange() *exchange {
	x, _ := c.exchanges.Get().(*exchange)
	if x == nil {
		x = &exchange{}
		m := &x.made
		m.header = make(nethttp.Header, usualHeaders)
		m.again = func() (io.ReadCloser, error) { return http1.NewBytes(m.data), nil }
	}
	x.connection = c
	return x
}

// mostHeaders is how many headers a request may have that is kept.
const mostHeaders = 32

// leave leaves the exchange to the next call. Its request was answered by the connection
// on which it was sent, and the answer was read to its end, so that nobody reads either
// any more.
func (x *exchange) leave() {
	header, again, to := x.made.header, x.made.again, &x.connection.exchanges
	if len(header) > mostHeaders {
		return
	}
	clear(header)
	*x = exchange{made: made{header: header, again: again}}
	to.Put(x)
}

// set gives a header that the flow does not set its value, unless that is empty.
func (m *made) set(name, value string) {
	if value == "" || first(m.header, name) != "" {
		return
	}
	if m.used == len(m.values) {
		m.header[name] = []string{value}
		return
	}
	m.values[m.used] = value
	m.used++
	m.header[name] = m.values[m.used-1 : m.used : m.used]
}
