package sound_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// step is a step as JSON has it.
type step = map[string]any

// block writes steps. What they set, and their results, stay known behind it
// where keep is true.
func (g *generator) block(depth int, keep bool) []any {
	before := len(g.sources)
	steps := make([]any, 1+g.IntN(3))
	for i := range steps {
		steps[i] = g.step(depth)
	}
	if !keep {
		g.sources = g.sources[:before]
	}
	return steps
}

// unsure lets what is known since a place be null.
func (g *generator) unsure(since int) {
	for i := since; i < len(g.sources); i++ {
		g.sources[i].maybe = true
	}
}

// step writes one step, sometimes behind a guard.
func (g *generator) step(depth int) step {
	since := len(g.sources)
	st := g.verb(depth)
	if _, is := st["if"]; !is && g.IntN(8) == 0 {
		st["if"] = g.bound(boolean)
		g.unsure(since)
	}
	return st
}

func (g *generator) verb(depth int) step {
	choice := g.IntN(16)
	if depth <= 0 {
		choice %= 7
	}
	switch choice {
	case 0, 1, 2:
		return g.set()
	case 3:
		return g.echo()
	case 4:
		return step{"call": "test.need", "with": g.parameters(step{"n": integer, "s": text, "l": integers})}
	case 5:
		return g.flow()
	case 6:
		return g.wait()
	case 7, 8:
		return g.branches(depth)
	case 9:
		return g.cases(depth)
	case 10, 11:
		return g.loop(depth)
	case 12:
		return g.parallel(depth)
	case 13, 14:
		return g.try(depth)
	default:
		return g.repeat(depth)
	}
}

// set gives a new name a value, or one that there is another.
func (g *generator) set() step {
	names := step{}
	for range 1 + g.IntN(2) {
		k := pick(g, kinds)
		if i := g.IntN(3 * (len(g.sources) + 1)); i < len(g.sources) && len(g.sources[i].path) > 4 && g.sources[i].path[:4] == "ctx." {
			s := &g.sources[i]
			names[s.path[4:]] = g.bound(s.kind)
			if g.IntN(12) == 0 {
				names[s.path[4:]], s.maybe = nil, true
			}
			continue
		}
		name := g.id("v")
		was := g.wrong
		g.wrong = 0
		names[name] = g.bound(k)
		g.wrong = was
		free := g.mentionsFree(fmt.Sprint(names[name]))
		defer func() { g.sources = append(g.sources, source{path: "ctx." + name, kind: k, free: free}) }()
	}
	return step{"set": names}
}

// mentionsFree reports whether a text names what the check knows no type of: what is
// set to it may have none either.
func (g *generator) mentionsFree(text string) bool {
	return slices.ContainsFunc(g.sources, func(s source) bool { return s.free && strings.Contains(text, s.path) })
}

// echo gives back a value whose type the check does not know.
func (g *generator) echo() step {
	k, id := pick(g, []kind{integer, number, text, boolean, integers, texts, object, counts}), g.id("s") // a time is text there
	g.sure = true
	st := step{"id": id, "call": "test.echo", "with": g.parameters(step{"value": k})}
	g.sure = false
	g.sources = append(g.sources, source{path: "steps." + id, kind: k, free: true})
	return st
}

func (g *generator) flow() step {
	id := g.id("f")
	with := step{"n": integer}
	if g.IntN(2) == 0 {
		with["s"] = text
	}
	st := step{"id": id, "flow": "sub.yaml", "with": g.parameters(with)}
	g.sources = append(g.sources, source{path: "steps." + id + ".n", kind: integer}, source{path: "steps." + id + ".s", kind: text})
	return st
}

// parameters gives each its kind: of text and numbers that are converted only
// the run knows whether they can be.
func (g *generator) parameters(of step) step {
	was := g.wrong
	g.wrong = 0
	for _, name := range slices.Sorted(maps.Keys(of)) { // the same flows each time
		of[name] = g.bound(of[name].(kind))
	}
	g.wrong = was
	return of
}

func (g *generator) wait() step {
	if g.IntN(2) == 0 {
		return step{"wait": g.parameters(step{"until": instant})}
	}
	return step{"wait": "${max(min(" + g.expression(duration, 1) + ", '1us'), '0s')}"}
}

func (g *generator) branches(depth int) step {
	st := step{"if": g.bound(boolean)}
	since := len(g.sources)
	st["then"] = g.block(depth-1, true)
	known := append([]source(nil), g.sources[since:]...)
	g.sources = g.sources[:since]
	if g.IntN(2) == 0 {
		st["else"] = g.block(depth-1, true)
	}
	g.sources = append(g.sources, known...)
	g.unsure(since)
	return st
}

func (g *generator) cases(depth int) step {
	k := pick(g, []kind{integer, text, duration, boolean})
	since := len(g.sources)
	var cases []any
	for range 1 + g.IntN(2) {
		one := step{}
		if g.IntN(3) == 0 {
			one["when"] = g.bound(boolean)
		} else {
			one["is"] = []any{g.bound(k)}
		}
		one["do"] = g.block(depth-1, false)
		cases = append(cases, one)
	}
	g.unsure(since)
	return step{"switch": g.bound(k), "cases": cases}
}

func (g *generator) loop(depth int) step {
	id, item, index := g.id("l"), g.id("i"), g.id("k")
	of, elem := integers, integer
	if g.IntN(3) == 0 {
		of, elem = texts, text
	}
	st := step{"id": id, "as": item, "indexAs": index}
	wrong := g.wrong
	g.wrong = 0 // other elements would be taken for these
	st["forEach"] = g.bound(of)
	g.wrong = wrong
	if g.IntN(4) == 0 {
		st["forEach"], elem = "${1.."+g.expression(integer, 1)+" % 5}", integer
	}
	if g.IntN(3) == 0 {
		st["concurrency"] = 1 + g.IntN(3)
	}
	gather, some := g.IntN(4) == 0, g.IntN(5) == 0
	since := len(g.sources)
	g.sources = append(g.sources, source{path: item, kind: elem}, source{path: index, kind: integer})
	if g.IntN(5) > 0 {
		st["do"] = g.block(depth-1, true)
	}
	gives := pick(g, []kind{integer, text})
	g.sure, g.wrong = true, 0 // text becomes a number where a parameter takes one
	st["collect"] = g.bound(gives)
	g.sure, g.wrong = false, wrong
	g.sources = g.sources[:since]
	list := integers
	if gives == text {
		list = texts
	}
	path := "steps." + id
	if some {
		st["enough"] = 1 + g.IntN(2)
		g.sources = append(g.sources,
			source{path: path + ".items", kind: list, maybe: true}, source{path: path + ".won", kind: integers, maybe: true},
		)
		return step{"try": []any{st}, "catch": []any{step{"on": "NotEnough", "do": []any{}}}}
	}
	if gather {
		st["onError"] = "collect"
		path = "filter(steps." + id + ".items, # != null)"
	}
	g.sources = append(g.sources, source{path: path, kind: list})
	return st
}

func (g *generator) parallel(depth int) step {
	since := len(g.sources)
	branches := step{}
	var known []source
	kindOf, name, race := pick(g, []kind{integer, text, duration}), g.id("w"), g.IntN(6) == 0
	for range 2 {
		steps := g.block(depth-1, true)
		if race { // the one that wins has set it
			g.sure = true
			steps = append(steps, step{"set": step{name: g.bound(kindOf)}})
			g.sure = false
		}
		branches[g.id("b")] = steps
		known = append(known, g.sources[since:]...)
		g.sources = g.sources[:since]
	}
	g.sources = append(g.sources, known...)
	st := step{"parallel": branches}
	if race {
		st["enough"] = 1
		g.unsure(since)
		g.sources = append(g.sources, source{path: "ctx." + name, kind: kindOf})
		return st
	}
	switch g.IntN(6) {
	case 0, 1:
		st["onError"] = "collect"
		g.unsure(since)
	case 2:
		id := g.id("p")
		st["id"], st["enough"] = id, 1+g.IntN(2)
		g.unsure(since)
		g.sources = append(g.sources, source{path: "steps." + id + ".won", kind: texts, maybe: true})
		return step{"try": []any{st}, "catch": []any{step{"on": "NotEnough", "do": []any{}}}}
	}
	return st
}

// try writes one whose body may fail.
func (g *generator) try(depth int) step {
	since := len(g.sources)
	body := g.block(depth-1, true)
	if g.IntN(2) == 0 {
		body = append([]any{step{"call": "test.fail", "with": g.parameters(step{"when": boolean})}}, body...)
	}
	st := step{"try": body}
	g.unsure(since)
	if g.IntN(3) > 0 {
		handled := len(g.sources)
		g.sources = append(g.sources, source{path: "error.code", kind: text}, source{path: "error.attempts", kind: integer})
		st["catch"] = []any{step{"do": g.block(depth-1, false)}}
		g.sources = g.sources[:handled]
	} else {
		st["retry"] = step{"attempts": 2, "delay": "1us", "on": []any{"unavailable"}}
	}
	if g.IntN(3) == 0 {
		st["finally"] = g.block(depth-1, false)
	}
	return st
}

func (g *generator) repeat(depth int) step {
	st := step{"repeat": g.block(depth-1, true)}
	st["until"] = "${" + g.expression(boolean, 1) + "}"
	st["maxAttempts"] = 3
	id := g.id("r")
	st["id"] = id
	g.sources = append(g.sources, source{path: "steps." + id, kind: integer, maybe: true})
	return step{"try": []any{st}, "catch": []any{step{"on": "RepeatExhausted", "do": []any{}}}}
}

// program writes a whole flow.
func (g *generator) program() map[string]any {
	g.ids = 0
	g.sources = []source{
		{path: "ctx.n", kind: integer},
		{path: "ctx.x", kind: number},
		{path: "ctx.s", kind: text},
		{path: "ctx.b", kind: boolean},
		{path: "ctx.d", kind: duration},
		{path: "ctx.at", kind: instant},
		{path: "ctx.l", kind: integers},
		{path: "ctx.t", kind: texts},
		{path: "ctx.o", kind: object},
		{path: "ctx.on", kind: integer, maybe: true},
		{path: "ctx.os", kind: text, maybe: true},
		{path: "ctx.ob", kind: boolean, maybe: true},
		{path: "ctx.ol", kind: integers, maybe: true},
		{path: "ctx.od", kind: duration, maybe: true},
	}
	flow := map[string]any{"flow": "generated", "inputs": inputs}
	steps := g.block(3, true)
	if g.IntN(10) == 0 {
		steps = append(steps, step{"if": g.bound(boolean), "return": g.bound(pick(g, kinds))})
	}
	flow["steps"] = steps
	flow["output"] = g.bound(pick(g, kinds))
	return flow
}

var inputs = func() map[string]any {
	of := func(t string, value any) step { return step{"type": t, "default": value} }
	list := func(t string, value ...any) step {
		return step{"type": "list", "items": step{"type": t}, "default": value}
	}
	o := of("object", step{"a": 1, "b": "x"})
	o["members"] = step{"a": step{"type": "integer", "required": true}, "b": step{"type": "string", "required": true}}
	return map[string]any{
		"n": of("integer", 4), "x": of("number", 1.5), "s": of("string", "some text"), "b": of("boolean", true), "d": of("duration", "90s"),
		"at": of("timestamp", "2026-01-31T08:00:00Z"), "l": list("integer", 3, 1, 2), "t": list("string", "b", "a"), "o": o,
		"on": step{"type": "integer"}, "os": step{"type": "string"}, "ob": step{"type": "boolean"}, "od": step{"type": "duration"},
		"ol": step{"type": "list", "items": step{"type": "integer"}},
	}
}()
