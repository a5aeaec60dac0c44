// Package reviewed holds what people have decided about AWS's services where
// the data do not say it: which operations change something, which permission
// a call needs, and which other names a service has. The generator applies it.
package reviewed

import (
	"slices"
	"strings"
	"unicode"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// reading are first words of the names of operations that change nothing.
var reading = []string{
	"Get", "List", "Describe", "Head", "Search", "Query", "Scan", "Select", "Lookup", "Count", "Estimate", "Preview", "Simulate",
	"Compare", "Calculate", "Is", "Has", "Detect", "Recognize", "Translate", "Predict", "Suggest", "Discover", "View", "Filter",
	"Infer", "Classify", "Validate", "Evaluate", "Check",
}

// changing are first words of the names of operations that change something
// although they are GET requests.
var changing = []string{
	"Create", "Assume", "Confirm", "Start", "Subscribe", "Delete", "Update", "Put", "Invoke", "Execute",
}

// effects are the operations of which the rule says something wrong.
var effects = map[string]model.Effect{
	"apigatewayv2.PreviewPortal":              model.Mutating, // publishes a preview
	"cloudformation.DetectStackDrift":         model.Mutating, // starts a job
	"cloudformation.DetectStackResourceDrift": model.Mutating, // writes the state of the drift
	"cloudformation.DetectStackSetDrift":      model.Mutating, // starts a job
	"cognitoIdentity.GetId":                   model.Mutating, // creates the identity
	"cognitoIdp.GetTokensFromRefreshToken":    model.Mutating, // may rotate the token
	"ivs.BatchStartViewerSessionRevocation":   model.Mutating, // marked as reading, wrongly
	"ivs.StartViewerSessionRevocation":        model.Mutating, // marked as reading, wrongly
	"location.BatchEvaluateGeofences":         model.Mutating, // sends events
	"redshift.GetClusterCredentials":          model.Mutating, // can create the user
	"stepfunctions.GetActivityTask":           model.Mutating, // takes a task
	"stepfunctions.StartExecution":            model.Mutating, // twice is twice where no name is given
	"sts.AssumeRole":                          model.ReadOnly,
	"sts.AssumeRoleWithSAML":                  model.ReadOnly,
	"sts.AssumeRoleWithWebIdentity":           model.ReadOnly,
	"sts.AssumeRoot":                          model.ReadOnly,
	"sts.DecodeAuthorizationMessage":          model.ReadOnly,
}

// wrongMarks are services whose marks of reading operations that Start or Stop
// something are wrong.
var wrongMarks = []string{"networkflowmonitor"}

// EffectOf says what an operation does to the world.
func EffectOf(s *model.Service, o *model.Operation) model.Effect {
	if e, ok := effects[s.Name+"."+o.Name]; ok {
		return e
	}
	if reads(s, o) {
		return model.ReadOnly
	}
	token := hasToken(s, o)
	if token || o.Flags&model.IdempotentMark != 0 && firstWord(o.Name) != "Create" {
		return model.Idempotent
	}
	return model.Mutating
}

// Overridden returns the names that the rule is not used for, for tests.
func Overridden() []string {
	names := make([]string, 0, len(effects))
	for name := range effects {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func reads(s *model.Service, o *model.Operation) bool {
	word := firstWord(o.Name)
	rest := s.Protocol == "rest-json" || s.Protocol == "rest-xml"
	switch {
	case o.Method == "PUT" || o.Method == "PATCH" || o.Method == "DELETE":
		return false
	case o.Flags&model.ReadonlyMark != 0:
		return !slices.Contains(wrongMarks, s.Name) || word != "Start" && word != "Stop"
	case rest && o.Method == "HEAD":
		return true
	case rest && o.Method == "GET":
		return !slices.Contains(changing, word)
	default:
		return slices.Contains(reading, word)
	}
}

// firstWord returns the word that says what is done: Get of BatchGetItem.
func firstWord(name string) string {
	for {
		end := strings.IndexFunc(name[1:], unicode.IsUpper) + 1
		if end == 0 {
			return name
		}
		word := name[:end]
		if word != "Batch" && word != "Admin" {
			return word
		}
		name = name[end:]
	}
}

// hasToken reports whether an input has a token that stays the same over the
// attempts of one step.
func hasToken(s *model.Service, o *model.Operation) bool {
	return o.Input != model.None && slices.ContainsFunc(s.Shapes[o.Input].Members, func(m model.Member) bool {
		return m.Flags&model.IdempotencyToken != 0
	})
}
