package http

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"

	"github.com/medlar-flow/medlar/schema"
)

// withPEM lets parameters be given as the text of PEM, as secrets hold it,
// beside files.
func withPEM(s *schema.Schema, names ...string) {
	for _, name := range names {
		s.Field(name).Coerce = func(v any) (any, error) {
			if text, ok := v.(string); ok && bytes.Contains([]byte(text), []byte("-----BEGIN ")) {
				return []byte(text), nil
			}
			return v, nil
		}
	}
}

// setTLS has the connection trust its authorities, and show its certificate.
func (in connectionIn) setTLS(to *tls.Config) error {
	if len(in.CACertificates) > 0 {
		to.RootCAs = x509.NewCertPool()
		if !to.RootCAs.AppendCertsFromPEM(in.CACertificates) {
			return errors.New("caCertificates holds no certificate in PEM")
		}
	}
	switch {
	case len(in.ClientCertificate) == 0 && len(in.ClientKey) == 0:
		return nil
	case len(in.ClientCertificate) == 0:
		return errors.New("clientKey is given without clientCertificate")
	}
	key := in.ClientKey
	if len(key) == 0 {
		key = in.ClientCertificate // one file may hold both
	}
	pair, err := tls.X509KeyPair(in.ClientCertificate, key)
	if err != nil {
		// The library's words may say what stands in the key.
		return errors.New("clientCertificate and clientKey are no certificate in PEM and the private key that belongs to it, not encrypted")
	}
	to.Certificates = []tls.Certificate{pair}
	return nil
}
