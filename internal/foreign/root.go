package foreign

import (
	"slices"
	"strings"
)

// The names that expressions elsewhere begin with, folded.
var (
	inputRoots = []string{"inputs", "input", "vars", "var", "variables", "variable", "params", "parameters", "args", "payload", "body", "event", "request", "$input", "$inputs", "$vars", "$json", "$body", "$ctx", "$context", "this", "$", "header", "headers", "exchangeproperty", "taskrun", "trigger"}
	stepRoots  = []string{"outputs", "output", "results", "tasks", "task", "nodes", "needs", "jobs", "step", "$steps"}
	runRoots   = []string{"execution", "workflow", "github", "context", "flow", "$execution", "$workflow"}
)

// nestedRoots are those with another name before that of an input.
var nestedRoots = []string{"inputs", "workflow", "$states", "event", "github", "request", "trigger", "this"}

// inside are what others write between a root and the name of an input.
var inside = []string{"parameters", "input", "body", "payload", "inputs"}

// between is what others write between a step and the members of its result.
var between = []string{"outputs", "output", "result", "results"}

// AboutRun returns what a flow writes for a member that says something of the run
// elsewhere; empty for none.
func AboutRun(root, member string) string {
	if !slices.Contains(runRoots, strings.ToLower(root)) {
		return ""
	}
	switch fold(member) {
	case "id", "runid", "executionid":
		return "run.id"
	case "name", "workflow", "flow", "flowid", "flowname", "workflowname":
		return "run.flow"
	case "startedat", "startdate", "starttime", "createdat", "runstartedat":
		return "run.startedAt"
	}
	return ""
}

// root finds a name that others begin with, before one that there is: inputs.name.
func (f *finder) root(src string, list []token, places []int) (Rewrite, bool) {
	for i, t := range list {
		isFree := t.kind == word && (i == 0 || !list[i-1].is(".") && !list[i-1].is("?."))
		if !isFree || !slices.Contains(places, t.off) || i+2 >= len(list) || !list[i+1].is(".") || list[i+2].kind != word {
			continue
		}
		name, end, use, note := list[i+2].text, i+3, "", ""
		if i+4 < len(list) && list[i+3].is(".") && list[i+4].kind == word && slices.Contains(inside, name) && slices.Contains(nestedRoots, strings.ToLower(t.text)) && f.scope.Has("ctx", list[i+4].text) {
			off := t.off
			return Rewrite{Offset: off, Length: list[i+4].end - off, Use: "ctx." + list[i+4].text}, true
		}
		switch root := strings.ToLower(t.text); {
		case AboutRun(root, name) != "":
			use = AboutRun(root, name)
		case slices.Contains(inputRoots, root) && f.scope.Has("ctx", name):
			use = "ctx." + name
		case slices.Contains(stepRoots, root) && f.scope.Has("steps", name):
			use = "steps." + name
			if end+1 < len(list) && list[end].is(".") && slices.Contains(between, list[end+1].text) {
				end += 2
			}
		case slices.Contains(runRoots, root) && f.scope.Has("ctx", name):
			use = "ctx." + name
		case root == "github":
			use, note = "ctx."+name, "declare it, ‹inputs: {"+name+": {type: string}}›:"
		default:
			continue
		}
		off := t.off
		return Rewrite{Offset: off, Length: list[end-1].end - off, Use: use, Note: note}, true
	}
	return Rewrite{}, false
}

// Settled rewrites all of an expression that only others write.
func Settled(src string, scope Scope) string {
	f := &finder{scope: scope}
	return f.settle(src)
}
