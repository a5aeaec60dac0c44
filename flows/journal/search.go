package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// criterion is a condition of a search that an index of the file answers.
type criterion struct {
	from  string // the table, with its index
	where string
	args  []any
	order string // the latest first
}

// enough is how many runs are counted to find out which criterion is the
// narrowest.
const enough = 2000

// Search finds runs by indexes; a step and a text are looked for within what
// these leave.
func (f *file) Search(ctx context.Context, filter Filter) ([]Run, error) {
	if err := f.upToDate(ctx, ""); err != nil {
		return nil, err
	}
	text, args, err := f.question(ctx, filter)
	if err != nil {
		return nil, err
	}
	list := []Run{}
	err = f.each(ctx, func(rows *sql.Rows) error {
		var r Run
		n, err := scanRun(rows.Scan, &r)
		r.Key = strconv.FormatInt(nanosOf(r.Started), 10) + "." + strconv.FormatInt(n, 10)
		if err == nil && filter.within(r) {
			list = append(list, r)
		}
		if err == nil && filter.Limit > 0 && len(list) == filter.Limit {
			err = errEnough
		}
		return err
	}, text, args...)
	if (err == nil || errors.Is(err, errEnough)) && slices.ContainsFunc(list, func(r Run) bool { return r.State != Running }) {
		err = cmp.Or(f.settled(), err)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return list, f.readLabels(ctx, list)
}

// question asks for the runs of a filter.
func (f *file) question(ctx context.Context, filter Filter) (text string, args []any, err error) {
	rest, err := f.conditions(ctx, filter)
	if err != nil {
		return "", nil, err
	}
	by, err := f.narrowest(ctx, criteria(filter))
	if err != nil {
		return "", nil, err
	}
	where := append([]string{by.where}, rest.where...)
	return `SELECT ` + runColumns + ` FROM ` + by.from + ` WHERE ` + strings.Join(where, " AND ") + ` ORDER BY ` + by.order,
		slices.Concat(by.args, rest.args), nil
}

// errEnough ends the reading of rows.
var errEnough = errors.New("enough")

// runColumns are what scanRun reads first.
const runColumns = "r.n, r.id, r.flow, r.state, r.started, r.ended, r.waits, r.owner, r.code, r.class, r.step, r.message, r.next"

// scanRun reads a run, without its key and its labels, and what is selected
// behind it. It returns the number of its row.
func scanRun(scan func(to ...any) error, r *Run, more ...any) (n int64, err error) {
	var started, ended int64
	to := []any{&n, &r.ID, &r.Flow, &r.State, &started, &ended, &r.Waits, &r.Owner, &r.Code, &r.Class, &r.Step, &r.Message, &r.Next}
	err = scan(append(to, more...)...)
	r.Started, r.Ended = timeOf(started), timeOf(ended)
	return n, err
}

// criteria are those of a filter, those that are mostly narrow first.
func criteria(f Filter) []criterion {
	var list []criterion
	add := func(index, where string, args ...any) {
		list = append(list, criterion{"runs r INDEXED BY " + index, where, args, "r.started DESC, r.n DESC"})
	}
	for _, name := range value.SortedKeys(f.Labels) {
		list = append(list, criterion{
			"labels l CROSS JOIN runs r ON r.n = l.run", "l.name = ? AND l.value = ?", []any{name, f.Labels[name]}, "l.started DESC, l.run DESC",
		})
	}
	if f.Code != "" {
		add("runs_by_code", "r.code = ? AND r.code <> ''", f.Code)
	}
	state := f.State.stored()
	if state == string(Done) {
		state = "" // no index has these alone
	}
	if f.Flow != "" && state != "" {
		add("runs_by_flow_state", "r.flow = ? AND r.state = ? AND r."+sqlNotDone, f.Flow, state)
	}
	if f.Class != "" {
		add("runs_by_class", "r.class = ? AND r.class <> ''", f.Class)
	}
	if f.Flow != "" && state == "" {
		add("runs_by_flow", "r.flow = ?", f.Flow)
	}
	if f.Flow == "" && state != "" {
		add("runs_by_state", "r.state = ? AND r."+sqlNotDone, state)
	}
	if len(list) == 0 {
		add("runs_by_start", "TRUE")
	}
	return list
}

// stored is the state as rows have it.
func (s State) stored() string {
	if s == Interrupted || s == Waiting {
		s = Running
	}
	return string(s)
}

// terms are conditions with their arguments.
type terms struct {
	where []string
	args  []any
}

func (t *terms) add(where string, args ...any) {
	t.where, t.args = append(t.where, where), append(t.args, args...)
}

// conditions are all that indexes can say about the runs of a filter.
func (f *file) conditions(ctx context.Context, filter Filter) (*terms, error) {
	t := &terms{}
	if !filter.Since.IsZero() {
		t.add("r.started >= ?", filter.Since.UnixNano())
	}
	if !filter.Until.IsZero() {
		t.add("r.started < ?", filter.Until.UnixNano())
	}
	if filter.After != "" {
		started, n, ok := parseKey(filter.After)
		if !ok {
			return nil, fmt.Errorf("%q: %w", filter.After, ErrNoKey)
		}
		t.add("r.started <= ? AND (r.started, r.n) < (?, ?)", started, started, n)
	}
	if filter.Flow != "" {
		t.add("r.flow = ?", filter.Flow)
	}
	if filter.Code != "" {
		t.add("r.code = ?", filter.Code)
	}
	if filter.Class != "" {
		t.add("r.class = ?", filter.Class)
	}
	for _, name := range value.SortedKeys(filter.Labels) {
		t.add("EXISTS (SELECT 1 FROM labels x WHERE x.name = ? AND x.value = ? AND x.started = r.started AND x.run = r.n)", name, filter.Labels[name])
	}
	return t, f.stateIs(ctx, filter.State, t)
}

// stateIs adds the condition of a state: a run that has not ended is running as
// long as its owner lives.
func (f *file) stateIs(ctx context.Context, s State, t *terms) error {
	if s == "" {
		return nil
	}
	t.add("r.state = ?", s.stored())
	switch s {
	case Running, Waiting:
		t.add("r.waits = ?", s == Waiting)
	case Interrupted:
	default:
		return nil
	}
	living, err := f.living(ctx)
	if err != nil {
		return err
	}
	names := make([]any, len(living))
	for i, name := range living {
		names[i] = name
	}
	in := "IN"
	if s == Interrupted {
		in = "NOT IN"
	}
	t.add("r.owner "+in+" ("+strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")+")", names...)
	return nil
}

// living names the processes that are alive.
func (f *file) living(ctx context.Context) (names []string, err error) {
	entries, err := os.ReadDir(f.path + ownersFolder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for processes: %w", err)
	}
	for _, e := range entries {
		alive, err := f.Alive(ctx, e.Name())
		if err != nil {
			return nil, err
		}
		if alive {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// narrowest returns the criterion with the fewest runs, counted up to enough.
func (f *file) narrowest(ctx context.Context, list []criterion) (best criterion, err error) {
	if len(list) == 1 {
		return list[0], nil
	}
	least := int64(-1)
	for _, c := range list {
		var n int64
		err := f.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+c.counted()+` WHERE `+c.where+` LIMIT ?)`, append(slices.Clone(c.args), enough)...).Scan(&n)
		if err != nil {
			return c, f.explain(err)
		}
		if least < 0 || n < least {
			best, least = c, n
		}
	}
	return best, nil
}

// counted is the table that a criterion's runs are counted in.
func (c *criterion) counted() string {
	table, _, _ := strings.Cut(c.from, " CROSS JOIN")
	return table
}

// mostAtOnce is how many runs a statement asks for the labels of.
const mostAtOnce = 500

// readLabels reads the labels of runs that were found.
func (f *file) readLabels(ctx context.Context, list []Run) error {
	of := map[int64]*Run{}
	for some := range slices.Chunk(list, mostAtOnce) {
		clear(of)
		args := make([]any, len(some))
		for i := range some {
			_, n, _ := parseKey(some[i].Key)
			args[i], of[n] = n, &some[i]
		}
		err := f.each(ctx, func(rows *sql.Rows) error {
			var n int64
			var name, text string
			err := rows.Scan(&n, &name, &text)
			if r := of[n]; r != nil && r.Labels == nil {
				r.Labels = map[string]string{name: text}
			} else if r != nil {
				r.Labels[name] = text
			}
			return err //nolint:wrapcheck // each explains it
		}, `SELECT run, name, value FROM labels INDEXED BY labels_by_run WHERE run IN (?`+strings.Repeat(", ?", len(some)-1)+`)`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *file) labels(ctx context.Context, run int64) (labels map[string]string, err error) {
	err = f.each(ctx, func(rows *sql.Rows) error {
		var name, text string
		err := rows.Scan(&name, &text)
		if labels == nil {
			labels = map[string]string{}
		}
		labels[name] = text
		return err //nolint:wrapcheck // each explains it
	}, `SELECT name, value FROM labels INDEXED BY labels_by_run WHERE run = ?`, run)
	return labels, err
}

// parseKey reads the key of a run: when it began and its number.
func parseKey(key string) (started, n int64, ok bool) {
	a, b, _ := strings.Cut(key, ".")
	started, err1 := strconv.ParseInt(a, 10, 64)
	n, err2 := strconv.ParseInt(b, 10, 64)
	return started, n, cmp.Or(err1, err2) == nil
}
