package serve

import (
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/internal/metrics"
)

// runMeasures is what is counted of runs and their calls.
type runMeasures struct {
	runs        *metrics.Counter
	runSeconds  *metrics.Histogram
	attempts    *metrics.Counter
	callSeconds *metrics.Histogram
	undos, left *metrics.Counter
}

func newRunMeasures(set *metrics.Set) runMeasures {
	return runMeasures{
		runs:        set.Counter("medlar_runs_total", "Runs that ended: done, failed, not_undone (failed, and something is left to undo) or canceled.", "flow", "trigger", "version", "outcome"),
		runSeconds:  set.Histogram("medlar_run_duration_seconds", "Time from the beginning of a run to its end.", longTimes, "flow", "trigger", "outcome"),
		attempts:    set.Counter("medlar_attempts_total", "Attempts of calls: ok, or the class of their failure.", "operation", "class"),
		callSeconds: set.Histogram("medlar_call_duration_seconds", "Time of a call with all its attempts and the pauses between them.", shortTimes, "operation"),
		undos:       set.Counter("medlar_undos_total", "Undos of steps: done or failed.", "flow", "outcome"),
		left:        set.Counter("medlar_undos_left_total", "Steps that runs which ended could not undo.", "flow"),
	}
}

// count counts a run that has ended.
func (m *runMeasures) count(flow, trigger, version, outcome string, failure *report.RunError, took time.Duration) {
	if failure != nil {
		if n := len(failure.NotUndone); n > 0 || len(failure.UndoErrors) > 0 {
			outcome = "not_undone"
			m.left.Add(float64(n), flow)
		}
	}
	m.runs.Add(1, flow, trigger, version, outcome)
	m.runSeconds.Observe(took.Seconds(), flow, trigger, outcome)
}

// listen counts what happens in runs. It is a report.Listener.
func (m *runMeasures) listen(e report.Event) {
	switch {
	case e.Type == report.UndoFinished:
		m.undos.Add(1, e.Flow, "done")
	case e.Type == report.UndoFailed:
		m.undos.Add(1, e.Flow, "failed")
	case e.Operation == "":
	case e.Type == report.StepFinished:
		m.attempts.Add(1, e.Operation, "ok")
		m.callSeconds.Observe(e.Duration.Seconds(), e.Operation)
	case e.Type == report.StepRetried:
		m.attempts.Add(1, e.Operation, string(e.Err.Class))
	case e.Type == report.StepFailed && e.Attempt > 0: // others were not called
		m.attempts.Add(1, e.Operation, string(e.Err.Class))
		m.callSeconds.Observe(e.Duration.Seconds(), e.Operation)
	}
}

// RunMetrics counts runs and their calls for Prometheus where no Server does: in a worker
// of Temporal. Make one by NewRunMetrics, and serve it as GET /metrics. Its methods may be
// called at the same time.
type RunMetrics struct {
	set metrics.Set
	of  runMeasures
}

// NewRunMetrics returns one that has counted nothing.
func NewRunMetrics() *RunMetrics {
	m := &RunMetrics{}
	m.of = newRunMeasures(&m.set)
	return m
}

// Listen counts the calls of runs. It is a report.Listener.
func (m *RunMetrics) Listen(e report.Event) { m.of.listen(e) }

// Ended counts a run that has ended, for temporal.WithEnded.
func (m *RunMetrics) Ended(run report.Remote, at time.Time, failure *report.RunError) {
	state := journal.Done
	if failure != nil {
		state = stateOf(failure)
	}
	m.of.count(run.Flow, run.Trigger, run.Version, string(state), failure, at.Sub(run.Began))
}

// ServeHTTP answers GET and HEAD of /metrics with all that is counted. Nobody is asked who
// they are.
func (m *RunMetrics) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case req.URL.Path != "/metrics":
		http.NotFound(w, req)
	case req.Method != http.MethodGet && req.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "ask with GET", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", metrics.ContentType)
		_ = m.set.Write(w) // who has gone reads nothing more
	}
}
