package protocol

import "github.com/medlar-flow/medlar/operations/awsmodel/internal/model"

// FillTokens puts a token where an input has one for idempotency and none is
// given. It reports whether the input has one.
func FillTokens(s *model.Service, o *model.Operation, params map[string]any, token string) bool {
	if o.Input == model.None {
		return false
	}
	found := false
	for _, m := range s.Shapes[o.Input].Members {
		if m.Flags&model.IdempotencyToken == 0 {
			continue
		}
		found = true
		if params != nil && params[m.Name] == nil {
			params[m.Name] = token
		}
	}
	return found
}
