package flowtest

import (
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/value"
)

// endNotBegun is the outcome of an event that begins no run.
const endNotBegun = "notBegun"

// happening is the request or the tick that a test starts the flow by.
type happening struct {
	trigger *flows.Trigger
	within  time.Duration  // how long the caller of a route waits
	start   *event.Start   // nil where no run begins
	refused *report.Answer // what the caller is told then; nil for a tick
	why     string         // no run begins
}

// ofRequest keeps what a route makes of a request.
func (h *happening) ofRequest(start *event.Start, no *event.Refusal) {
	h.start = start
	switch {
	case no != nil:
		h.refused = no.Answer()
		h.why = fmt.Sprintf("it is answered with %d %s", no.Status, no.Code)
		if no.Detail != "" {
			h.why += ": " + no.Detail
		}
		if no.Cause != nil {
			h.why += "\n  " + no.Cause.Error()
		}
		for _, e := range no.Errors {
			h.why += "\n  " + strings.TrimPrefix(e.Pointer+e.Parameter+": ", ": ") + e.Detail
		}
	case start == nil:
		h.refused = &report.Answer{Status: 204}
		h.why = "the trigger's if is false, so it is answered with 204"
	}
}

// ofTick keeps what a schedule makes of a tick.
func (h *happening) ofTick(start *event.Start, err error) {
	h.start = start
	switch {
	case err != nil:
		h.why = err.Error()
	case start == nil:
		h.why = "the trigger's if is false"
	}
}

// begins reports whether there is anything to run.
func (t *Test) begins() bool { return t.event == nil || t.event.start != nil }

// started are the options of a run that an event begins.
func (h *happening) started(told func(*report.Answer), now func() time.Time) []flows.RunOption {
	if h == nil {
		return nil
	}
	return []flows.RunOption{
		flows.WithTrigger(h.trigger.Name, h.start.Digest),
		runtime.WithAnswered(func(answer func(now time.Time) *report.Answer) { told(answer(now())) }),
	}
}

// told is what the caller of a run is told: that it goes on, where it takes longer
// than the caller waits.
func (h *happening) told(run string, end *report.Answer, took time.Duration) *report.Answer {
	if end == nil || took <= h.within && h.within > 0 {
		return end
	}
	return event.GoesOn("", run)
}

// wantedResponse is what a caller is to be told.
type wantedResponse struct {
	what       string // the key in the test file
	status     int    // 0 where nothing is said
	headers    map[string]string
	body, part *any
}

// compare returns what is not as expected.
func (w *wantedResponse) compare(got *report.Answer, hide hider) string {
	switch {
	case got == nil:
		return w.what + ": there is none, because the run did not end"
	case got.Err != nil:
		return fmt.Sprintf("%s: it cannot be made: %v", w.what, got.Err)
	}
	body := bodyOf(got)
	want, is := map[string]any{}, map[string]any{}
	if w.status != 0 {
		want["status"], is["status"] = int64(w.status), int64(got.Status)
	}
	for name, text := range w.headers {
		part, _ := want["headers"].(map[string]any)
		if part == nil {
			part = map[string]any{}
			want["headers"], is["headers"] = part, map[string]any{}
		}
		part[name] = text
		if given, ok := headerOf(got, name); ok {
			is["headers"].(map[string]any)[name] = given
		}
	}
	if w.body != nil {
		want["body"], is["body"] = *w.body, body
		if equal(*w.body, body) {
			want["body"] = body // it may be written in another way
		}
	}
	if w.part != nil {
		want["bodyContains"], is["bodyContains"] = *w.part, project(*w.part, body)
		if contains(*w.part, body) {
			want["bodyContains"] = is["bodyContains"]
		}
	}
	if equal(want, is) {
		return ""
	}
	return fmt.Sprintf("%s (-want +got):\n%s\nit is:\n  %d %s", w.what, hide.diff(want, is, is), got.Status, hide.inline(body))
}

func headerOf(a *report.Answer, name string) (string, bool) {
	for other, text := range a.Headers {
		if strings.EqualFold(other, name) {
			return text, true
		}
	}
	return "", false
}

// bodyOf is a body as a value: JSON as what it says, else text, or bytes.
func bodyOf(a *report.Answer) any {
	if len(a.Body) == 0 {
		return nil
	}
	given, _ := headerOf(a, "Content-Type")
	media, _, _ := mime.ParseMediaType(given)
	if media == "application/json" || strings.HasSuffix(media, "+json") {
		if v, err := value.DecodeJSON(a.Body); err == nil {
			return v
		}
	}
	if utf8.Valid(a.Body) {
		return string(a.Body)
	}
	return a.Body
}
