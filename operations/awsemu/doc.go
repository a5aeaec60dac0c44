// Package awsemu is AWS Lambda and AWS STS on loopback, for trying and testing
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
// # What it does
//
// Functions, versions, aliases with weights, permissions, layers and account
// settings of Lambda; roles, sessions and the caller's identity of STS; with
// the statuses, codes and messages that AWS gives. Every signature is checked.
// The key pair test/test belongs to account 000000000000. Any role can be
// assumed where the functions file declares none.
//
// Each account and each region begins with everything that the functions file
// declares and has its own state from there. An ARN of another account is
// followed: there are no policies to forbid it.
//
// An alias that is split between two versions sends its invocations by smooth
// weighted round robin: a weight of 0.1 is exactly one in ten, always in the
// same places.
//
// # What it does not do
//
// It runs no code and evaluates no IAM policy. A function answers with what the
// functions file declares; one that was made by CreateFunction fails and says
// so. The operations of Lambda and STS that it does not have answer 501 and
// name themselves. Signatures in the query (presigned URLs) are not understood.
// State is gone after [Emulator.Close]. Where AWS refuses a parameter with the
// undocumented ValidationException of Lambda, this package says
// InvalidParameterValueException.
//
// # The functions file
//
// A YAML file that [ReadFixture] reads. Every key is optional.
//
//	functions:
//	  orders:
//	    description: Takes orders.
//	    runtime: provided.al2023      # told, not used
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
//	    policy:
//	      from-s3: {principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::orders"}
//	layers:
//	  shared-lib:
//	    versions:
//	      "1": {description: first, licenseInfo: MIT, compatibleRuntimes: [nodejs22.x], compatibleArchitectures: [arm64]}
//	roles: [deployer]                 # names or ARNs; others are then AccessDenied
//	accounts:                         # further key pairs, each its account's root
//	  "111122223333": {accessKeyId: AKIAEXAMPLE000000000, secretAccessKey: example}
//	limits: {concurrentExecutions: 1000}
//
// The reply of a function is what $LATEST answers, and each version without a
// reply of its own. Instead of a reply there can be an error, with errorType,
// errorMessage, stackTrace and "unhandled: true" where the function is to break
// off rather than to report. Texts in replies, errors and log lines may hold
// ${...}: an expression of flows over event (what the function was invoked
// with) and context (functionName, functionVersion, invokedFunctionArn,
// awsRequestId, memoryLimitInMB). A statement of a policy allows
// lambda:InvokeFunction unless it has an action; it may also have
// sourceAccount and principalOrgID.
package awsemu
