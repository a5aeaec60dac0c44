package testenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"time"
)

// Certificate is one of a test, with its key.
type Certificate struct {
	*x509.Certificate
	Key *ecdsa.PrivateKey
}

// Issue makes a certificate that another one signs; nil has it sign itself. Where
// the template leaves them out, it has a serial number of its own and holds from an
// hour ago for an hour from now.
func Issue(t skipper, template *x509.Certificate, by *Certificate) *Certificate {
	t.Helper()
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(time.Now().UnixNano())
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Certificate, by.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatalf("making a certificate: %v", err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("reading a certificate: %v", err)
	}
	return &Certificate{made, key}
}

// PEM returns the certificate and its key as files hold them.
func (c *Certificate) PEM() (certificate, key []byte) {
	der, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		panic(err) // it was made here
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// TLS returns the certificate for a server or a client, with those between it and
// the authority that is known.
func (c *Certificate) TLS(between ...*Certificate) tls.Certificate {
	made := tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: c.Key}
	for _, one := range between {
		made.Certificate = append(made.Certificate, one.Raw)
	}
	return made
}
