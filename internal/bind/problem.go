package bind

// The rules that problems of this package carry.
const (
	RuleUnclosed        = "unclosed-expression" // ${ without its }
	RuleEmpty           = "empty-expression"    // ${}
	RuleTooLong         = "expression-too-long" // beyond the bounds below
	RuleWSO2            = "wso2-expression"     // {$ctx:name}
	RuleSyntax          = "expression-syntax"   // expr's parser refused it
	RuleType            = "expression-type"     // an operator or function on a wrong type
	RulePattern         = "bad-pattern"         // a literal pattern that does not compile
	RuleWholeScope      = "whole-scope"         // steps, secrets or env without a literal name
	RuleUnknownName     = "unknown-name"        // a root that the scope does not have
	RuleUnknownInput    = "unknown-input"       // a name that ctx does not have
	RuleUnknownField    = "unknown-field"       // a member that an object does not have
	RuleUnknownFunction = "unknown-function"    // a function that there is not
)

const (
	maxText       = 1 << 20  // bytes of a text with expressions
	maxExpression = 64 << 10 // bytes of one expression: expr's parser recurses
	maxNesting    = 100      // brackets within brackets
)

// Problem is a mistake in a text. Offset and Length count bytes of the text
// given to Compile.
type Problem struct {
	Offset, Length int
	Rule           string
	Message        string
	Help           string
	Warning        bool
	// Replaces is true where Help ends with what to write in the place of the
	// problem, behind "write ".
	Replaces bool
}

// EvalError says why an expression has no value. Offset and Length count bytes
// of the program's text. Message names types and names, never values.
type EvalError struct {
	Offset, Length int
	Message        string
	Stopped        bool // by Stoppable

	cause error // what Vars failed with; nil for a mistake of the expression
}

// Unwrap returns the error of Vars that stopped the expression, if it was one.
func (e *EvalError) Unwrap() error { return e.cause }

// Error returns the message.
func (e *EvalError) Error() string { return e.Message }
