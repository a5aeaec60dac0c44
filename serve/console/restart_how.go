package console

import (
	"encoding/json"
	"html/template"
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/value"
)

// restartAs reads how a run is to begin anew. file is the flow as its file is now; nil
// where there is none.
func (c *Console) restartAs(p *restartPage, file *flows.Flow, q url.Values) (journal.Restart, *refusal) {
	how := journal.Restart{From: p.From, Again: strings.Fields(p.Again)}
	flow := file
	if p.With == withFile {
		how.Flow = file
	} else {
		one, err := c.programs.of(p.Run, c.config.Registry)
		if err != nil {
			return how, refusalOf(err)
		}
		flow = one.flow
	}
	for _, f := range fieldsOf(flow.Inputs(), "i") {
		if f.Secret { // it would stand in the address
			continue
		}
		f.Required, f.Default = false, ""
		p.Fields = append(p.Fields, f)
	}
	inputs, ok := read(p.Fields, q, flow.ParseInput)
	if len(inputs) > 0 {
		how.Inputs = inputs
	}
	p.Others = !ok || len(inputs) > 0 || p.Again != "" || p.Results != ""
	if !ok {
		return how, &refusal{Why: "The inputs are not those that the flow takes.", Help: "Look at the entries below."}
	}
	results, refused := readResults(p.Results)
	how.Results = results
	return how, refused
}

// Link leads to the same from another step.
func (p *restartPage) Link(from string) template.URL {
	q := url.Values{"from": {from}, "with": {p.With}}
	for name, text := range map[string]string{"again": p.Again, "results": p.Results} {
		if text != "" {
			q.Set(name, text)
		}
	}
	for _, f := range p.Fields {
		if f.Text != "" {
			q.Set(f.ID, f.Text)
		}
		if f.Blank {
			q.Set(f.BlankName(), "1")
		}
	}
	return template.URL("?" + q.Encode()) //nolint:gosec // it is a query of this page
}

// readResults reads what steps gave: a line each, STEP=JSON.
func readResults(text string) (map[string]any, *refusal) {
	var results map[string]any
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		step, given, ok := strings.Cut(line, "=")
		if !ok || !json.Valid([]byte(given)) {
			return nil, &refusal{Why: "What steps gave is written in lines: a step, = and JSON.", Help: `Such as charge={"id": "p-1"}. The line that is none begins with ` + shorten(line, 40)}
		}
		v, err := value.DecodeOnce([]byte(given))
		if err != nil {
			return nil, refusalOf(err)
		}
		if results == nil {
			results = map[string]any{}
		}
		results[strings.TrimSpace(step)] = v
	}
	return results, nil
}
