package awsemu

import (
	"io"
	"slices"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/sqssvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/stssvc"
)

// Fixture is what an account holds from the start: the content of a functions
// file. ReadFixture makes one; a Fixture never changes. The zero value is an
// empty account.
type Fixture struct{ file fixture.File }

// FixtureError is everything that is wrong with a functions file. Its text has
// a line for each mistake: file:line:col: error: message [rule].
type FixtureError struct{ mistakes *fixture.Error }

// Error returns the mistakes, a line each.
func (e *FixtureError) Error() string { return e.mistakes.Error() }

// Print writes the mistakes with the lines of the file that they are in.
func (e *FixtureError) Print(w io.Writer) error { return e.mistakes.Print(w) }

// ReadFixture reads a functions file; the package documentation says what may
// be in it. name is what mistakes are told with. The error is a *FixtureError
// with every mistake of the file. An empty file is an empty account.
func ReadFixture(name string, src []byte) (*Fixture, error) {
	rules := fixture.Rules{Keys: map[string]string{AccessKeyID: Account}, Account: access.IsAccount}
	lambdasvc.Rules(&rules)
	rules.Operations = slices.Concat(rules.Operations, stssvc.Operations(), sqssvc.Operations())
	rules.Queue = sqssvc.IsName
	file, wrong := fixture.Read(name, src, rules)
	if wrong != nil {
		return nil, &FixtureError{wrong}
	}
	return &Fixture{*file}, nil
}
