// Package bind compiles and evaluates the ${...} of a flow.
//
// Make one [Engine] with [NewEngine] and give it the text of each scalar with
// the [Scope] that the scalar stands in: [Engine.Compile] gives a [Program] or
// every mistake of the text, each with its place. [Program.Eval] then reads
// the values from [Vars].
//
// A plain path such as ctx.order.id, which is what most texts hold, never
// reaches the expression engine: it is resolved when it is compiled and walked
// when it is evaluated. Everything else is parsed by expr, checked, and run on
// expr's machine with the operators and functions whose meaning flows define
// differently replaced by those of this package.
//
// The package does not read YAML, does not know which steps may be referred to
// (that is the Scope's business), and holds no values between two evaluations.
package bind
