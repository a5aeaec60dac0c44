package console

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/schedule"
	"github.com/medlar-flow/medlar/schema"
)

// triggerRow is a trigger, with the request that sets it off or its next tick.
type triggerRow struct {
	What, Auth, Request string
	Next                string // the next tick; empty for a request
}

// triggerOf shows a trigger.
func (c *Console) triggerOf(flow *flows.Flow, t *flows.Trigger) triggerRow {
	if t.Tool != nil {
		return triggerRow{What: "tool " + t.Tool.Name, Auth: t.Auth}
	}
	if t.Source != "" {
		return triggerRow{What: "events of " + t.Source + ": " + t.Name}
	}
	if t.Path == "" {
		return triggerRow{What: "schedule " + t.Schedule + " (" + t.Zone + ")", Next: nextTick(t, c.config.Now())}
	}
	row := triggerRow{What: t.Method + " " + t.Path, Auth: t.Auth}
	server := c.config.Server
	if server == "" {
		server = "$SERVER"
	}
	line := []string{"curl -X " + t.Method}
	line = append(line, credentials(t)...)
	if t.Method != http.MethodGet && t.Method != http.MethodDelete {
		body, err := json.Marshal(sampleBody(flow.Inputs(), placesOf(flow, t)))
		if err != nil {
			body = []byte("{}")
		}
		line = append(line, "-H 'Content-Type: application/json'", "-d "+quoted(string(body)))
	}
	row.Request = strings.Join(append(line, `"`+server+t.Path+sampleQuery(flow, t)+`"`), " ")
	return row
}

// nextTick says when a schedule ticks next, in its own zone.
func nextTick(t *flows.Trigger, now time.Time) string {
	zone, err := schedule.Zone(t.Zone)
	if err != nil {
		return sentence(err)
	}
	times, err := schedule.Parse(t.Schedule, zone)
	if err != nil {
		return sentence(err)
	}
	next, ok := times.Next(now)
	if !ok {
		return "never"
	}
	return next.In(zone).Format("2006-01-02 15:04:05 MST")
}

// credentials returns the options of curl by which callers are known. What is to be
// filled in is written as such; nothing in them is a secret.
func credentials(t *flows.Trigger) []string {
	known, ok := t.Security()
	if !ok {
		return nil
	}
	text := func(name string) string { s, _ := known.Object[name].(string); return s }
	switch text("type") {
	case "apiKey":
		return []string{"-H " + quoted(text("name")+": …")}
	case "mutualTLS":
		return []string{"--cert FILE --key FILE"}
	}
	if text("scheme") == "basic" {
		return []string{"-u NAME:PASSWORD"}
	}
	return []string{"-H 'Authorization: Bearer …'"}
}

// quoted writes a text for a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// placesOf returns where in the body the inputs of a flow are taken from.
func placesOf(flow *flows.Flow, t *flows.Trigger) map[string][]string {
	if !t.ByName {
		return t.InputPlaces()
	}
	places := map[string][]string{}
	for _, f := range flow.Inputs().Fields() {
		if !slices.Contains(t.Parts, f.Name) {
			places[f.Name] = []string{f.Name}
		}
	}
	return places
}

// sampleBody returns a body that has the inputs of a flow where they are taken from,
// each a value of its type. What has a default is left out.
func sampleBody(inputs *schema.Schema, places map[string][]string) map[string]any {
	body := map[string]any{}
	for _, f := range inputs.Fields() {
		place, ok := places[f.Name]
		if !ok || len(place) == 0 || f.Default != nil || !f.Required {
			continue
		}
		into := body
		for _, name := range place[:len(place)-1] {
			inner, ok := into[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				into[name] = inner
			}
			into = inner
		}
		into[place[len(place)-1]] = sample(f, 0)
	}
	return body
}

// sampleQuery returns a query that has the inputs of a flow that are taken from it;
// empty for none.
func sampleQuery(flow *flows.Flow, t *flows.Trigger) string {
	q := url.Values{}
	add := func(name string, f *schema.Field) {
		switch v := sample(f, 0).(type) {
		case string:
			q.Set(name, v)
		case []any:
			if f.Elem == nil || slices.Contains([]schema.Type{schema.Object, schema.Map, schema.List, schema.Any}, f.Elem.Type) {
				q.Set(name, textOf(v)) // as JSON
				return
			}
			if len(v) == 0 { // a list that is empty cannot be told from none
				v = []any{sample(f.Elem, 1)}
			}
			for _, one := range v {
				q.Add(name, textOf(one))
			}
		default:
			q.Set(name, textOf(v))
		}
	}
	switch {
	case t.ByName && (t.Method == http.MethodGet || t.Method == http.MethodDelete):
		for _, f := range flow.Inputs().Fields() {
			if f.Required && f.Default == nil && !slices.Contains(t.Parts, f.Name) {
				add(f.Name, f)
			}
		}
	case !t.ByName:
		for name, p := range t.InputParameters() {
			if f := flow.Inputs().Field(name); f != nil && f.Required && p.In == "query" {
				add(p.Name, f)
			}
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// deepest bounds how far a sample is filled in.
const deepest = 8

// sample returns a value that a field may have, as far as its type says one: a pattern
// does not.
func sample(f *schema.Field, depth int) any {
	switch {
	case f == nil || depth > deepest:
		return nil
	case f.HasSecret() && f.Type == schema.String:
		return fmt.Sprintf("(%s)", f.Name)
	case len(f.Enum) > 0 && !f.HasSecret():
		return f.Enum[0]
	case f.Example != "" && f.Type == schema.String:
		return f.Example
	}
	least := 0
	if f.MinLength != nil {
		least = min(*f.MinLength, 100)
	}
	switch f.Type {
	case schema.Integer, schema.Number:
		return sampleNumber(f)
	case schema.Boolean:
		return true
	case schema.List:
		list := make([]any, least)
		for i := range list {
			list[i] = sample(f.Elem, depth+1)
		}
		return list
	case schema.Map:
		values := map[string]any{}
		for i := range least {
			values[fmt.Sprint("name", i+1)] = sample(f.Elem, depth+1)
		}
		return values
	case schema.Object:
		return sampleObject(f.Members, depth+1)
	case schema.Any:
		return map[string]any{}
	case schema.Duration:
		return "1h"
	case schema.Timestamp:
		return "2026-11-28T08:00:00Z"
	case schema.Bytes:
		return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("a"), max(least, 1)))
	default:
		return strings.Repeat("…", max(least, 1))
	}
}

// sampleNumber is 1, or the bound that is next to it.
func sampleNumber(f *schema.Field) any {
	n := 1.0
	if f.Minimum != nil {
		n = max(n, *f.Minimum)
	}
	if f.Maximum != nil {
		n = min(n, *f.Maximum)
	}
	if f.Type == schema.Integer {
		if f.Minimum != nil && n == *f.Minimum {
			return int64(math.Ceil(n))
		}
		return int64(math.Floor(n))
	}
	return n
}

// sampleObject has the members that an object needs.
func sampleObject(members *schema.Schema, depth int) map[string]any {
	values := map[string]any{}
	if members == nil {
		return values
	}
	for _, m := range members.Fields() {
		if m.Required && m.Default == nil {
			values[m.Name] = sample(m, depth)
		}
	}
	return values
}

// trigger is one of a flow in the overview. Next is the next tick; empty for one that
// does not tick.
type trigger struct{ Flow, What, Next string }

// mostTriggers is how many the overview shows.
const mostTriggers = 50

// triggers lists what begins runs of the flows, and when each schedule ticks next.
func (c *Console) triggers(r *request) (list []trigger, more bool) {
	for _, s := range c.config.Flows() {
		flow, _, err := s.Load(r.Context())
		if err != nil || flow == nil {
			continue
		}
		for _, t := range flow.Triggers() {
			if len(list) == mostTriggers {
				return list, true
			}
			row := c.triggerOf(flow, t)
			list = append(list, trigger{flow.Name(), row.What, row.Next})
		}
	}
	return list, false
}
