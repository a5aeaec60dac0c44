// Package awsapi makes any client of the AWS SDK for Go a connector.
//
// Begin with [Connector]: it takes a service's constructor and gives every
// operation of its client, so one line of Go adds a service:
//
//	awsapi.Connector("sqs", sqs.NewFromConfig)
//
// Parameters, types, enum values, required members and results come from the
// SDK's own types by reflection, at the first use of each operation. What the
// SDK cannot know (limits, other spellings, descriptions) is given as data in
// options, see [Operations]. A call is a plan compiled once: members are set
// and read by index.
//
// Parameters are spelt lowerCamel and also as AWS spells them; results keep
// the AWS spelling, and a declared member that AWS did not send is null. The
// tagged unions that some services take need the option [Unions]; documents
// cannot be given.
package awsapi
