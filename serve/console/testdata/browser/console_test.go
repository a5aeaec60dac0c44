package browser

import (
	"context"
	"strings"
	"testing"
	"time"
)

const chargeFlow = `flow: charge
description: Takes money for an order, and tells the customer.
inputs: {customer: {type: string, default: c-1, description: Whom to charge.}}
labels: {customer: "${ctx.customer}"}
steps:
  - {id: reserve, call: test.do, with: {name: reserve}, undo: [{call: test.do, with: {name: free}}]}
  - parallel:
      check: [{id: address, call: test.do, with: {name: address}}]
      score: [{id: score, call: test.do, with: {name: score}}]
  - id: charge
    call: test.do
    with: {name: charge}
  - {id: tell, call: test.do, with: {name: "tell ${ctx.customer}"}}
output: "${steps.tell.name}"
`

const approvalFlow = `flow: approval
steps:
  - {id: before, call: test.do, with: {name: before}}
  - id: ok
    wait: {signal: approval, timeout: 48h, accepts: {approved: {type: boolean, required: true}, note: {type: string, maxLength: 12}, amount: {type: integer}}}
  - {id: after, call: test.do, with: {name: "approved ${steps.ok.approved}"}}
output: "${steps.ok.note}"
`

const ordersFlow = `flow: orders
secrets: {token: {env: TOKEN}}
inputs: {customer: {type: string, required: true}, amount: {type: integer, required: true}}
triggers:
  - http: POST /orders/{customer}
    auth: {bearer: "${secrets.token}"}
  - name: nightly
    schedule: "0 3 * * *"
    timezone: Europe/Berlin
    with: {customer: none, amount: 1}
steps:
  - {call: test.do, with: {name: "${ctx.customer}"}}
`

const typesFlow = `flow: types
inputs:
  text: {type: string, required: true, maxLength: 8}
  count: {type: integer, default: 3}
  rate: {type: number}
  on: {type: boolean}
  kind: {type: string, enum: [small, large]}
  wait: {type: duration}
  at: {type: timestamp}
  list: {type: list, items: {type: string}}
  map: {type: map}
  object: {type: object, members: {x: {type: integer}}}
  any: {type: any}
steps:
  - {call: test.do, with: {name: "${ctx.text}"}}
output: {text: "${ctx.text}", count: "${ctx.count}", rate: "${ctx.rate}", on: "${ctx.on}", kind: "${ctx.kind}", wait: "${ctx.wait}", at: "${ctx.at}", list: "${ctx.list}", map: "${ctx.map}", object: "${ctx.object}", any: "${ctx.any}"}
`

const badFlow = "flow: bad\nsteps:\n  - call: test.dot\n"

// One browser is for all: to start it takes longer than most of them.
func TestConsole(t *testing.T) {
	all := start(t)
	for name, test := range map[string]func(t *testing.T, browser context.Context){"every page": everyPage, "repair": repair, "repair many": repairMany, "keyboard": keyboard, "long": longRun, "many steps": manySteps, "actions": actions, "two watch": twoWatch, "people": peopleLogIn, "issuer": issuerLogsIn} {
		t.Run(name, func(t *testing.T) { test(t, all) })
	}
}

// Every page shows in light and dark, wide and 360 px narrow, without a mistake that
// axe-core finds, without scrolling sideways, and without the browser complaining.
func everyPage(t *testing.T, browser context.Context) {
	script := axeScript(t)
	w := newWorld(t, map[string]string{"bad.yaml": badFlow, "charge.yaml": chargeFlow, "approval.yaml": approvalFlow, "types.yaml": typesFlow, "orders.yaml": ordersFlow})
	w.set("charge", true)
	w.run("charge.yaml", "order-1001", map[string]any{"customer": "ada"})
	w.set("free", true)
	w.run("charge.yaml", "left-1", map[string]any{"customer": "eve"})
	w.set("free", false)
	w.set("charge", false)
	w.run("charge.yaml", "order-1002", map[string]any{"customer": "bob"})
	w.run("types.yaml", "types-1", map[string]any{"text": "go"})
	waits := w.start("approval.yaml", "approval-7", nil)
	b := newTab(t, browser, w)
	b.open("/runs")
	check := func(name string) {
		for _, as := range []struct {
			width  int64
			scheme string
		}{{1100, "light"}, {360, "dark"}} {
			b.look(as.width, as.scheme)
			for _, found := range b.axe(script) {
				t.Errorf("%s, %s: %s", name, as.scheme, found)
			}
			if wide, _ := ask[int64](b, "document.documentElement.scrollWidth"); wide > as.width {
				t.Errorf("%s is %d pixels wide on a screen of %d", name, wide, as.width)
			}
		}
		b.look(1100, "light")
	}
	check("/login")
	b.write("Token", "not the token at all")
	b.press("Log in")
	b.sees("That is not the token.")
	b.write("Token", token)
	b.press("Log in")
	if at := b.at(); at != "/runs" {
		t.Errorf("the login leads to %s", at)
	}
	b.sees("order-1001", "approval-7")
	for _, p := range []struct {
		path  string
		texts []string
		image string
	}{
		{"/", []string{"Waiting", "approval-7", "order-1001", "The last 24 hours", "Triggers", "POST /orders/{customer}", "03:00:00 CE"}, "console-overview"},
		{"/?by=minutes", []string{"The last hour", "a minute a bar"}, ""},
		{"/undone", []string{"left-1", "the bank declined free", "Take it back by hand"}, ""},
		{"/undone?since=odd", []string{"Since: write how long ago"}, ""},
		{"/restart", []string{"order-1001", "left-1"}, ""},
		{"/restart?flow=charge&from=%2Freserve&plan=1", []string{"2 of 2 can begin anew", "takes over to undo"}, ""},
		{"/restarts/9", []string{"That did not work"}, ""},
		{"/runs", []string{"order-1001", "Declined at /charge"}, "console-runs"},
		{"/runs?state=done&flow=charge", []string{"order-1002"}, ""},
		{"/runs?since=odd", []string{"Since: write how long ago"}, ""},
		{"/runs/order-1001", []string{"Failure", "the bank declined charge", "charge.yaml:11:5", "Undone", "Timeline", "Run again"}, "console-run"},
		{"/runs/order-1001/restart", []string{"Restart from"}, ""},
		{"/runs/order-1001/restart?from=%2Freserve", []string{"What would happen", "Restart now"}, "console-restart"},
		{"/runs/order-1002", []string{"Output", "tell bob"}, ""},
		{"/runs/order-1002/steps", []string{"1 to 5 of 5"}, ""},
		{"/runs/order-1002/step?n=4", []string{"Parameters", "Result"}, ""},
		{"/runs/approval-7", []string{"Answer approval", "approved (required)"}, "console-answer"},
		{"/runs/none", []string{"That did not work"}, ""},
		{"/flows", []string{"has mistakes", "orders.yaml"}, ""},
		{"/flows/types", []string{"text (required)", "Written as JSON."}, ""},
		{"/flows/orders", []string{"https://flows.example.com/orders/{customer}", "03:00:00 CE"}, "console-flow"},
		{"/flows/bad.yaml", []string{"bad.yaml:3:11"}, ""},
		{"/operations", []string{"test.do"}, ""},
		{"/operations/test.do", []string{"Do something."}, ""},
		{"/functions", []string{"upper("}, ""},
	} {
		b.open(p.path)
		b.sees(p.texts...)
		if p.image != "" {
			b.picture(p.image)
		}
		check(p.path)
	}
	b.press("Runs")
	if first, _ := ask[bool](b, `document.querySelector("a, button, input").classList.contains("skip")`); !first {
		t.Error("the keyboard comes to something else before the link to the content")
	}
	b.press("Log out")
	b.open("/runs/order-1001")
	b.sees("Log in")
	waits.Cancel()
}

// A newcomer finds a failed run, mends its flow, and restarts it from the step, by the
// labels of the pages alone.
func repair(t *testing.T, browser context.Context) {
	w := newWorld(t, map[string]string{"charge.yaml": strings.Replace(chargeFlow, "with: {name: charge}", "with: {name: chrage}", 1)})
	w.set("chrage", true)
	w.run("charge.yaml", "order-1001", map[string]any{"customer": "ada"})
	b := newTab(t, browser, w)
	b.login()
	b.sees("Failed", "Declined at /charge")
	b.press("order-1001")
	b.sees("Failure", "the bank declined chrage", "charge.yaml:11:5", "Undone")
	w.write("charge.yaml", strings.Replace(chargeFlow, "test.do\n    with: {name: charge}", "test.dod\n    with: {name: charge}", 1))
	b.press("Restart")
	b.sees("Mistakes in charge.yaml", "charge.yaml:11:11")
	w.write("charge.yaml", chargeFlow)
	b.write("With", "charge.yaml as it is now (changed)")
	b.press("Show what would happen")
	b.sees("it was undone", "The latest step from which it can begin is")
	b.press("/reserve")
	b.sees("What would happen", "order-1001.2", "Runs again")
	if got := w.called(); strings.Contains(got, "charge") {
		t.Errorf("looking called something: %s", got)
	}
	b.press("Restart now")
	if at := b.at(); at != "/runs/order-1001.2?did=restart" {
		t.Errorf("one comes to %s", at)
	}
	b.sees("The run began anew.", "tell ada", "done")
	b.press("order-1001")
	b.sees("Restarted as", "order-1001.2")

	// The name of a file may be longer than a screen is wide.
	w = newWorld(t, map[string]string{longName: "flow: long\nsteps: [{id: charge, call: test.do, with: {name: charge}}]\n"})
	w.set("charge", true)
	w.run(longName, "r", nil)
	b = newTab(t, browser, w)
	b.login()
	b.look(360, "light")
	for _, page := range []string{"/runs/r/restart", "/restart?flow=long"} {
		b.open(page)
		b.until("the file can be chosen", `document.querySelector("#with").innerText.includes(`+quote(longName)+`)`)
		if wide, _ := ask[int64](b, "document.documentElement.scrollWidth"); wide > 360 {
			t.Errorf("%s is %d pixels wide on a screen of 360", page, wide)
		}
	}
}

// A failed run is found and restarted by the keyboard alone.
func keyboard(t *testing.T, browser context.Context) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.set("address", true)
	w.run("charge.yaml", "order-1001", nil)
	w.set("address", false)
	b := newTab(t, browser, w)
	b.open("/")
	b.keys(token + "\r") // the entry has the focus
	b.sees("Overview", "Declined at /2/check/address")
	b.reach("order-1001")
	b.reach("Restart")
	b.until("there is a form", `document.querySelector("#from")`)
	b.until("the entry is reached", `(document.querySelector("#from").focus(), document.activeElement.id === "from")`)
	b.keys("/re")
	b.until("a step is chosen by its letters", `document.querySelector("#from").value === "/reserve"`)
	b.reach("Show what would happen")
	b.sees("What would happen")
	b.reach("Restart now")
	b.sees("The run began anew.", "order-1001.2", "done")
}

// All runs that failed begin anew, after a look at what would happen; one is taken out.
func repairMany(t *testing.T, browser context.Context) {
	script := axeScript(t)
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.set("charge", true)
	for _, id := range []string{"o-1", "o-2", "o-3"} {
		w.run("charge.yaml", id, nil)
	}
	w.set("charge", false)
	before := w.called()
	b := newTab(t, browser, w)
	b.login()
	b.press("Restart failed runs")
	b.write("Flow", "charge")
	b.write("Restart from", "/reserve")
	b.press("Show what would happen")
	b.sees("3 of 3 can begin anew; nothing has run.", "o-2.2")
	if w.called() != before {
		t.Errorf("looking called something: %s", w.called())
	}
	if _, err := ask[bool](b, `document.querySelector("input[value=o-2]").click(), true`); err != nil {
		t.Fatal(err)
	}
	release := w.hold("tell c-1")
	b.press("Restart these now")
	b.sees("2 under way, 0 ended, 0 refused.")
	for _, width := range []int64{360, 1100} {
		b.look(width, "dark")
		for _, found := range b.axe(script) {
			t.Errorf("the restarted runs, %d wide: %s", width, found)
		}
	}
	release()
	b.sees("0 under way, 2 ended, 0 refused.", "o-1.2", "o-3.2", "done")
	b.press("o-1.2")
	b.sees("tell c-1", "Restart of")
	b.open("/runs?state=failed")
	b.press("Restart these")
	b.sees("o-2")
	if gone, _ := ask[bool](b, `!document.querySelector("main").innerText.includes("o-1")`); !gone {
		t.Error("a run that was restarted can be restarted again")
	}
}

// What the page of a long run lacks comes behind it, also on the page of a run that is
// under way, and on that of a step.
func longRun(t *testing.T, browser context.Context) {
	script := axeScript(t)
	long := "flow: charge\nsteps:\n" + strings.Repeat("  - {call: test.do, with: {name: x}} # "+strings.Repeat("-", 200)+"\n", 300) + "  - {id: last, call: test.do, with: {name: last}}\n"
	w := newWorld(t, map[string]string{"charge.yaml": long})
	w.set("last", true)
	w.run("charge.yaml", "long-1", nil)
	b := newTab(t, browser, w)
	b.login()
	b.open("/runs/long-1")
	b.sees("the bank declined last", "Steps of the flow", "charge.yaml:303:", "Run again")
	for _, found := range b.axe(script) {
		t.Errorf("a long run: %s", found)
	}
	b.open("/runs/long-1/step?n=300")
	b.sees("Parameters", "last")
	w.write("charge.yaml", long+"output: x\n")
	w.set("last", false)
	release := w.hold("last")
	w.start("charge.yaml", "long-2", nil)
	b.open("/runs/long-2")
	b.sees("running", "Steps of the flow", "Cancel")
	release()
	b.until("the end is seen", `document.querySelector("#live [role=status]").innerText === "done"`)
	b.sees("Steps of the flow")
}

// manySteps watches a run whose rows come, and go, in groups: what the page has at its
// end is what it has when it is opened then.
func manySteps(t *testing.T, browser context.Context) {
	w := newWorld(t, map[string]string{"charge.yaml": `flow: charge
steps:
  - {forEach: "${1..60}", do: [{call: test.do, with: {name: x}}]}
  - {call: test.do, with: {name: a}}
  - {forEach: "${1..190}", do: [{call: test.do, with: {name: x}}]}
  - {call: test.do, with: {name: b}}
  - {call: test.do, with: {name: last}}
`})
	a, last := w.hold("a"), w.hold("b")
	defer a()
	defer last()
	w.start("charge.yaml", "r", nil)
	for w.called() == "" || !strings.HasSuffix(w.called(), " a") {
		time.Sleep(time.Millisecond)
	}
	b := newTab(t, browser, w)
	b.login()
	b.open("/runs/r")
	const rows = `document.querySelectorAll("#live-did tbody tr").length`
	b.until("the rows are there", rows+" === 61")
	a()
	b.until("rows have come, and gone", rows+" === 202")
	b.sees("All 252 steps")
	last()
	b.until("the end is seen", `document.querySelector("#live [role=status]").innerText === "done"`)
	const text = `document.querySelector("#live-did").innerText + document.querySelector("#live-graph").innerHTML + document.querySelector("#live-gave").innerText`
	live, err := ask[string](b, text)
	if err != nil {
		t.Fatal(err)
	}
	b.open("/runs/r")
	if opened, err := ask[string](b, text); err != nil || live != opened {
		t.Errorf("watched it has\n%s\nopened\n%s\n%v", live, opened, err)
	}
}

// Every action is done by its button: start by a form with every type of input, after
// one with mistakes; cancel, resume, run again, answer.
func actions(t *testing.T, browser context.Context) {
	w := newWorld(t, map[string]string{"types.yaml": typesFlow, "charge.yaml": chargeFlow})
	b := newTab(t, browser, w)
	b.login()
	b.press("Flows")
	b.press("types")
	b.write("text (required)", "much too long")
	b.write("count", "many")
	b.write("list", "[1")
	b.press("Start")
	b.sees("The inputs are not those that the flow takes.")
	if marked, _ := ask[int](b, `document.querySelectorAll("[aria-invalid=true]").length`); marked < 2 {
		t.Errorf("%d entries are marked as wrong", marked)
	}
	for label, text := range map[string]string{
		"text (required)": "go", "count": "4", "rate": "1.5", "on": "true", "kind": "large", "wait": "90m", "at": "2026-11-28T08:00:00Z",
		"list": `["x", "y"]`, "map": `{"a": 1}`, "object": `{"x": 1}`, "any": "[null]",
	} {
		b.write(label, text)
	}
	b.press("Start")
	b.sees("The run has begun.", `"count": 4`, `"rate": 1.5`, `"on": true`, `"kind": "large"`, `"wait": "1h30m0s"`, `"at": "2026-11-28T08:00:00Z"`, `"a": 1`, `"x": 1`, "Output")
	run, _, _ := strings.Cut(b.at(), "?")
	b.press("Run again")
	b.sees("The inputs are those of run")
	b.write("text (required)", "again")
	b.press("Start")
	b.sees("The run has begun.", `"text": "again"`, `"count": 4`, `"kind": "large"`, "Output")
	if again, _, _ := strings.Cut(b.at(), "?"); again == run {
		t.Error("it is the same run")
	}

	release := w.hold("charge")
	defer release()
	h := w.start("charge.yaml", "c-1", nil)
	b.open("/runs/c-1")
	b.sees("running")
	h.Interrupt()
	b.press("Resume")
	b.sees("The run goes on in this process.", "running")
	b.press("Cancel")
	b.sees("canceled", "Undone")
	if did, want := w.did(), "[login start start start resume cancel]"; did != want {
		t.Errorf("the audit was told %s, not %s", did, want)
	}
}

// Two people watch a run live to its end. One answers it, and the form of the other
// goes; what the other was writing meanwhile stays until then. A connection that is
// lost comes back by itself, and shows what was missed.
func twoWatch(t *testing.T, browser context.Context) {
	w := newWorld(t, map[string]string{"approval.yaml": approvalFlow})
	before, after := w.hold("before"), w.hold("approved true")
	defer before()
	defer after()
	w.start("approval.yaml", "r", nil)
	one, two := newTab(t, browser, w), newTab(t, browser, w)
	for _, b := range []*tab{one, two} {
		b.login()
		b.open("/runs")
		b.sees("running")
		b.open("/runs/r")
		b.sees("running", "before")
	}
	state := func(b *tab, want string) {
		t.Helper()
		b.until("the state is "+want, `document.querySelector("#live [role=status]").innerText === `+quote(want))
	}
	before()
	for _, b := range []*tab{one, two} {
		state(b, "waiting")
		b.sees("Answer approval")
	}
	two.write("note", "I think")
	one.write("approved (required)", "true")
	one.write("note", "fine")
	one.press("Answer")
	one.sees("The signal is given.")
	state(two, "running")
	two.until("the form is gone", `!document.body.innerText.includes("Answer approval")`)

	w.cut(true)
	for _, b := range []*tab{one, two} {
		b.sees("The server does not answer. This page shows what was")
	}
	after()
	for w.called() != "before approved true" {
		two.sees("running")
	}
	if now, _ := ask[string](two, `document.querySelector("#live [role=status]").innerText`); now != "running" {
		t.Errorf("without a connection it shows %s", now)
	}
	w.cut(false)
	for _, b := range []*tab{one, two} {
		state(b, "done")
		b.sees("fine", "Output")
		b.until("it does not say any more that the server is away", `!document.body.innerText.includes("does not answer")`)
	}
	w.start("approval.yaml", "r2", nil)
	one.open("/runs")
	one.sees("r2", "waiting")
	w.start("approval.yaml", "r3", nil)
	one.sees("r3")
	// Who is logged out meanwhile is told that the page stands still.
	if _, err := ask[bool](one, `fetch("/logout", {method: "POST"}).then(() => true)`); err != nil {
		t.Fatal(err)
	}
	one.until("the page says that it is not live", `document.querySelector("#stale").innerText.includes("not live any more")`)
	one.sees("r3")
}
