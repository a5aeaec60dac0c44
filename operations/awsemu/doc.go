// Package awsemu is AWS Lambda, STS and SQS on loopback, for trying and testing
// integration flows without an account. It speaks the wire protocols, so the
// AWS SDKs and the AWS CLI use it as if it were AWS.
//
// Make one with [New], start it, and give its environment to whatever is to
// use it:
//
//	emulator, err := awsemu.New(awsemu.Options{Fixture: fixture})
//	...
//	err = emulator.Start()
//	defer emulator.Close()
//	cmd.Env = append(os.Environ(), emulator.Env()...)
//
// A test of an embedder takes package awsemutest instead, where that is one
// line.
//
// # What it does
//
// Functions, their code and settings, versions, aliases with weights,
// permissions, tags, concurrency, event configurations, layers, function URLs
// and account settings of Lambda, and its durable executions; the eight operations of STS
// that flows have, web identity tokens and SAML assertions being read, not
// verified; queues of SQS, in memory; with the states, statuses, codes and messages that AWS gives. Every
// signature is checked, in a header or in the query. The
// key pair test/test belongs to account 000000000000. Any role can be assumed
// where the functions file declares none.
//
// Code runs in processes of this machine that speak the Lambda Runtime API: a
// bootstrap for provided.*, handlers in JavaScript and Python where node and
// python3 are on the PATH. A version has up to eight processes, each with one
// invocation at a time; what comes above that waits. Timeout, memory size
// (Linux), environment, layers and the credentials of the role are as
// configured. [Handler] functions run in this process, and replies need no
// code at all. An Event is tried again twice; what fails for good is in
// [Emulator.DeadLetters].
//
// Each account and each region begins with everything that the functions file
// declares, or with what it declares for that account, and has its own state
// from there. An ARN of another account is
// followed: there are no policies to forbid it. State is gone after
// [Emulator.Close] unless Options.Data names a folder for it.
//
// An alias that is split between two versions sends its invocations by smooth
// weighted round robin: a weight of 0.1 is exactly one in ten, always in the
// same places.
//
// # What it does not do
//
// It evaluates no IAM policy, runs no images and keeps nothing of a function
// from the machine it runs on: functions have the rights of this process. A
// started emulator answers requests for a loopback address only, unless
// Options.AllowRemote is set. A changed $LATEST runs with the change at once,
// while AWS goes on with the old one until the change has settled. Dead-letter
// queues, destinations, VPCs and log groups are kept and not used. The
// operations of its services that it does not have answer 501 and name
// themselves. Where AWS refuses a parameter with the undocumented
// ValidationException of Lambda, this package says
// InvalidParameterValueException, but for durable executions.
//
// # Paths of its own
//
// GET /_awsemu/dead-letters gives the events that failed for good, as JSON,
// /_awsemu/durable-logs?arn=ARN what the functions of a durable execution have
// written, and /_awsemu/code/ the zips that GetFunction and GetLayerVersion tell
// of. /_awsemu/urls/REGION/ID/ are the addresses of functions.
//
// # The functions file
//
// A YAML file that [ReadFixture] reads. Every key is optional; docs/local-aws.md
// explains each.
//
//	functions:
//	  orders:
//	    description: Takes orders.
//	    runtime: provided.al2023      # told, and used where there is code
//	    handler: bootstrap
//	    role: arn:aws:iam::000000000000:role/orders
//	    timeout: 3                    # seconds, 1 to 900
//	    memorySize: 128               # MB, 128 to 10240
//	    environment: {STAGE: test}
//	    tags: {team: shop}
//	    reply: {ok: true, order: "${event.order}"}
//	    log: ["order ${event.order}"] # what LogType Tail shows
//	    versions:
//	      "1": {reply: {ok: true, version: "${context.functionVersion}"}}
//	      "2": {description: "answers as the function itself does"}
//	      "3": {error: {errorType: BadBuild, errorMessage: no database}}
//	    aliases:
//	      live: {version: "1", description: what users get, weights: {"2": 0.1}}
//	    url: {authType: NONE}         # an address over HTTP
//	    policy:
//	      from-s3: {principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::orders"}
//	    concurrency: 2                # reserved: a third call at once gets 429
//	  resize:
//	    runtime: nodejs22.x
//	    handler: index.handler
//	    code: ./resize                # a folder or a zip, relative to this file
//	  approve:
//	    runtime: nodejs22.x
//	    handler: approve.handler
//	    code: ./approve
//	    durable: {executionTimeout: 86400} # in seconds
//	layers:
//	  shared-lib:
//	    versions:
//	      "1": {description: first, licenseInfo: MIT, compatibleRuntimes: [nodejs22.x], compatibleArchitectures: [arm64]}
//	queues:
//	  orders: {visibilityTimeout: 30, deadLetters: failed, maxReceives: 3}
//	  failed: {}
//	roles: [deployer]                 # names or ARNs; others are then AccessDenied
//	accounts:                         # further key pairs, each its account's root,
//	                                  # and functions in the place of those above
//	  "111122223333": {accessKeyId: AKIAEXAMPLE000000000, secretAccessKey: example}
//	limits: {concurrentExecutions: 1000, session: 5s} # the longest session of STS
//	buckets: {deployments: ./zips}    # folders that code may come from as S3
//	durableClock: jumping             # waits of durable executions take no time
//	seed: 7
//	faults:
//	  - {kind: throttle, operation: lambda.invoke, function: orders, times: 2}
//	  - {kind: latency, operation: sts, share: 0.3, delay: 200ms}
//
// The reply of a function is what $LATEST answers, and each version without a
// reply of its own. Instead of a reply there can be an error, with errorType,
// errorMessage and stackTrace. Texts in replies, errors and log lines may hold
// ${...}: an expression of flows over event (what the function was invoked
// with) and context (functionName, functionVersion, invokedFunctionArn,
// awsRequestId, memoryLimitInMB). A statement of a policy allows
// lambda:InvokeFunction unless it has an action; it may also have
// sourceAccount and principalOrgID.
//
// A fault is throttle, error (with code, status and message), expire, deny
// (with a message for DecodeAuthorizationMessage), latency (with delay), drop
// (the connection ends before anything is done) or half (the operation is done
// and its answer breaks off). It concerns an operation, a service or
// everything; after lets so many requests pass first, times bounds how many it
// spoils, share spoils that part of them: the same ones for the same seed.
package awsemu
