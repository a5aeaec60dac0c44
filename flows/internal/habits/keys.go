package habits

import "strings"

// entry is what to write for some names. The names are folded: see fold.
type entry struct{ names, help string }

// find returns the help for a name in the first of some tables that has it.
func find(name string, tables ...[]entry) string {
	name = fold(name)
	for _, table := range tables {
		for _, e := range table {
			if has(e.names, name) {
				return e.help
			}
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
func Header(key string) string { return find(key, header) }

// Verb returns what to write for a key of a step that has no verb, where the key
// says what the step does. value is the text under the key; it may be empty.
func Verb(key, value string) string {
	if folded := fold(key); folded == "type" || folded == "uses" || folded == "resource" || folded == "action" {
		if help := find(lastWord(value), kinds); help != "" {
			return help
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
func Jump(word string) string { return find(word, jumps) }

var jumps = []entry{
	{"continue next skip nextitem nextiteration", Next},
	{"break exitloop leave stop exit end quit halt terminate done finish abortloop breakloop last", Stop},
}

// lastWord is what a name such as io.kestra.plugin.core.log.Log ends with.
func lastWord(name string) string { return name[strings.LastIndexAny(name, ".:/")+1:] }

// Step returns what to write for a key of a step with a verb, or of one without
// where Verb knows nothing.
func Step(verb, key string) string { return find(key, ofVerb[verb], modifiers) }

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
func Part(place, key string) string { return find(key, parts[place]) }

const callHelp = "write ‹call: lambda.invoke›, with its parameters as a map under ‹with:›"

var header = []entry{
	{"name id title workflow workflowname playbook statemachine", "write ‹flow: its-name›"},
	{"comment summary doc documentation notes", "write ‹description: text›"},
	{"version apiversion schemaversion dsl specversion", "write ‹language: 1›, or leave it out"},
	{
		"tasks jobs job states stages stage nodes activities actions route routes sequence plays pipeline processors blocks",
		"write ‹steps:› with the list of steps; they run in its order",
	},
	{"startat start", "leave it out: a flow begins with its first step"},
	{"on trigger schedule schedules cron event events webhook webhooks http", `write ‹triggers: [{http: POST /orders}]›, or ‹triggers: [{schedule: "30 2 * * *"}]›`},
	{
		"vars variables var variable parameters params args arguments inputschema config locals",
		"write ‹inputs: {name: {default: value}}›, or begin with a step ‹set: {name: value}›",
	},
	{"env environment environ", "leave it out: ${env.NAME} reads an environment variable"},
	{"outputs result results returns outputschema", "write ‹output: value›"},
	{"namespace revision labels tags metadata kind hosts become gatherfacts runson permissions author owner querylanguage", "leave it out: a flow has no such key"},
	{"retry retries retrypolicy", "give a step ‹retry: 3›, or put steps into ‹try: [steps]› and give that a ‹retry:›"},
	{
		"catch finally errors error onerror onfailure onexception errorhandler rescue always",
		"put the steps into ‹try: [steps]› with ‹catch:› and ‹finally:›",
	},
	{"timeoutseconds timeoutminutes timeoutms maxduration executiontimeout deadline", "write ‹timeout: 10m›"},
	{"credentials credential region aws provider providers connection services endpoint", "write ‹connections: {aws: {region: eu-west-1}}›"},
}

// verbs are what others call what a step does.
var verbs = []entry{
	{
		"uses action operation op task resource component plugin invoke function lambda awslambda connector service processor api integration type to from todynamic enrich",
		callHelp,
	},
	{
		"run shell script command commands cmd exec bash python javascript",
		"a flow runs no commands: ‹call:› names an operation, such as lambda.invoke; runner ops lists them",
	},
	{"log print echo debug logger logging info warn msg", "write ‹call: log.info› and ‹with: {message: text}›"},
	{"while dowhile", "write ‹repeat: [steps]› with ‹until:› and the opposite condition"},
	{
		"for foreachitem loop each map iterate iterator withitems items range eachsequential eachparallel splitter split",
		`write ‹forEach: "${ctx.list}"› with ‹do:›`,
	},
	{"sleep delay pause timer", "write ‹wait: 10s›"},
	{
		"http httprequest request get post put delete patch fetch rest url uri curl webhook",
		`write ‹call: http.request› and ‹with: {method: GET, url: "https://api.example.com"}›`,
	},
	{
		"assign let var variable vars setvar setvariable setvariables setfact define pass transform setbody setproperty setheader mapping bloblang",
		"write ‹set: {name: value}›",
	},
	{"output outputs result results yield succeed success respond response end stop exit quit halt terminate done finish", "write ‹return: value›, or ‹return: null› for no output"},
	{"continue next skip", "put the steps behind it into ‹if: \"${ctx.count > 3}\"› with ‹then: [steps]›"},
	{"break exitloop leave", "it stands in no loop; ‹return: null› ends the flow"},
	{"raise throw error exception abort assert throwexception", "write ‹fail: {code: Name, message: text}›"},
	{"rethrow reraise", "write ‹fail: \"${error}\"› in a handler of ‹catch:›"},
	{"choice choose case match cond branches", `write ‹switch: "${ctx.kind}"› with ‹cases:›`},
	{"elif elseif elsif otherwise else then", "put it into the step whose ‹if:› it belongs to, under ‹then:› or ‹else:›"},
	{"until", "write ‹repeat: [steps]› beside it"},
	{
		"subflow subworkflow workflow include import importtasks includetasks importplaybook includerole childworkflow execute",
		"write ‹flow: other.yaml›, with its inputs under ‹with:›",
	},
	{"block group sequence sequential steps tasks do begin scope pipeline", "the steps stand in the list one after the other; ‹try: [steps]› groups them"},
	{"dotry", "write ‹try: [steps]› with ‹catch:›"},
	{"race any anyof firstof firstsuccess hedge hedged raceany promiseany", "write ‹parallel: {name: [steps], other: [steps]}› with ‹enough: 1›"},
	{"concurrent fork multicast scattergather all gather concurrently", "write ‹parallel: {name: [steps], other: [steps]}›"},
}

// kinds are the kinds of steps where one key, such as type, names them.
var kinds = []entry{
	{"task invoke", callHelp},
	{"choice", `write ‹switch: "${ctx.kind}"› with ‹cases:›, or ‹if: "${ctx.count > 3}"› with ‹then:›`},
	{"pass variables", "write ‹set: {name: value}›"},
	{"wait pause sleep", "write ‹wait: 10s›"},
	{"succeed return", "write ‹return: value›, or let the list end"},
	{"fail", "write ‹fail: {code: Name, message: text}›"},
	{"map foreach foreachitem eachsequential eachparallel", `write ‹forEach: "${ctx.list}"› with ‹do:›`},
	{"parallel", "write ‹parallel: {name: [steps], other: [steps]}›"},
	{"log echo", "write ‹call: log.info› and ‹with: {message: text}›"},
	{"if", `write ‹if: "${ctx.count > 3}"› with ‹then:›`},
	{"switch", `write ‹switch: "${ctx.kind}"› with ‹cases:›`},
	{"subflow", "write ‹flow: other.yaml›, with its inputs under ‹with:›"},
	{"request http download", `write ‹call: http.request› and ‹with: {method: GET, url: "https://api.example.com"}›`},
	{"sequential", "the steps stand in the list one after the other"},
}

// modifiers are what others call what stands beside the verb.
var modifiers = []entry{
	{"name key stepid stepname taskname ref", "write ‹id:› for the name that expressions use, and ‹description:› for people"},
	{"title label displayname comment doc summary notes", "write ‹description: text›"},
	{"when condition onlyif runif precondition guard unless", `write ‹if: "${ctx.count > 3}"›`},
	{
		"register resultvariable responsevariable saveas store storeas out outputvariable variable resultpath resultselector output outputs outputpath result results assign assignto exportas",
		"give the step ‹id: name›; its result is steps.name",
	},
	{
		"parameters params args arguments inputs input inputparameters inputpath config configuration options settings properties",
		"write ‹with: {name: value}›",
	},
	{"needs dependson after next end goto transition transitions", "leave it out: steps run one after the other, in the order of the list"},
	{"retries maxretries maxattempts attempts retrypolicy retryon backoff retrylimit", "write ‹retry: 3›, or ‹retry: {attempts: 3, delay: 1s}›"},
	{
		"timeoutseconds timeoutminutes timeoutinminutes timeoutms timeoutmillis maxduration executiontimeout deadline heartbeatseconds",
		"write ‹timeout: 10s›",
	},
	{
		"catch finally rescue always onfailure onerror continueonerror ignoreerrors allowfailure allowwarning failedwhen onexception errorhandler ensure",
		"put the step into ‹try: [steps]› with ‹catch:› or ‹finally:›",
	},
	{"loop withitems foreach withlist withdict items", `write ‹forEach: "${ctx.list}"› around it, with the step under ‹do:›`},
	{"while until every", "write ‹repeat: [steps]› around it, with ‹until:›"},
	{"rollback compensate compensation compensatewith revert onrollback", "write ‹undo:› with the step that takes it back"},
	{"nolog secret masked noecho", "write ‹sensitive: true›"},
	{"env environment", "values go into ‹with:›; ${env.NAME} reads an environment variable"},
	{"credentials role rolearn auth profile region endpoint", "write ‹connection: {region: eu-west-1}›, or name one of ‹connections:›"},
	{"disabled enabled skip", "write ‹if: false›"},
	{"else then do", "make a step ‹if: \"${ctx.count > 3}\"› of it, with this one under ‹then:›"},
}

// What others write where some of the branches or items are enough, and what to write.
const (
	someAreEnough = "quorum race mode any first anyof firstof firstsuccess firstwins stoponfirst stoponfirstsuccess minsuccess minsuccessful minsuccesses minsucceeded required needed atleast completionstrategy completionconfig completionmode completionpolicy completion waitfor joinstrategy jointype successpolicy successcriteria strategy"
	enoughHelp    = "write ‹enough: 1›, or how many have to succeed: the others stop then"
)

// ofVerb are what others write beside each verb.
var ofVerb = map[string][]entry{
	"call": {{"type resource uses action operation task", "leave it out: ‹call:› names the operation"}},
	"flow": {{"inputs params args input parameters variables", "write ‹with: {name: value}›"}},
	"forEach": {
		{"in items list over source values itemspath itemreader", `write ‹forEach: "${ctx.list}"›`},
		{"item var variable loopvar itemvariable itemname each value", "write ‹as: item›"},
		{"index indexvariable indexvar counter", "write ‹indexAs: i›"},
		{"steps body tasks then run block actions itemprocessor iterator", "write ‹do: [steps]›"},
		{"parallel maxconcurrency concurrencylimit batchsize maxparallel workers forks limit", "write ‹concurrency: 5›"},
		{"toleratedfailurepercentage toleratedfailurecount", "write ‹onError: collect›: all items run, and a ‹fail› behind it says when too many failed; ‹enough:› ends it once so many succeeded"},
		{"failfast continueonerror ignoreerrors", "write ‹onError: collect›"},
		{someAreEnough, enoughHelp},
		{"results output outputs gather yield select aggregate register", "write ‹collect: value› and ‹id: name›; the list is steps.name"},
	},
	"repeat": {
		{"while", "write ‹until:› with the opposite condition"},
		{"times count max maxiterations limit maxtries iterations", "write ‹maxAttempts: 10›"},
		{"interval delay sleep wait pause pollinterval", "write ‹every: 10s›"},
		{"do steps body tasks", "the steps are those of ‹repeat: [steps]›"},
	},
	"if": {
		{"do steps body actions run iftrue", "write ‹then: [steps]›"},
		{"elif elseif elsif", "write ‹else:› with a step of its own that has the ‹if:›"},
		{"otherwise default iffalse", "write ‹else: [steps]›"},
	},
	"switch": {
		{"case choices branches when options conditions", "write ‹cases: [{is: value, do: [steps]}]›"},
		{"otherwise else defaults", "write ‹default: [steps]›"},
	},
	"parallel": {
		{"branches tasks steps", "the branches are those of ‹parallel: {name: [steps], other: [steps]}›"},
		{"concurrency maxconcurrency", "leave it out: all branches run at once"},
		{someAreEnough, enoughHelp},
		{"failfast continueonerror", "write ‹onError: collect›"},
	},
	"try": {
		{"rescue except onerror docatch onfailure handlers errors", "write ‹catch: [{on: [throttled], do: [steps]}]›"},
		{"always ensure dofinally cleanup", "write ‹finally: [steps]›"},
		{"do steps body block", "the steps are those of ‹try: [steps]›"},
	},
}

// parts are the places of Part.
var parts = map[string][]entry{
	Retry: {
		{"maxattempts maxattempt maxretries max count times limit retries tries", "write ‹attempts: 3›, which counts the first time, too"},
		{"interval intervalseconds wait backoffdelay initialinterval initialdelay period sleep pause delayseconds", "write ‹delay: 1s›"},
		{"backoff backoffrate multiplier backoffcoefficient exponent rate delayfactor backoffmultiplier", "write ‹factor: 2›"},
		{"maxinterval maxdelayseconds maxbackoff cap maximuminterval maxwait", "write ‹maxDelay: 30s›"},
		{"maxduration timeout deadline maxelapsedtime maximumduration", "write ‹within: 5m›"},
		{"jitterstrategy randomize", "write ‹jitter: true›"},
		{"errorequals errors retryon codes when onerrors statuscodes conditions if", "write ‹on: [throttled, unavailable]›"},
		{"type strategy policy", "leave it out: ‹factor: 1› makes the waits equally long"},
	},
	Handler: {
		{"errors errorequals code codes class exception exceptions type match error catch name", "write ‹on: [throttled]›"},
		{"steps then next handle handler body tasks run goto", "write ‹do: [steps]›"},
		{"when condition", `write ‹if: "${error.status == 404}"›`},
		{"as resultpath output assign variable", "leave it out: the error is ${error}"},
	},
	Case: {
		{"value case equals eq match pattern const stringequals numericequals", "write ‹is: value›"},
		{"if condition expr expression test simple", `write ‹when: "${ctx.count > 3}"›`},
		{"steps then next run body tasks goto", "write ‹do: [steps]›"},
	},
	Input: {
		{"desc doc help displayname title label comment", "write ‹description: text›"},
		{"min gt ge gte exclusiveminimum", "write ‹minimum: 1›"},
		{"max lt le lte exclusivemaximum", "write ‹maximum: 10›"},
		{"minitems minlen minsize", "write ‹minLength: 1›, which counts elements, too"},
		{"maxitems maxlen maxsize", "write ‹maxLength: 10›, which counts elements, too"},
		{"uniqueitems", "leave it out: ${uniq(ctx.name)} leaves out what comes again"},
		{"multipleof step", "leave it out: a step such as ‹if: \"${ctx.count % 2 != 0}\"› with ‹fail:› asks for that"},
		{"oneof anyof allof", "write ‹type: any›, which takes each of them"},
		{"const", "write ‹enum: [one]›"},
		{"deprecated readonly writeonly order position group", "leave it out: an input has no such key"},
		{"keys keytype propertynames", "leave it out: the keys of a map are text"},
		{"list array", "write ‹type: list› and ‹items: {type: string}›"},
		{"object struct record", "write ‹type: object› and ‹members: {name: {type: string}}›"},
		{"values options choices allowed allowedvalues", "write ‹enum: [one, two]›"},
		{"regex regexp format match validator allowedpattern", "write ‹pattern: \"^c-[0-9]+$\"›"},
		{"value defaultvalue defaults initial", "write ‹default: value›"},
		{"properties fields attributes", "write ‹type: object› and ‹members: {name: {type: string}}›"},
		{"element elementtype itemtype of", "write ‹type: list› and ‹items: {type: string}›"},
		{"optional nullable", "leave it out: an input without ‹required: true› may be left out, and is null then"},
		{"secret sensitive noecho masked", "write ‹type: secret›"},
		{"kind datatype", "write ‹type: string›"},
	},
	Elements: {
		{"values value valuetype additionalproperties element elements elementtype itemtype of", "write ‹items: {type: string}›"},
	},
	Trigger: {
		{"cron crontab schedules interval every rate timer at scheduleexpression", `write ‹schedule: "30 2 * * *"›, or ‹schedule: every 15m›`},
		{"webhook route path url endpoint request httprequest api rest event on post get put method", "write ‹http: POST /orders/{customer}›"},
		{"tz zone timezoneid zoneinfo location", "write ‹timezone: Europe/Berlin›"},
		{"concurrencypolicy concurrency overlappolicy allowconcurrent maxactiveruns", "write ‹overlap: skip›, or queue, or allow"},
		{"catchup catchupwindow backfill misfire misfirepolicy startingdeadlineseconds recovermissedschedules", "write ‹missed: once›, or skip, or all"},
		{"ratelimit throttle throttling quota limits", "write ‹limit: {rate: 10/s}›"},
		{"origins origin allowedorigins alloworigins crossorigin", "write ‹cors: https://app.example.com›"},
		{"inputs input params parameters body payload data mapping", `write ‹with: {name: "${request.body}"}›`},
		{"when condition conditions filter", `write ‹if: "${request.body.kind == 'order'}"›`},
		{"response responses reply return returns output result respondtowebhook", `write ‹respond: {status: 201, body: "${output}"}›`},
		{"authentication authorization security token apikey secret authorizer auths", `write ‹auth: {bearer: "${secrets.apiToken}"}›`},
		{"timeout wait waitfor responsetimeout sync async responsemode", "write ‹answerWithin: 10s›, and 0s for an answer at once"},
		{"key idempotencykey dedupe deduplication deduplicationid eventid", `write ‹id: "${request.headers['x-github-delivery']}"›`},
		{"title label description desc", "write ‹name: nightly›"},
	},
	Respond: {
		{"statuscode code httpstatus", "write ‹status: 201›"},
		{"header responseheaders", `write ‹headers: {Location: "/orders/${output.id}"}›`},
		{"json text content payload data output value", `write ‹body: "${output}"›`},
		{"error errors class catch when if", "write ‹on: NotFound›"},
		{"contenttype mediatype type", "write ‹headers: {Content-Type: text/plain}›"},
	},
	Fail: {
		{"error errorcode name type class id kind", "write ‹code: Failed›"},
		{"reason msg text description cause summary title", "write ‹message: text›"},
		{"data payload info detail context", "write ‹details: {name: value}›"},
		{"statuscode httpstatus httpcode", "write ‹status: 422›"},
	},
	Secret: {
		{"from value name variable var ref environment", "write ‹{env: VARIABLE}›"},
	},
}
