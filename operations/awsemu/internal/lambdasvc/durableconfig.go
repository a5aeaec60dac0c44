package lambdasvc

import (
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/durable"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// durableInput is DurableConfig of a request; nil is not given.
type durableInput struct {
	ExecutionTimeout      *int
	RetentionPeriodInDays *int
	KMSKeyArn             *string
}

// Bounds of DurableConfig.
const (
	longestExecution = 31622400 // seconds
	longestRetention = 90       // days
	usualRetention   = 14
)

func (in *durableInput) check() error {
	if in == nil {
		return nil
	}
	if n := in.ExecutionTimeout; n != nil && (*n < 1 || *n > longestExecution) {
		return outOfRange(*n, "durableConfig.executionTimeout", 1, longestExecution)
	}
	if n := in.RetentionPeriodInDays; n != nil && (*n < 1 || *n > longestRetention) {
		return outOfRange(*n, "durableConfig.retentionPeriodInDays", 1, longestRetention)
	}
	return nil
}

func outOfRange(n int, member string, least, most int) error {
	if n < least {
		return service.InvalidMember(strconv.Itoa(n), member, "Member must have value greater than or equal to "+strconv.Itoa(least))
	}
	return service.InvalidMember(strconv.Itoa(n), member, "Member must have value less than or equal to "+strconv.Itoa(most))
}

// apply lays what is given over the configuration of a function that is
// durable, or that is being made.
func (in *durableInput) apply(config *configuration) {
	if in == nil {
		return
	}
	next := durable.Config{RetentionPeriodInDays: usualRetention}
	if config.DurableConfig != nil {
		next = *config.DurableConfig
	}
	override(&next.ExecutionTimeout, in.ExecutionTimeout)
	override(&next.RetentionPeriodInDays, in.RetentionPeriodInDays)
	override(&next.KMSKeyArn, in.KMSKeyArn)
	config.DurableConfig = &next
}

// checkNew is about a function that is being made.
func (in *durableInput) checkNew(runtime *string, packageType string) error {
	switch {
	case in == nil:
		return nil
	case in.ExecutionTimeout == nil:
		return service.Invalid("You cannot create a function with a durable configuration without an executionTimeout")
	case packageType != "Image" && runtime != nil && !runsDurable(*runtime):
		return service.Invalid("The runtime %s does not support durable functions.", *runtime)
	}
	return nil
}

// runsDurable reports whether functions of a runtime can be durable.
func runsDurable(runtime string) bool {
	for _, row := range []struct {
		prefix string
		least  int
	}{{"nodejs", 22}, {"python3.", 13}, {"java", 11}, {"dotnet", 8}} {
		if rest, ok := strings.CutPrefix(runtime, row.prefix); ok {
			digits := strings.TrimRight(strings.SplitN(rest, ".", 2)[0], "abcdefghijklmnopqrstuvwxyz")
			n, err := strconv.Atoi(digits)
			return err == nil && n >= row.least
		}
	}
	return strings.HasPrefix(runtime, "provided")
}
