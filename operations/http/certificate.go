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
	if in.CACertificates != nil { // an empty file names no authority, and is not as good as none
		authorities, err := in.authorities()
		if err != nil {
			return err
		}
		to.RootCAs = authorities
	}
	if len(in.ClientCertificate) == 0 && len(in.ClientKey) == 0 {
		return nil
	}
	pair, err := in.certificate()
	if err != nil {
		return err
	}
	to.Certificates = []tls.Certificate{pair}
	return nil
}

func (in connectionIn) authorities() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(in.CACertificates) {
		return nil, errors.New("caCertificates holds no certificate in PEM")
	}
	return pool, nil
}

// certificate returns the certificate to show, with its key.
func (in connectionIn) certificate() (tls.Certificate, error) {
	if len(in.ClientCertificate) == 0 {
		return tls.Certificate{}, errors.New("clientKey is given without clientCertificate")
	}
	key := in.ClientKey
	if len(key) == 0 {
		key = in.ClientCertificate // one file may hold both
	}
	pair, err := tls.X509KeyPair(in.ClientCertificate, key)
	if err != nil {
		// The library's words may say what stands in the key.
		return pair, errors.New("clientCertificate and clientKey are no certificate in PEM and the private key that belongs to it, not encrypted")
	}
	return pair, nil
}
