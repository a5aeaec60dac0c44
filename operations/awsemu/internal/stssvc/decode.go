package stssvc

import (
	"net/http"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type decodedXML struct{ DecodedMessage string }

func (s *API) decodeAuthorizationMessage(c *service.Call) (any, error) {
	k := &checker{form: c.Form}
	text := k.text("EncodedMessage", rule{required: true, secret: true, least: 1, most: 10240})
	if err := k.err(); err != nil {
		return nil, err
	}
	plain, ok := s.secret.Open(text)
	if !ok {
		return nil, service.Failure("InvalidAuthorizationMessageException", http.StatusBadRequest, "Message is not valid")
	}
	return decodedXML{string(plain)}, nil
}
