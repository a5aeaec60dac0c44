package habits

import "strings"

// Use is what to write for a name of another system. The zero Use is that of a name which
// nobody uses.
type Use struct {
	// Help says it to people. Nobody asks it what is meant.
	Help string
	// As says what the name and what stands under it are in a flow.
	As As
	// keys are the keys that the help names, with a space between, the first the one that
	// is meant; behind the verb call stands the operation.
	keys string
}

// As is what a name of another system is in a flow.
type As int

// The meanings of names.
const (
	// Nothing: a flow has nothing of the kind.
	Nothing As = iota
	// Told: the help names keys, and what stands under the name is the value of none.
	Told
	// Renamed: what stands under the name belongs under the key, in the same place.
	Renamed
	// Opposite: the key wants the opposite of what stands under the name.
	Opposite
	// Around: the key is the verb of a step around this one.
	Around
	// Declares: what stands under the name declares what stands under the key, in an input
	// of a type of its own.
	Declares
)

// Key returns the key of the same place under which what stands under the name belongs;
// empty for none. Of a key of a step without a verb that is the verb.
func (u Use) Key() string { return u.keyIf(Renamed) }

// Verb returns the verb of a step that is meant around the one with the name; empty for
// none.
func (u Use) Verb() string { return u.keyIf(Around) }

// Declared returns which part of a declaration is meant, items or members; empty for none.
func (u Use) Declared() string { return u.keyIf(Declares) }

// Gives reports whether the help says what to write under a key.
func (u Use) Gives(key string) bool { return has(u.keys, key) }

// Operation returns the operation of a call that is meant; empty for none.
func (u Use) Operation() string {
	operation, ok := strings.CutPrefix(u.keys, "call ")
	if !ok {
		return ""
	}
	return operation
}

func (u Use) keyIf(as As) string {
	if u.As != as {
		return ""
	}
	key, _, _ := strings.Cut(u.keys, " ")
	return key
}

// Calls is the Use with another operation than the one of the tables.
func (u Use) Calls(operation, help string) Use {
	return Use{Help: help, As: Renamed, keys: "call " + operation}
}

// entry is what to write for some names, which are folded: see fold. keys are those of Use.
type entry struct {
	names string
	as    As
	keys  string
	help  string
}

// find returns what to write for a name by the first of some tables that has it.
func find(name string, tables ...[]entry) Use {
	name = fold(name)
	for _, table := range tables {
		for _, e := range table {
			if has(e.names, name) {
				return Use{Help: e.help, As: e.as, keys: e.keys}
			}
		}
	}
	return Use{}
}

// text is what to say of some names, which are folded: see fold.
type text struct{ names, says string }

// look returns what a table says of a name; empty for one that it does not have.
func look(name string, table []text) string {
	name = fold(name)
	for _, t := range table {
		if has(t.names, name) {
			return t.says
		}
	}
	return ""
}

// has reports whether a name is one of some with a space between. Nearly all that are asked
// for are not: each key of an input that is declared asks.
func has(names, name string) bool {
	for at := 0; name != ""; {
		i := strings.Index(names[at:], name)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(name)
		if (at == 0 || names[at-1] == ' ') && (end == len(names) || names[end] == ' ') {
			return true
		}
		at = end
	}
	return false
}

// fold makes spellings of a name equal: time_out, time-out, timeOut, TimeOut.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// Header returns what to write for a key of the file's header.
func Header(key string) Use { return find(key, header) }

// Verb returns what to write for a key of a step that has no verb, where the key
// says what the step does. value is the text under the key; it may be empty.
func Verb(key, value string) Use {
	if folded := fold(key); folded == "type" || folded == "uses" || folded == "resource" || folded == "action" {
		if use := find(lastWord(value), kinds); use.Help != "" {
			return use
		}
	}
	return find(key, verbs)
}

// The jumps of others: what ends an iteration, and what ends a loop or the whole flow.
const (
	Next = "next"
	Stop = "stop"
)

// Jump returns which of the jumps a word is; empty for none.
func Jump(word string) string { return look(word, jumps) }

var jumps = []text{
	{"continue next skip nextitem nextiteration", Next},
	{"break exitloop leave stop exit end quit halt terminate done finish abortloop breakloop last", Stop},
}

// lastWord is what a name such as io.kestra.plugin.core.log.Log ends with.
func lastWord(name string) string { return name[strings.LastIndexAny(name, ".:/")+1:] }

// Step returns what to write for a key of a step with a verb, or of one without
// where Verb knows nothing.
func Step(verb, key string) Use { return find(key, ofVerb[verb], modifiers) }

// The places beside steps whose keys are known.
const (
	Retry   = "retry"
	Handler = "handler" // of catch
	Case    = "case"    // of switch
	Input   = "input"
	// Elements are inputs with elements: lists and maps.
	Elements = "elements"
	Secret   = "secret"
	Trigger  = "trigger"
	Respond  = "respond" // of a trigger
	Fail     = "fail"
)

// Part returns what to write for a key of one of the places.
func Part(place, key string) Use { return find(key, parts[place]) }

const callHelp = "write ‹call: lambda.invoke›, with its parameters as a map under ‹with:›"

var header = []entry{
	{"name id title workflow workflowname playbook statemachine", Renamed, "flow", "write ‹flow: its-name›"},
	{"comment summary doc documentation notes", Renamed, "description", "write ‹description: text›"},
	{"version apiversion schemaversion dsl specversion", Renamed, "language", "write ‹language: 1›, or leave it out"},
	{
		"tasks jobs job states stages stage nodes activities actions route routes sequence plays pipeline processors blocks", Renamed, "steps",
		"write ‹steps:› with the list of steps; they run in its order",
	},
	{"startat start", Nothing, "", "leave it out: a flow begins with its first step"},
	{"on trigger schedule schedules cron event events webhook webhooks http", Renamed, "triggers", `write ‹triggers: [{http: POST /orders}]›, or ‹triggers: [{schedule: "30 2 * * *"}]›`},
	{
		"vars variables var variable parameters params args arguments inputschema config locals", Renamed, "inputs set",
		"write ‹inputs: {name: {default: value}}›, or begin with a step ‹set: {name: value}›",
	},
	{"env environment environ", Nothing, "", "leave it out: ${env.NAME} reads an environment variable"},
	{"outputs result results returns outputschema", Renamed, "output", "write ‹output: value›"},
	{"namespace revision labels tags metadata kind hosts become gatherfacts runson permissions author owner querylanguage", Nothing, "", "leave it out: a flow has no such key"},
	{"retry retries retrypolicy", Told, "retry try", "give a step ‹retry: 3›, or put steps into ‹try: [steps]› and give that a ‹retry:›"},
	{
		"catch finally errors error onerror onfailure onexception errorhandler rescue always", Told, "try catch finally",
		"put the steps into ‹try: [steps]› with ‹catch:› and ‹finally:›",
	},
	{"timeoutseconds timeoutminutes timeoutms maxduration executiontimeout deadline", Renamed, "timeout", "write ‹timeout: 10m›"},
	{"credentials credential region aws provider providers connection services endpoint", Renamed, "connections", "write ‹connections: {aws: {region: eu-west-1}}›"},
}

// verbs are what others call what a step does.
var verbs = []entry{
	{
		"uses action operation op task resource component plugin invoke function lambda awslambda connector service processor api integration type to from todynamic enrich", Renamed, "call lambda.invoke",
		callHelp,
	},
	{
		"run shell script command commands cmd exec bash python javascript", Nothing, "",
		"a flow runs no commands: ‹call:› names an operation, such as lambda.invoke; runner ops lists them",
	},
	{"log print echo debug logger logging info warn msg", Renamed, "call log.info", "write ‹call: log.info› and ‹with: {message: text}›"},
	{"while dowhile", Renamed, "repeat until", "write ‹repeat: [steps]› with ‹until:› and the opposite condition"},
	{
		"for foreachitem loop each map iterate iterator withitems items range eachsequential eachparallel splitter split", Renamed, "forEach do",
		`write ‹forEach: "${ctx.list}"› with ‹do:›`,
	},
	{"sleep delay pause timer", Renamed, "wait", "write ‹wait: 10s›"},
	{
		"http httprequest request get post put delete patch fetch rest url uri curl webhook", Renamed, "call http.request",
		`write ‹call: http.request› and ‹with: {method: GET, url: "https://api.example.com"}›`,
	},
	{
		"assign let var variable vars setvar setvariable setvariables setfact define pass transform setbody setproperty setheader mapping bloblang", Renamed, "set",
		"write ‹set: {name: value}›",
	},
	{"output outputs result results yield succeed success respond response end stop exit quit halt terminate done finish", Renamed, "return", "write ‹return: value›, or ‹return: null› for no output"},
	{"continue next skip", Told, "if then", "put the steps behind it into ‹if: \"${ctx.count > 3}\"› with ‹then: [steps]›"},
	{"break exitloop leave", Told, "return", "it stands in no loop; ‹return: null› ends the flow"},
	{"raise throw error exception abort assert throwexception", Renamed, "fail", "write ‹fail: {code: Name, message: text}›"},
	{"rethrow reraise", Renamed, "fail catch", "write ‹fail: \"${error}\"› in a handler of ‹catch:›"},
	{"choice choose case match cond branches", Renamed, "switch cases", `write ‹switch: "${ctx.kind}"› with ‹cases:›`},
	{"elif elseif elsif otherwise else then", Told, "if then else", "put it into the step whose ‹if:› it belongs to, under ‹then:› or ‹else:›"},
	{"until", Renamed, "repeat", "write ‹repeat: [steps]› beside it"},
	{
		"subflow subworkflow workflow include import importtasks includetasks importplaybook includerole childworkflow execute", Renamed, "flow with",
		"write ‹flow: other.yaml›, with its inputs under ‹with:›",
	},
	{"block group sequence sequential steps tasks do begin scope pipeline", Renamed, "try", "the steps stand in the list one after the other; ‹try: [steps]› groups them"},
	{"dotry", Renamed, "try catch", "write ‹try: [steps]› with ‹catch:›"},
	{"race any anyof firstof firstsuccess hedge hedged raceany promiseany", Renamed, "parallel enough", "write ‹parallel: {name: [steps], other: [steps]}› with ‹enough: 1›"},
	{"concurrent fork multicast scattergather all gather concurrently", Renamed, "parallel", "write ‹parallel: {name: [steps], other: [steps]}›"},
}

// kinds are the kinds of steps where one key, such as type, names them.
var kinds = []entry{
	{"task invoke", Renamed, "call lambda.invoke", callHelp},
	{"choice", Renamed, "switch cases if then", `write ‹switch: "${ctx.kind}"› with ‹cases:›, or ‹if: "${ctx.count > 3}"› with ‹then:›`},
	{"pass variables", Renamed, "set", "write ‹set: {name: value}›"},
	{"wait pause sleep", Renamed, "wait", "write ‹wait: 10s›"},
	{"succeed return", Renamed, "return", "write ‹return: value›, or let the list end"},
	{"fail", Renamed, "fail", "write ‹fail: {code: Name, message: text}›"},
	{"map foreach foreachitem eachsequential eachparallel", Renamed, "forEach do", `write ‹forEach: "${ctx.list}"› with ‹do:›`},
	{"parallel", Renamed, "parallel", "write ‹parallel: {name: [steps], other: [steps]}›"},
	{"log echo", Renamed, "call log.info", "write ‹call: log.info› and ‹with: {message: text}›"},
	{"if", Renamed, "if then", `write ‹if: "${ctx.count > 3}"› with ‹then:›`},
	{"switch", Renamed, "switch cases", `write ‹switch: "${ctx.kind}"› with ‹cases:›`},
	{"subflow", Renamed, "flow with", "write ‹flow: other.yaml›, with its inputs under ‹with:›"},
	{"request http download", Renamed, "call http.request", `write ‹call: http.request› and ‹with: {method: GET, url: "https://api.example.com"}›`},
	{"sequential", Nothing, "", "the steps stand in the list one after the other"},
}

// modifiers are what others call what stands beside the verb.
var modifiers = []entry{
	{"name key stepid stepname taskname ref", Renamed, "id description", "write ‹id:› for the name that expressions use, and ‹description:› for people"},
	{"title label displayname comment doc summary notes", Renamed, "description", "write ‹description: text›"},
	{"when condition onlyif runif precondition guard unless", Renamed, "if", `write ‹if: "${ctx.count > 3}"›`},
	{
		"register resultvariable responsevariable saveas store storeas out outputvariable variable resultpath resultselector output outputs outputpath result results assign assignto exportas", Told, "id",
		"give the step ‹id: name›; its result is steps.name",
	},
	{
		"parameters params args arguments inputs input inputparameters inputpath config configuration options settings properties", Renamed, "with",
		"write ‹with: {name: value}›",
	},
	{"needs dependson after next end goto transition transitions", Nothing, "", "leave it out: steps run one after the other, in the order of the list"},
	{"retries maxretries maxattempts attempts retrypolicy retryon backoff retrylimit", Renamed, "retry", "write ‹retry: 3›, or ‹retry: {attempts: 3, delay: 1s}›"},
	{
		"timeoutseconds timeoutminutes timeoutinminutes timeoutms timeoutmillis maxduration executiontimeout deadline heartbeatseconds", Renamed, "timeout",
		"write ‹timeout: 10s›",
	},
	{
		"catch finally rescue always onfailure onerror continueonerror ignoreerrors allowfailure allowwarning failedwhen onexception errorhandler ensure", Around, "try catch finally",
		"put the step into ‹try: [steps]› with ‹catch:› or ‹finally:›",
	},
	{"loop withitems foreach withlist withdict items", Around, "forEach do", `write ‹forEach: "${ctx.list}"› around it, with the step under ‹do:›`},
	{"while until every", Around, "repeat until", "write ‹repeat: [steps]› around it, with ‹until:›"},
	{"rollback compensate compensation compensatewith revert onrollback", Renamed, "undo", "write ‹undo:› with the step that takes it back"},
	{"nolog secret masked noecho", Renamed, "sensitive", "write ‹sensitive: true›"},
	{"env environment", Told, "with", "values go into ‹with:›; ${env.NAME} reads an environment variable"},
	{"credentials role rolearn auth profile region endpoint", Renamed, "connection connections", "write ‹connection: {region: eu-west-1}›, or name one of ‹connections:›"},
	{"disabled enabled skip", Renamed, "if", "write ‹if: false›"},
	{"else then do", Around, "if then", "make a step ‹if: \"${ctx.count > 3}\"› of it, with this one under ‹then:›"},
}

// What others write where some of the branches or items are enough, and what to write.
const (
	someAreEnough = "quorum race mode any first anyof firstof firstsuccess firstwins stoponfirst stoponfirstsuccess minsuccess minsuccessful minsuccesses minsucceeded required needed atleast completionstrategy completionconfig completionmode completionpolicy completion waitfor joinstrategy jointype successpolicy successcriteria strategy"
	enoughHelp    = "write ‹enough: 1›, or how many have to succeed: the others stop then"
)

// ofVerb are what others write beside each verb.
var ofVerb = map[string][]entry{
	"call": {{"type resource uses action operation task", Nothing, "", "leave it out: ‹call:› names the operation"}},
	"flow": {{"inputs params args input parameters variables", Renamed, "with", "write ‹with: {name: value}›"}},
	"forEach": {
		{"in items list over source values itemspath itemreader", Renamed, "forEach", `write ‹forEach: "${ctx.list}"›`},
		{"item var variable loopvar itemvariable itemname each value", Renamed, "as", "write ‹as: item›"},
		{"index indexvariable indexvar counter", Renamed, "indexAs", "write ‹indexAs: i›"},
		{"steps body tasks then run block actions itemprocessor iterator", Renamed, "do", "write ‹do: [steps]›"},
		{"parallel maxconcurrency concurrencylimit batchsize maxparallel workers forks limit", Renamed, "concurrency", "write ‹concurrency: 5›"},
		{"toleratedfailurepercentage toleratedfailurecount", Told, "onError enough", "write ‹onError: collect›: all items run, and a ‹fail› behind it says when too many failed; ‹enough:› ends it once so many succeeded"},
		{"failfast continueonerror ignoreerrors", Renamed, "onError", "write ‹onError: collect›"},
		{someAreEnough, Renamed, "enough", enoughHelp},
		{"results output outputs gather yield select aggregate register", Renamed, "collect id", "write ‹collect: value› and ‹id: name›; the list is steps.name"},
	},
	"repeat": {
		{"while", Opposite, "until", "write ‹until:› with the opposite condition"},
		{"times count max maxiterations limit maxtries iterations", Renamed, "maxAttempts", "write ‹maxAttempts: 10›"},
		{"interval delay sleep wait pause pollinterval", Renamed, "every", "write ‹every: 10s›"},
		{"do steps body tasks", Renamed, "repeat", "the steps are those of ‹repeat: [steps]›"},
	},
	"if": {
		{"do steps body actions run iftrue", Renamed, "then", "write ‹then: [steps]›"},
		{"elif elseif elsif", Renamed, "else if", "write ‹else:› with a step of its own that has the ‹if:›"},
		{"otherwise default iffalse", Renamed, "else", "write ‹else: [steps]›"},
	},
	"switch": {
		{"case choices branches when options conditions", Renamed, "cases", "write ‹cases: [{is: value, do: [steps]}]›"},
		{"otherwise else defaults", Renamed, "default", "write ‹default: [steps]›"},
	},
	"parallel": {
		{"branches tasks steps", Renamed, "parallel", "the branches are those of ‹parallel: {name: [steps], other: [steps]}›"},
		{"concurrency maxconcurrency", Nothing, "", "leave it out: all branches run at once"},
		{someAreEnough, Renamed, "enough", enoughHelp},
		{"failfast continueonerror", Renamed, "onError", "write ‹onError: collect›"},
	},
	"try": {
		{"rescue except onerror docatch onfailure handlers errors", Renamed, "catch", "write ‹catch: [{on: [throttled], do: [steps]}]›"},
		{"always ensure dofinally cleanup", Renamed, "finally", "write ‹finally: [steps]›"},
		{"do steps body block", Renamed, "try", "the steps are those of ‹try: [steps]›"},
	},
}

// parts are the places of Part.
var parts = map[string][]entry{
	Retry: {
		{"maxattempts maxattempt maxretries max count times limit retries tries", Renamed, "attempts", "write ‹attempts: 3›, which counts the first time, too"},
		{"interval intervalseconds wait backoffdelay initialinterval initialdelay period sleep pause delayseconds", Renamed, "delay", "write ‹delay: 1s›"},
		{"backoff backoffrate multiplier backoffcoefficient exponent rate delayfactor backoffmultiplier", Renamed, "factor", "write ‹factor: 2›"},
		{"maxinterval maxdelayseconds maxbackoff cap maximuminterval maxwait", Renamed, "maxDelay", "write ‹maxDelay: 30s›"},
		{"maxduration timeout deadline maxelapsedtime maximumduration", Renamed, "within", "write ‹within: 5m›"},
		{"jitterstrategy randomize", Renamed, "jitter", "write ‹jitter: true›"},
		{"errorequals errors retryon codes when onerrors statuscodes conditions if", Renamed, "on", "write ‹on: [throttled, unavailable]›"},
		{"type strategy policy", Nothing, "", "leave it out: ‹factor: 1› makes the waits equally long"},
	},
	Handler: {
		{"errors errorequals code codes class exception exceptions type match error catch name", Renamed, "on", "write ‹on: [throttled]›"},
		{"steps then next handle handler body tasks run goto", Renamed, "do", "write ‹do: [steps]›"},
		{"when condition", Renamed, "if", `write ‹if: "${error.status == 404}"›`},
		{"as resultpath output assign variable", Nothing, "", "leave it out: the error is ${error}"},
	},
	Case: {
		{"value case equals eq match pattern const stringequals numericequals", Renamed, "is", "write ‹is: value›"},
		{"if condition expr expression test simple", Renamed, "when", `write ‹when: "${ctx.count > 3}"›`},
		{"steps then next run body tasks goto", Renamed, "do", "write ‹do: [steps]›"},
	},
	Input: {
		{"desc doc help displayname title label comment", Renamed, "description", "write ‹description: text›"},
		{"min gt ge gte exclusiveminimum", Renamed, "minimum", "write ‹minimum: 1›"},
		{"max lt le lte exclusivemaximum", Renamed, "maximum", "write ‹maximum: 10›"},
		{"minitems minlen minsize", Renamed, "minLength", "write ‹minLength: 1›, which counts elements, too"},
		{"maxitems maxlen maxsize", Renamed, "maxLength", "write ‹maxLength: 10›, which counts elements, too"},
		{"uniqueitems", Nothing, "", "leave it out: ${uniq(ctx.name)} leaves out what comes again"},
		{"multipleof step", Nothing, "", "leave it out: a step such as ‹if: \"${ctx.count % 2 != 0}\"› with ‹fail:› asks for that"},
		{"oneof anyof allof", Told, "type", "write ‹type: any›, which takes each of them"},
		{"const", Renamed, "enum", "write ‹enum: [one]›"},
		{"deprecated readonly writeonly order position group", Nothing, "", "leave it out: an input has no such key"},
		{"keys keytype propertynames", Nothing, "", "leave it out: the keys of a map are text"},
		{"list array", Declares, "items type", "write ‹type: list› and ‹items: {type: string}›"},
		{"object struct record", Declares, "members type", "write ‹type: object› and ‹members: {name: {type: string}}›"},
		{"values options choices allowed allowedvalues", Renamed, "enum", "write ‹enum: [one, two]›"},
		{"regex regexp format match validator allowedpattern", Renamed, "pattern", "write ‹pattern: \"^c-[0-9]+$\"›"},
		{"value defaultvalue defaults initial", Renamed, "default", "write ‹default: value›"},
		{"properties fields attributes", Declares, "members type", "write ‹type: object› and ‹members: {name: {type: string}}›"},
		{"element elementtype itemtype of", Declares, "items type", "write ‹type: list› and ‹items: {type: string}›"},
		{"optional nullable", Nothing, "", "leave it out: an input without ‹required: true› may be left out, and is null then"},
		{"secret sensitive noecho masked", Told, "type", "write ‹type: secret›"},
		{"kind datatype", Renamed, "type", "write ‹type: string›"},
	},
	Elements: {
		{"values value valuetype additionalproperties element elements elementtype itemtype of", Declares, "items", "write ‹items: {type: string}›"},
	},
	Trigger: {
		{"cron crontab schedules interval every rate timer at scheduleexpression", Renamed, "schedule", `write ‹schedule: "30 2 * * *"›, or ‹schedule: every 15m›`},
		{"webhook route path url endpoint request httprequest api rest event on post get put method", Renamed, "http", "write ‹http: POST /orders/{customer}›"},
		{"tz zone timezoneid zoneinfo location", Renamed, "timezone", "write ‹timezone: Europe/Berlin›"},
		{"concurrencypolicy overlappolicy allowconcurrent", Renamed, "overlap", "write ‹overlap: skip›, or queue, or allow"},
		{"maxactiveruns maxconcurrency maxconcurrent maxparallel parallelism atonce maxruns bulkhead concurrencylimit reservedconcurrency maxinflight workers semaphore pool", Renamed, "concurrency", "write ‹concurrency: 5›: so many runs of the trigger are under way at most"},
		{"catchup catchupwindow backfill misfire misfirepolicy startingdeadlineseconds recovermissedschedules", Renamed, "missed", "write ‹missed: once›, or skip, or all"},
		{"ratelimit throttle throttling quota limits", Renamed, "limit", "write ‹limit: {rate: 10/s}›"},
		{"origins origin allowedorigins alloworigins crossorigin", Renamed, "cors", "write ‹cors: https://app.example.com›"},
		{"inputs input params parameters body payload data mapping", Renamed, "with", `write ‹with: {name: "${request.body}"}›`},
		{"when condition conditions filter", Renamed, "if", `write ‹if: "${request.body.kind == 'order'}"›`},
		{"response responses reply return returns output result respondtowebhook", Renamed, "respond", `write ‹respond: {status: 201, body: "${output}"}›`},
		{"authentication authorization security token apikey secret authorizer auths", Renamed, "auth", `write ‹auth: {bearer: "${secrets.apiToken}"}›`},
		{"timeout wait waitfor responsetimeout sync async responsemode", Renamed, "answerWithin", "write ‹answerWithin: 10s›, and 0s for an answer at once"},
		{"key idempotencykey dedupe deduplication deduplicationid eventid", Renamed, "id", `write ‹id: "${request.headers['x-github-delivery']}"›`},
		{"title label description desc", Renamed, "name", "write ‹name: nightly›"},
	},
	Respond: {
		{"statuscode code httpstatus", Renamed, "status", "write ‹status: 201›"},
		{"header responseheaders", Renamed, "headers", `write ‹headers: {Location: "/orders/${output.id}"}›`},
		{"json text content payload data output value", Renamed, "body", `write ‹body: "${output}"›`},
		{"error errors class catch when if", Renamed, "on", "write ‹on: NotFound›"},
		{"contenttype mediatype type", Renamed, "headers", "write ‹headers: {Content-Type: text/plain}›"},
	},
	Fail: {
		{"error errorcode name type class id kind", Renamed, "code", "write ‹code: Failed›"},
		{"reason msg text description cause summary title", Renamed, "message", "write ‹message: text›"},
		{"data payload info detail context", Renamed, "details", "write ‹details: {name: value}›"},
		{"statuscode httpstatus httpcode", Renamed, "status", "write ‹status: 422›"},
	},
	Secret: {
		{"from value name variable var ref environment", Told, "env", "write ‹{env: VARIABLE}›"},
	},
}
