package cli

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/serve"
)

// askingForCertificates returns a configuration that asks callers for certificates as
// long as a route knows them by these.
func askingForCertificates(own *tls.Config, server *serve.Server) *tls.Config {
	outer, asking := own.Clone(), own.Clone()
	asking.ClientAuth = tls.RequestClientCert
	for _, c := range []*tls.Config{outer, asking} {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if server.AsksForCertificates() {
			return asking, nil
		}
		return nil, nil
	}
	return outer
}

// certificate is the server's, read again from its files when they change.
type certificate struct {
	cert, key string

	mu     sync.Mutex
	loaded *tls.Certificate
	of     [2]time.Time // when the files were changed that it was read from
	looked time.Time
}

// lookAgain is how often the files are looked at.
const lookAgain = 10 * time.Second

// get is tls.Config.GetCertificate. Files that do not fit together, since one of
// them is being replaced, change nothing.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded != nil && time.Since(c.looked) < lookAgain {
		return c.loaded, nil
	}
	c.looked = time.Now()
	var changed [2]time.Time
	for i, path := range []string{c.cert, c.key} {
		if info, err := os.Stat(path); err == nil {
			changed[i] = info.ModTime()
		}
	}
	if c.loaded != nil && changed == c.of {
		return c.loaded, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		if c.loaded != nil {
			return c.loaded, nil
		}
		return nil, fmt.Errorf("%w", err)
	}
	c.loaded, c.of = &pair, changed
	return c.loaded, nil
}
