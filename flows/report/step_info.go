package report

// StepInfo says where a step of a flow stands and what it does, for tools that
// show a flow or count what ran of it.
type StepInfo struct {
	// Path is the step's path without the indices of iterations: that of an
	// event, "/smoke[17]/answer", is "/smoke/answer" here.
	Path string
	// Block is the path of the list of steps that the step stands in:
	// "", "/4/then", "/smoke".
	Block     string
	ID        string // empty for a step without one
	Verb      string // "call", "forEach"
	Operation string // of a call
	// About is what the step is about, as its file says it: what an if asks, what a
	// forEach goes through, the flow that is called, the signal that is waited for.
	// Empty for other steps.
	About     string
	File      string // the flow file that it stands in
	Line, Col int    // both count from 1
	// Guarded is true where a condition can skip the step.
	Guarded bool
}
