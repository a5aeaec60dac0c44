package awsapi

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
)

// maxChained is the longest that AWS lets a role last that another role
// assumed, in seconds.
const maxChained = 3600

// connectionParams are the converted parameters of a connection.
type connectionParams map[string]any

func (p connectionParams) text(name string) string {
	s, _ := p[name].(string)
	return s
}

func (p connectionParams) has(name string) bool { return p[name] != nil }

// credentialSources are the parameters each of which says alone which
// credentials to use.
var credentialSources = [...]string{"accessKeyId", "credentials", "profile", "webIdentity"}

// sources returns those of credentialSources that are given.
func (p connectionParams) sources() []string {
	var given []string
	for _, name := range credentialSources {
		if p.has(name) {
			given = append(given, name)
		}
	}
	return given
}

// check finds parameters that do not go together.
func (p connectionParams) check() error {
	switch {
	case p.has("accessKeyId") && !p.has("secretAccessKey"):
		return connectionError("accessKeyId is given without secretAccessKey")
	case p.has("secretAccessKey") && !p.has("accessKeyId"):
		return connectionError("secretAccessKey is given without accessKeyId")
	case p.has("sessionToken") && !p.has("accessKeyId"):
		return connectionError("sessionToken is given without accessKeyId and secretAccessKey")
	}
	if err := p.checkTexts(); err != nil {
		return err
	}
	if given := p.sources(); len(given) > 1 {
		return connectionError("%s are given together: each says alone which credentials to use", strings.Join(given, " and "))
	}
	for _, name := range []string{"useFips", "useDualStack"} {
		if p.has("endpoint") && p[name] == true {
			return connectionError("endpoint and %s are given together: an endpoint is one or it is not", name)
		}
	}
	return p.checkHops()
}

// checkTexts finds credentials that cannot be sent.
func (p connectionParams) checkTexts() error {
	keys, _ := p["credentials"].(map[string]any)
	for _, from := range []connectionParams{p, keys} {
		if name := unsendable(from.text("accessKeyId"), from.text("secretAccessKey"), from.text("sessionToken")); name != "" {
			return connectionError("%s %s", name, direct.OddText)
		}
	}
	return nil
}

// unsendable returns which part of credentials holds what no header can, and what
// no key holds; empty for none.
func unsendable(accessKeyID, secretAccessKey, sessionToken string) string {
	switch {
	case direct.IsOdd(accessKeyID):
		return "accessKeyId"
	case direct.IsOdd(secretAccessKey):
		return "secretAccessKey" // it makes a signature that no service accepts
	case direct.IsOdd(sessionToken):
		return "sessionToken"
	}
	return ""
}

func (p connectionParams) checkHops() error {
	for i, hop := range p.hops() {
		if n, ok := hop["durationSeconds"].(int64); ok && i > 0 && n > maxChained {
			return connectionError("assumeRole[%d]: durationSeconds is %d; a role assumed by a role lasts at most %d", i, n, maxChained)
		}
	}
	return nil
}

func (p connectionParams) hops() []map[string]any {
	list, _ := p["assumeRole"].([]any)
	hops := make([]map[string]any, 0, len(list))
	for _, v := range list {
		if hop, ok := v.(map[string]any); ok {
			hops = append(hops, hop)
		}
	}
	return hops
}

// base returns the credentials that the parameters hold; false where they are to
// be found elsewhere.
func (p connectionParams) base() (aws.CredentialsProvider, bool) {
	if p.has("accessKeyId") {
		return static(p), true
	}
	return p.keys("credentials")
}

// keys returns credentials held by an object.
func (p connectionParams) keys(name string) (aws.CredentialsProvider, bool) {
	m, ok := p[name].(map[string]any)
	if !ok {
		return nil, false
	}
	return static(m), true
}

// static keeps an expiry out of it: AWS says itself when they are too old.
func static(p connectionParams) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(p.text("accessKeyId"), p.text("secretAccessKey"), p.text("sessionToken"))
}
