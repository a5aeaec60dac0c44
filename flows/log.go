package flows

import (
	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/hexadecimal"
	"github.com/medlar-flow/medlar/internal/value"
)

// LogEvents returns a listener that writes each event as a log line: a run that fails and
// an undo that fails as errors, so that there is one only where somebody has to look; a
// step that fails, which may be caught, collected or tried again, a retry, and a run that
// was canceled and left nothing as warnings; the start and end of the flow as info, steps
// as info when they end and as debug when they start.
func LogEvents(log zerolog.Logger) report.Listener {
	return func(e report.Event) {
		level := levelOf(&e)
		if log.GetLevel() > level {
			return
		}
		line := log.WithLevel(level).Str("run", e.RunID).Str("flow", e.Flow)
		if step := stepOf(&e); step != "" {
			line = line.Str("step", step)
		}
		if e.Operation != "" {
			line = line.Str("operation", e.Operation)
		}
		if e.Undo {
			line = line.Bool("undo", true)
		}
		if e.TraceID != (report.TraceID{}) {
			line = logPlace(line, &e)
		}
		if e.Items >= 0 {
			line = line.Int64("items", e.Items)
		}
		if e.Type == report.StepLogged {
			logFields(line, e.Fields).Msg(e.Message)
			return
		}
		logFailure(logTimes(line, &e), e.Err).Msg(string(e.Type))
	}
}

// stepOf is the step that an event is about: of a run that failed the one by which it did.
func stepOf(e *Event) string {
	if e.Type == report.FlowFailed && e.Err != nil {
		return e.Err.Step
	}
	return e.Step
}

// placeForm is what logPlace writes behind the first name, with a digit of 0 for each
// that is filled in.
const placeForm = `"00000000000000000000000000000000","span_id":"0000000000000000"`

// logPlace writes where an event stands in a trace. Every line of a run has it, so both
// members are written at once: "trace_id":"…","span_id":"…".
func logPlace(line *zerolog.Event, e *Event) *zerolog.Event {
	var text [len(placeForm)]byte
	copy(text[:], placeForm)
	hexadecimal.Put(text[1:], [8]byte(e.TraceID[:8]))
	hexadecimal.Put(text[17:], [8]byte(e.TraceID[8:]))
	hexadecimal.Put(text[len(placeForm)-17:], e.SpanID)
	return line.RawJSON("trace_id", text[:])
}

// logFields writes what Event.Fields does, without a list of the names and
// without reflection for what flows mostly say.
func logFields(line *zerolog.Event, fields map[string]any) *zerolog.Event {
	var few [8]string
	for _, name := range value.SortedKeysIn(few[:0], fields) {
		switch v := fields[name].(type) {
		case string:
			line = line.Str(name, v)
		case bool:
			line = line.Bool(name, v)
		case int64:
			line = line.Int64(name, v)
		case float64:
			line = line.Float64(name, v)
		default:
			line = line.Fields([]any{name, v})
		}
	}
	return line
}

func logTimes(line *zerolog.Event, e *report.Event) *zerolog.Event {
	if e.Duration > 0 {
		line = line.Dur("duration_ms", e.Duration)
	}
	if e.Delay > 0 {
		line = line.Dur("delay_ms", e.Delay)
	}
	if e.Attempt > 0 {
		line = line.Int("attempt", e.Attempt)
	}
	return line
}

func logFailure(line *zerolog.Event, err *report.RunError) *zerolog.Event {
	if err == nil {
		return line
	}
	line = line.Str("code", err.Code).Str("class", string(err.Class)).Str("error", err.Message)
	if err.Status != 0 {
		line = line.Int("status", err.Status)
	}
	if err.RequestID != "" {
		line = line.Str("request_id", err.RequestID)
	}
	if len(err.Details) > 0 {
		if said, encoded := value.EncodeJSON(value.Brief(err.Details)); encoded == nil {
			line = line.RawJSON("details", said)
		}
	}
	return line
}

func levelOf(e *report.Event) zerolog.Level {
	if e.Type == report.StepFailed && e.Err != nil && e.Err.Step != e.Step {
		return zerolog.DebugLevel // a step around the one that failed
	}
	if e.Type == report.StepLogged {
		level, err := zerolog.ParseLevel(string(e.Level))
		if err != nil {
			return zerolog.InfoLevel
		}
		return level
	}
	switch e.Type {
	case report.FlowFailed:
		if err := e.Err; err != nil && err.Class == connector.ClassCanceled && len(err.NotUndone)+len(err.UndoErrors) == 0 {
			return zerolog.WarnLevel // somebody stopped it
		}
		return zerolog.ErrorLevel
	case report.UndoFailed:
		return zerolog.ErrorLevel
	case report.StepFailed, report.StepRetried, report.UndoStarted, report.UndoFinished:
		return zerolog.WarnLevel
	case report.StepStarted, report.StepSkipped, report.StepProgress:
		return zerolog.DebugLevel
	default:
		return zerolog.InfoLevel
	}
}
