package journal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Details is a run with all that the journal knows of it, for people: what is
// encrypted is "***".
type Details struct {
	Run
	// Origin is the folder where the files were; File the flow's file in it.
	Origin, File string
	// Local is true where the run began in a sandbox.
	Local  bool
	Inputs map[string]any // as they were given, secrets hidden
	// CancelRequested is true where somebody asked to cancel a run that goes on.
	CancelRequested bool
	Output          any              // of a run that is done
	Err             *report.RunError // nil where it did not fail
	Steps           []Step           // in the order in which they ended

	files   map[string]any
	start   *start
	records []*record
	places  map[int64]int // in Steps, by the numbers of records
}

// Step is one attempt of a call, or a wait.
type Step struct {
	Path      string // with #2 for a second attempt; "/smoke[0..255]" for iterations
	Operation string // empty for a wait
	// Started is zero where it is not known; Ended for what has not ended.
	Started, Ended time.Time
	// Until is when a wait ends; zero for a wait for a signal that never does.
	Until time.Time
	// Signal names the signal that a wait is for; empty for anything else. Its
	// Result has the values that came.
	Signal string
	Key    string // of the signal; empty for none
	// Params are those of a call, without secrets; nil before ReadBack.
	Params map[string]any
	Result any              // of a step that has ended well
	Err    *report.RunError // why it failed; nil where it did not
	// Iterations is the number of iterations of a loop that have ended and are
	// one record now, without what they gave; 0 for anything else.
	Iterations int64
	// Kept is true of what an earlier generation did, which the run was restarted from.
	Kept bool
	// Withheld is true where the result is not stored, since it holds a secret.
	Withheld bool
}

// Show returns all that the journal knows of a run. A *DamagedError says that
// what is stored cannot be read; it comes with what could be.
func (j *Journal) Show(ctx context.Context, id string) (*Details, error) {
	d, _, err := (&Follower{journal: j, id: id, whole: true}).Read(ctx)
	return d, err
}

// Left returns what the iterations of a step left that are one record now, for people:
// the values that its loop collects, the failures that it went on after, or what rounds
// have set. It is nil for any other step, after ReadBack, and where a Follower gave d.
func (j *Journal) Left(d *Details, step int) any {
	if step < 0 || step >= len(d.Steps) || d.Steps[step].Iterations == 0 {
		return nil
	}
	for _, rec := range d.records {
		if i, ok := d.places[rec.seq]; ok && i == step && rec.kind == kindFold {
			return j.shown(d.ID, rec)
		}
	}
	return nil
}

// shown returns what a record holds, for people.
func (j *Journal) shown(id string, rec *record) any {
	if rec.sealed && rec.kind == kindFailure {
		v, err := j.body(id, rec)
		m, _ := v.(map[string]any)
		if err != nil {
			m = map[string]any{"code": schema.Masked}
		}
		// What an error is may be shown, what it says may not.
		return map[string]any{"code": m["code"], "class": m["class"], "message": schema.Masked, "status": m["status"]}
	}
	if rec.sealed {
		return schema.Masked
	}
	v, err := j.body(id, rec)
	if err != nil {
		return nil
	}
	return value.Plain(v)
}

// Changed returns the names of the run's files that are not any more what they
// were when it began, sorted. read gives a file as it is now.
func (d *Details) Changed(read func(name string) ([]byte, error)) []string {
	var changed []string
	for _, name := range value.SortedKeys(d.files) {
		was, _ := d.files[name].([]byte)
		if now, err := read(name); err != nil || !slices.Equal(now, was) {
			changed = append(changed, name)
		}
	}
	return changed
}

// Text returns a file of the run's program, as it was when the run began; nil where
// there is none of that name, and where it cannot be read for want of a key.
func (d *Details) Text(name string) []byte {
	text, _ := d.files[name].([]byte)
	return text
}

// Program tells the run's program from others: runs of the same files, checked from the
// same one of them, have the same text. It is empty where the beginning of the run
// cannot be read.
func (d *Details) Program() string {
	if d.start == nil {
		return ""
	}
	return fmt.Sprintf("%x %s", d.start.digest, d.File)
}

// Size is how many bytes the files of the run's program have.
func (d *Details) Size() (n int) {
	for _, text := range d.files {
		text, _ := text.([]byte)
		n += len(text)
	}
	return n
}

// Load checks the program of the run, as Resume does.
func (d *Details) Load(registry *connector.Registry) (*flows.Flow, error) {
	return flows.LoadForResume(wire.Files(d.files), d.File, registry) //nolint:wrapcheck // a *CheckError prints itself
}
