package console

import (
	"errors"
	"net/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// begun notes that a run began anew.
func (b *batch) begun(plan *journal.RestartPlan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	row := &b.rows[b.place[plan.Of]]
	row.Next, row.State = plan.RunID, string(journal.Running)
}

// ended notes what became of a run.
func (b *batch) ended(o journal.RestartOutcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	row := &b.rows[b.place[o.Run.ID]]
	row.Run = o.Run
	switch {
	case o.Refused != nil:
		row.Refused = refusalOf(o.Refused)
	case o.Err != nil:
		row.State = string(stateOfEnd(o.Err))
	default:
		row.State = string(journal.Done)
	}
}

// stateOfEnd says how a run stands that Wait gave an error of.
func stateOfEnd(err error) journal.State {
	var interrupted *journal.InterruptedError
	switch {
	case errors.As(err, &interrupted):
		return journal.Interrupted
	case report.AsRunError(err).Class == connector.ClassCanceled:
		return journal.Canceled
	}
	return journal.Failed
}

// errLeftOut is of a run that the journal did not find among those to restart.
var errLeftOut = errors.New("it is not one of those any more that were asked for, or the console ends")

// close says of runs that were left out why, and returns them.
func (b *batch) close(err error) (left []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.rows {
		if row := &b.rows[i]; row.State == "" && row.Refused == nil {
			row.Refused = refusalOf(err)
			left = append(left, row.Run.ID)
		}
	}
	return left
}

// batchPage says how far a restart of several runs has come.
type batchPage struct {
	Rows                     []restartRow
	Live                     string
	Left, Going, Over, Wrong int // not begun yet, under way, ended, refused
}

// shown is the batch as it stands.
func (b *batch) shown() *batchPage {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &batchPage{Rows: append([]restartRow(nil), b.rows...)}
	for _, row := range p.Rows {
		switch {
		case row.Refused != nil:
			p.Wrong++
		case row.State == "":
			p.Left++
		case row.State == string(journal.Running):
			p.Going++
		default:
			p.Over++
		}
	}
	return p
}

var errNoBatch = errors.New("the console knows nothing of it any more; look at the runs themselves")

func (c *Console) showBatch(w http.ResponseWriter, r *request) {
	one := c.batches.find(r.PathValue("batch"))
	if one == nil {
		c.fail(w, r, http.StatusNotFound, errNoBatch)
		return
	}
	p := one.shown()
	if p.Left+p.Going > 0 {
		p.Live = c.config.Prefix + "/live/restarts/" + itoa(one.number)
	}
	c.render(w, r, http.StatusOK, "batch", page{Title: "Restarted runs", Here: "runs", Body: p})
}

// watchBatch streams how far it has come, until all runs have ended.
func (c *Console) watchBatch(w http.ResponseWriter, r *request) {
	one := c.batches.find(r.PathValue("batch"))
	if one == nil {
		http.Error(w, "there is none", http.StatusNotFound)
		return
	}
	c.stream(w, r, func() ([]byte, bool, error) {
		p := one.shown()
		text, err := c.text("batch-list", page{Body: p})
		return frame(text), p.Left+p.Going == 0, err
	}, noNews)
}
