package awsemu

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"net/http"
)

// sealer encodes what only this emulator can decode.
type sealer struct {
	aead    cipher.AEAD
	entropy *entropy
}

func newSealer(e *entropy) (*sealer, error) {
	key, err := e.bytes(32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{aead: aead, entropy: e}, err
}

func (s *sealer) seal(text []byte) (string, error) {
	nonce, err := s.entropy.bytes(s.aead.NonceSize())
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, text, nil)), nil
}

func (s *sealer) open(text string) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if n := s.aead.NonceSize(); err == nil && len(sealed) >= n {
		plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], nil)
		return plain, err == nil
	}
	return nil, false
}

// decision is the document that an encoded authorization message holds.
type decision struct {
	Allowed           bool      `json:"allowed"`
	ExplicitDeny      bool      `json:"explicitDeny"`
	MatchedStatements statusSet `json:"matchedStatements"`
	Failures          statusSet `json:"failures"`
	Context           struct {
		Principal struct {
			ID  string `json:"id"`
			Arn string `json:"arn"`
		} `json:"principal"`
		Action     string    `json:"action"`
		Resource   string    `json:"resource"`
		Conditions statusSet `json:"conditions"`
	} `json:"context"`
}

type statusSet struct {
	Items []string `json:"items"`
}

// deny is the answer to a request that is not allowed, with the message that
// DecodeAuthorizationMessage explains.
func deny(c *call, svc service, op operation, secret *sealer) *apiError {
	none := statusSet{Items: []string{}}
	d := decision{MatchedStatements: none, Failures: none}
	d.Context.Conditions = none
	d.Context.Principal.ID, d.Context.Principal.Arn = c.caller.UserID, c.caller.Arn
	d.Context.Action, d.Context.Resource = svc.action(op), svc.resource(c)
	text := "User: " + c.caller.Arn + " is not authorized to perform: " + d.Context.Action +
		" on resource: " + d.Context.Resource + " because no identity-based policy allows the " + d.Context.Action + " action"
	if document, err := encodeJSON(d); err == nil {
		if encoded, err := secret.seal(document); err == nil {
			text += ". Encoded authorization failure message: " + encoded
		}
	}
	return failure(svc.deniedCode(), http.StatusForbidden, "%s", text)
}

type decodedXML struct{ DecodedMessage string }

func (s *stsAPI) decodeAuthorizationMessage(c *call) (any, error) {
	k := &checker{form: c.form}
	text := k.text("EncodedMessage", rule{required: true, secret: true, least: 1, most: 10240})
	if err := k.err(); err != nil {
		return nil, err
	}
	plain, ok := s.secret.open(text)
	if !ok {
		return nil, failure("InvalidAuthorizationMessageException", http.StatusBadRequest, "Message is not valid")
	}
	return decodedXML{string(plain)}, nil
}
