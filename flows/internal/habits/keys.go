package habits

import "strings"

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
func Step(verb, key string) Use { return find(key, of(ofVerb, verb), modifiers) }

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
	// Gates are what stands before the calls of a connection, whatever it is to.
	Gates   = "gates"
	Circuit = "circuitBreaker" // of a connection
	Rate    = "limit"          // of a connection
	Fail    = "fail"
)

// Part returns what to write for a key of one of the places.
func Part(place, key string) Use { return find(key, of(parts, place)) }

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
	{breakers, Told, "connections", circuitHelp},
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
	{breakers, Told, "connections", circuitHelp},
	{"else then do", Around, "if then", "make a step ‹if: \"${ctx.count > 3}\"› of it, with this one under ‹then:›"},
}

// section has the entries of a verb or a place; a list of them is not made when the program
// starts, as a map is.
type section struct {
	name    string
	entries []entry
}

// of returns the entries of the section with a name.
func of(sections []section, name string) []entry {
	for _, s := range sections {
		if s.name == name {
			return s.entries
		}
	}
	return nil
}

// What others write where some of the branches or items are enough, and what to write.
const (
	someAreEnough = "quorum race mode any first anyof firstof firstsuccess firstwins stoponfirst stoponfirstsuccess minsuccess minsuccessful minsuccesses minsucceeded required needed atleast completionstrategy completionconfig completionmode completionpolicy completion waitfor joinstrategy jointype successpolicy successcriteria strategy"
	enoughHelp    = "write ‹enough: 1›, or how many have to succeed: the others stop then"
)

// What others call a circuit breaker, and where it stands.
const (
	breakers    = "circuitbreaker circuitbreakers circuit breaker outlierdetection hystrix resilience resiliency resilience4j resilience4jconfiguration faulttolerance"
	circuitHelp = "give one of ‹connections:› a ‹circuitBreaker: {failures: 5, open: 30s}›"
)

// ofVerb are what others write beside each verb.
var ofVerb = []section{
	{"call", []entry{{"type resource uses action operation task", Nothing, "", "leave it out: ‹call:› names the operation"}}},
	{"flow", []entry{{"inputs params args input parameters variables", Renamed, "with", "write ‹with: {name: value}›"}}},
	{"forEach", []entry{
		{"in items list over source values itemspath itemreader", Renamed, "forEach", `write ‹forEach: "${ctx.list}"›`},
		{"item var variable loopvar itemvariable itemname each value", Renamed, "as", "write ‹as: item›"},
		{"index indexvariable indexvar counter", Renamed, "indexAs", "write ‹indexAs: i›"},
		{"steps body tasks then run block actions itemprocessor iterator", Renamed, "do", "write ‹do: [steps]›"},
		{"parallel maxconcurrency concurrencylimit batchsize maxparallel workers forks limit", Renamed, "concurrency", "write ‹concurrency: 5›"},
		{"toleratedfailurepercentage toleratedfailurecount", Told, "onError enough", "write ‹onError: collect›: all items run, and a ‹fail› behind it says when too many failed; ‹enough:› ends it once so many succeeded"},
		{"failfast continueonerror ignoreerrors", Renamed, "onError", "write ‹onError: collect›"},
		{someAreEnough, Renamed, "enough", enoughHelp},
		{"results output outputs gather yield select aggregate register", Renamed, "collect id", "write ‹collect: value› and ‹id: name›; the list is steps.name"},
	}},
	{"repeat", []entry{
		{"while", Opposite, "until", "write ‹until:› with the opposite condition"},
		{"times count max maxiterations limit maxtries iterations", Renamed, "maxAttempts", "write ‹maxAttempts: 10›"},
		{"interval delay sleep wait pause pollinterval", Renamed, "every", "write ‹every: 10s›"},
		{"do steps body tasks", Renamed, "repeat", "the steps are those of ‹repeat: [steps]›"},
	}},
	{"if", []entry{
		{"do steps body actions run iftrue", Renamed, "then", "write ‹then: [steps]›"},
		{"elif elseif elsif", Renamed, "else if", "write ‹else:› with a step of its own that has the ‹if:›"},
		{"otherwise default iffalse", Renamed, "else", "write ‹else: [steps]›"},
	}},
	{"switch", []entry{
		{"case choices branches when options conditions", Renamed, "cases", "write ‹cases: [{is: value, do: [steps]}]›"},
		{"otherwise else defaults", Renamed, "default", "write ‹default: [steps]›"},
	}},
	{"parallel", []entry{
		{"branches tasks steps", Renamed, "parallel", "the branches are those of ‹parallel: {name: [steps], other: [steps]}›"},
		{"concurrency maxconcurrency", Nothing, "", "leave it out: all branches run at once"},
		{someAreEnough, Renamed, "enough", enoughHelp},
		{"failfast continueonerror", Renamed, "onError", "write ‹onError: collect›"},
	}},
	{"try", []entry{
		{"rescue except onerror docatch onfailure handlers errors", Renamed, "catch", "write ‹catch: [{on: [throttled], do: [steps]}]›"},
		{"always ensure dofinally cleanup", Renamed, "finally", "write ‹finally: [steps]›"},
		{"do steps body block", Renamed, "try", "the steps are those of ‹try: [steps]›"},
	}},
}

// parts are the places of Part.
var parts = []section{
	{Retry, []entry{
		{"maxattempts maxattempt maxretries max count times limit retries tries", Renamed, "attempts", "write ‹attempts: 3›, which counts the first time, too"},
		{"interval intervalseconds wait backoffdelay initialinterval initialdelay period sleep pause delayseconds", Renamed, "delay", "write ‹delay: 1s›"},
		{"backoff backoffrate multiplier backoffcoefficient exponent rate delayfactor backoffmultiplier", Renamed, "factor", "write ‹factor: 2›"},
		{"maxinterval maxdelayseconds maxbackoff cap maximuminterval maxwait", Renamed, "maxDelay", "write ‹maxDelay: 30s›"},
		{"maxduration timeout deadline maxelapsedtime maximumduration", Renamed, "within", "write ‹within: 5m›"},
		{"jitterstrategy randomize", Renamed, "jitter", "write ‹jitter: true›"},
		{"errorequals errors retryon codes when onerrors statuscodes conditions if", Renamed, "on", "write ‹on: [throttled, unavailable]›"},
		{"type strategy policy", Nothing, "", "leave it out: ‹factor: 1› makes the waits equally long"},
	}},
	{Handler, []entry{
		{"errors errorequals code codes class exception exceptions type match error catch name", Renamed, "on", "write ‹on: [throttled]›"},
		{"steps then next handle handler body tasks run goto", Renamed, "do", "write ‹do: [steps]›"},
		{"when condition", Renamed, "if", `write ‹if: "${error.status == 404}"›`},
		{"as resultpath output assign variable", Nothing, "", "leave it out: the error is ${error}"},
	}},
	{Case, []entry{
		{"value case equals eq match pattern const stringequals numericequals", Renamed, "is", "write ‹is: value›"},
		{"if condition expr expression test simple", Renamed, "when", `write ‹when: "${ctx.count > 3}"›`},
		{"steps then next run body tasks goto", Renamed, "do", "write ‹do: [steps]›"},
	}},
	{Input, []entry{
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
	}},
	{Elements, []entry{
		{"values value valuetype additionalproperties element elements elementtype itemtype of", Declares, "items", "write ‹items: {type: string}›"},
	}},
	{Trigger, []entry{
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
	}},
	{Respond, []entry{
		{"statuscode code httpstatus", Renamed, "status", "write ‹status: 201›"},
		{"header responseheaders", Renamed, "headers", `write ‹headers: {Location: "/orders/${output.id}"}›`},
		{"json text content payload data output value", Renamed, "body", `write ‹body: "${output}"›`},
		{"error errors class catch when if", Renamed, "on", "write ‹on: NotFound›"},
		{"contenttype mediatype type", Renamed, "headers", "write ‹headers: {Content-Type: text/plain}›"},
	}},
	{Fail, []entry{
		{"error errorcode name type class id kind", Renamed, "code", "write ‹code: Failed›"},
		{"reason msg text description cause summary title", Renamed, "message", "write ‹message: text›"},
		{"data payload info detail context", Renamed, "details", "write ‹details: {name: value}›"},
		{"statuscode httpstatus httpcode", Renamed, "status", "write ‹status: 422›"},
	}},
	{Gates, []entry{
		{breakers, Renamed, "circuitBreaker", "write ‹circuitBreaker: {failures: 5, open: 30s}›"},
		{"ratelimit ratelimiter ratelimiting limits limiter throttle throttling throttler quota rate maxrate rps maxrps requestspersecond", Renamed, "limit", "write ‹limit: {rate: 10/s}›"},
	}},
	{Circuit, []entry{
		{
			"threshold failurethreshold failurecountthreshold failurecount errorthreshold errorcount errors maxfailures maxerrors maxconsecutivefailures maxfails consecutivefailures consecutiveerrors consecutive5xxerrors consecutivegatewayerrors requestvolumethreshold minimumnumberofcalls minimumthroughput exceptionsallowedbeforebreaking handledeventsallowedbeforebreaking attempts count max after",
			Renamed, "failures", "write ‹failures: 5›: so many in a row open it",
		},
		{
			"failureratethreshold failurerate failureratio errorratethreshold errorrate errorratio errorpercentage errorthresholdpercentage slowcallratethreshold slidingwindowsize slidingwindowtype slidingwindow samplingduration",
			Told, "failures", "leave it out: ‹failures: 5› counts those in a row, not a share",
		},
		{
			"timeout opentimeout openduration opentime openfor resettimeout reset resetafter resettime waitdurationinopenstate waitduration wait durationofbreak breakduration duration delay cooldown cooldownperiod sleepwindow sleepwindowinmilliseconds recoverytimeout recoverytime halfopenafter halfopentimeout baseejectiontime failtimeout interval period retryafter retrytimeout",
			Renamed, "open", "write ‹open: 30s›: so long no call is made",
		},
		{
			"halfopen halfopenrequests halfopenattempts halfopenmaxcalls halfopenmaxrequests permittednumberofcallsinhalfopenstate maxrequests successthreshold successes successcount",
			Nothing, "", "leave it out: one call tries whether the service is there again",
		},
		{"fallback fallbackuri onopen onfallback", Around, "try catch", "put the call into ‹try: [steps]› with ‹catch: [{on: CircuitOpen, do: [steps]}]›"},
	}},
	{Rate, []entry{
		{"requests calls count limit max maximum maxrequests permits rps requestspersecond persecond limitforperiod", Renamed, "rate", "write ‹rate: 10/s›"},
		{"per period interval window unit timeunit timeperiod limitrefreshperiod every", Told, "rate", "leave it out: the time stands in ‹rate: 10/s›"},
		{"burstsize bursts maxburst burstlimit bucket bucketsize capacity burstcapacity", Renamed, "burst", "write ‹burst: 5›"},
	}},
	{Secret, []entry{
		{"from value name variable var ref environment", Told, "env", "write ‹{env: VARIABLE}›"},
	}},
}
