package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
)

// ownCodes are the codes of failures that no operation makes.
var ownCodes = []string{
	"AttemptLost", "Canceled", "ChunkLost", "CircuitOpen", "CloseFailed", "ConditionNotBoolean", "DamagedAnswer", "ExpressionFailed", "FileNotRead", "FileNotText",
	"Internal", "Interrupted", "InvalidConcurrency", "InvalidConnection", "InvalidDuration", "InvalidEnough", "InvalidFailure", "InvalidKey", "InvalidMaxAttempts",
	"InvalidParameter", "InvalidResult", "InvalidTimestamp", "NoError", "NoPublicUrl", "NotAList", "NotEnough", "NotSent", "OutcomeUnknown", "Panic",
	"Refused", "RepeatExhausted", "RestartDiverged", "ResultNotStored", "SignalTimeout", "Timeout", "TooLarge", "TooManyItems", "ValueTooLarge", "WorkerLost",
}

// givenCodes are the codes that steps can fail with.
type givenCodes struct {
	known map[string]bool
	// open is true where there can be others: of an operation that does not list
	// all of its codes, or that passes on those of what it calls.
	open bool
}

// codesOf returns the codes that steps can fail with.
func (l *loader) codesOf(steps []*interp.Step) givenCodes {
	g := givenCodes{known: map[string]bool{}}
	for _, code := range ownCodes {
		g.known[code] = true
	}
	delete(g.known, connector.CodeCircuitOpen) // of connections that have one
	l.addCodes(&g, steps)
	return g
}

func (l *loader) addCodes(g *givenCodes, steps []*interp.Step) {
	for _, st := range steps {
		switch do := st.Do.(type) {
		case nil:
			g.open = true // a mistake, of which there is a word already
		case *interp.CallStep:
			l.addCodesOf(g, do)
		case *interp.FailStep:
			fixed, ok := do.Code.(interp.Constant)
			code, isText := fixed.V.(string)
			if g.known[code] = isText; !ok && !do.Again {
				g.open = true
			}
		case *interp.SubFlowStep:
			if do.Program == nil {
				g.open = true
				continue
			}
			for _, u := range do.Connections {
				g.addCircuit(u)
			}
			l.addCodes(g, do.Program.Steps)
		default:
			l.addCodes(g, st.Inner())
		}
	}
}

// addCircuit adds what calls of a connection fail with that has a circuit breaker.
func (g *givenCodes) addCircuit(u *interp.ConnectionUse) {
	if u != nil && u.Plan != nil && u.Plan.Circuit != nil {
		g.known[connector.CodeCircuitOpen] = true
	}
}

// addCodesOf adds the codes of a call: those that its connector lists for any of
// its operations, since services do not list them for each.
func (l *loader) addCodesOf(g *givenCodes, call *interp.CallStep) {
	g.addCircuit(call.Connection)
	if call.Owner.CommonErrors == nil || call.Op.OtherErrors {
		g.open = true
		return
	}
	codes, ok := l.connectorCodes[call.Owner]
	if !ok {
		add := func(list []connector.ErrorCode) {
			for _, e := range list {
				codes = append(append(codes, e.Code), e.Aliases...)
			}
		}
		add(call.Owner.CommonErrors())
		for _, op := range call.Owner.Operations {
			add(op.Errors)
		}
		l.connectorCodes[call.Owner] = codes
	}
	for _, code := range codes {
		g.known[code] = true
	}
}

// unknownCodes warns of classes and codes that no step gives, as far as that is
// known. where says what the steps are.
func (w *stepCheck) unknownCodes(n *node, steps []*interp.Step, where string) {
	if n == nil {
		return
	}
	items := n.Items()
	if n.Kind == scalarNode {
		items = []*node{n}
	}
	given := w.loader.codesOf(steps)
	for _, item := range items {
		first := item.Text[:min(1, len(item.Text))]
		help := foreignCode(item.Text)
		if class := strings.ToLower(first) + item.Text[len(first):]; class != item.Text && connector.IsClass(class) && !contains(w.loader.errorCodes(), item.Text) {
			help = "write ‹" + class + "›: the names of classes begin with a small letter"
		}
		switch {
		case connector.IsClass(item.Text):
		case help != "" && !given.known[item.Text] && !strings.HasPrefix(item.Text, "States."):
			w.warn(item, "unknown-class", help, "%q is no class of errors, and no operation is known to fail with it", item.Text)
		case strings.ToLower(first) == first:
			w.warn(item, "unknown-class", diag.Suggest(item.Text, classNames(), "classes are"), "%q is no class of errors; a code begins with a capital letter", item.Text)
		default:
			w.unknownCode(item, given, where)
		}
	}
}

// foreignCode is what to write for a code of another system.
func foreignCode(code string) string {
	help := habits.Code(code)
	if help == habits.EveryError || help == "" && strings.HasPrefix(code, "States.") {
		return "leave on out for the usual ones, or name classes: " + strings.Join(classNames(), ", ")
	}
	return help
}

func classNames() []string {
	names := make([]string, 0, len(connector.Classes()))
	for _, class := range connector.Classes() {
		names = append(names, string(class))
	}
	return names
}

// unknownCode warns of a code that no step gives. Where there can be codes that
// nobody lists, it warns of what looks like a misspelt one.
func (w *stepCheck) unknownCode(item *node, given givenCodes, where string) {
	code := item.Text
	foreign := strings.HasPrefix(code, "States.")
	known := w.loader.errorCodes()
	switch {
	case given.known[code]:
	case foreign:
		w.warn(item, "unknown-code", foreignCode(code),
			"%q is a name of Step Functions, and no code here", code)
	case !given.open:
		w.warn(item, "unknown-code", codeHelp(code, given), "%s fails with the code %q", where, code)
	case contains(known, code):
	default:
		if help := diag.DidYouMean(code, known); help != "" {
			w.warn(item, "unknown-code", help, "no operation is known to fail with the code %q", code)
		}
	}
}

// codeHelp says what may be meant by a code that nothing gives.
func codeHelp(code string, given givenCodes) string {
	if class := strings.ToLower(code[:1]) + code[1:]; connector.IsClass(class) {
		return "write ‹" + class + "›: a class begins with a small letter"
	}
	names := make([]string, 0, len(given.known))
	for name := range given.known {
		names = append(names, name)
	}
	slices.Sort(names)
	if help := diag.DidYouMean(code, names); help != "" {
		return help
	}
	return "runner ops NAME lists the codes of an operation; classes are: " + strings.Join(classNames(), ", ")
}
