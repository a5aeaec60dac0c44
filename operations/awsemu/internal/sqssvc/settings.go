package sqssvc

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// numbers are the attributes that are numbers: the least, the most, and what holds
// where nothing is said. From the reference of SetQueueAttributes.
var numbers = late.Value[map[string][3]int]{Make: func() map[string][3]int {
	return map[string][3]int{
		"DelaySeconds":                  {0, 900, 0},
		"MaximumMessageSize":            {1024, 1 << 20, 1 << 20},
		"MessageRetentionPeriod":        {60, 1209600, 345600},
		"ReceiveMessageWaitTimeSeconds": {0, 20, 0},
		"VisibilityTimeout":             {0, 43200, 30},
	}
}}

// words are the attributes of which some words are possible.
var words = late.Value[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"FifoQueue":                 {"true"},
		"ContentBasedDeduplication": {"true", "false"},
		"DeduplicationScope":        {"queue", "messageGroup"},
		"FifoThroughputLimit":       {"perQueue", "perMessageGroupId"},
		"SqsManagedSseEnabled":      {"true", "false"},
	}
}}

var (
	fifoSettings = []string{"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
	// kept are those that have no effect here, and are told again.
	keptSettings = []string{"Policy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"}
	told         = []string{"QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "CreatedTimestamp", "LastModifiedTimestamp"}
)

// defaults are the attributes of a queue that nobody has set.
func defaults(fifo bool) map[string]string {
	settings := map[string]string{"SqsManagedSseEnabled": "true"}
	for name, n := range numbers.Get() {
		settings[name] = strconv.Itoa(n[2])
	}
	if fifo {
		settings["FifoQueue"], settings["ContentBasedDeduplication"] = "true", "false"
		settings["DeduplicationScope"], settings["FifoThroughputLimit"] = "queue", "perQueue"
	}
	return settings
}

// redrivePolicy is when a message goes to which other queue.
type redrivePolicy struct {
	Target string
	Most   int // how often it may be received
}

func (p redrivePolicy) text() string {
	text, _ := json.Marshal(map[string]any{"deadLetterTargetArn": p.Target, "maxReceiveCount": p.Most}) // always encodes
	return string(text)
}

// readRedrive reads the attribute RedrivePolicy.
func readRedrive(text string) (p redrivePolicy, ok bool) {
	var in struct {
		Target *string         `json:"deadLetterTargetArn"`
		Most   json.RawMessage `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(text), &in) != nil || in.Target == nil {
		return p, false
	}
	most, err := strconv.Atoi(strings.Trim(string(in.Most), `"`)) // clients write it as text, too
	return redrivePolicy{Target: *in.Target, Most: most}, err == nil && most >= 1 && most <= 1000
}

// checkSettings refuses attributes that a queue cannot have. a.mu is held.
func (a *API) checkSettings(name string, place service.Place, given map[string]string) *service.APIError {
	fifo := isFIFO(name)
	for _, key := range slices.Sorted(maps.Keys(given)) {
		text := given[key]
		wrong := invalid("Invalid value for the parameter %s.", key)
		if bounds, ok := numbers.Get()[key]; ok {
			if n, err := strconv.Atoi(text); err != nil || n < bounds[0] || n > bounds[1] {
				return failure("InvalidAttributeValue", "Invalid value for the parameter %s.", key)
			}
			continue
		}
		switch {
		case slices.Contains(fifoSettings, key) && !fifo:
			if key == "FifoQueue" && text == "true" {
				return invalid("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
			}
			return failure("InvalidAttributeName", "Unknown Attribute %s.", key)
		case words.Get()[key] != nil:
			if !slices.Contains(words.Get()[key], text) {
				return failure("InvalidAttributeValue", "Invalid value for the parameter %s.", key)
			}
		case key == "RedrivePolicy":
			if err := a.checkRedrive(name, place, text); err != nil {
				return err
			}
		case slices.Contains(keptSettings, key):
			if text != "" && strings.Contains(key, "Policy") && !json.Valid([]byte(text)) {
				return wrong
			}
		default:
			return failure("InvalidAttributeName", "Unknown Attribute %s.", shortened(key))
		}
	}
	return nil
}

func (a *API) checkRedrive(name string, place service.Place, text string) *service.APIError {
	if text == "" {
		return nil // which ends it
	}
	p, ok := readRedrive(text)
	if !ok {
		return invalid("Value %s for parameter RedrivePolicy is invalid. Reason: expected a JSON object with deadLetterTargetArn, and maxReceiveCount from 1 to 1000.", shortened(text))
	}
	a.realm(place)
	dead := a.byARN(p.Target)
	switch {
	case dead == nil || dead.place != place:
		return invalid("Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", shortened(text))
	case dead.fifo != isFIFO(name):
		return invalid("Value %s for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source.", shortened(text))
	}
	return nil
}

// attributesOf returns attributes of a queue by their names.
func (q *queue) attributesOf(names []string, now time.Time) (texts, *service.APIError) {
	all := maps.Clone(q.settings)
	visible, inFlight, delayed := q.counts(now)
	all["QueueArn"] = q.arn()
	all["ApproximateNumberOfMessages"] = strconv.Itoa(visible)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(inFlight)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	all["CreatedTimestamp"] = strconv.FormatInt(q.created.Unix(), 10)
	all["LastModifiedTimestamp"] = strconv.FormatInt(q.changed.Unix(), 10)
	if slices.Contains(names, "All") {
		return all, nil
	}
	out := texts{}
	for _, name := range names {
		_, number := numbers.Get()[name]
		if !number && words.Get()[name] == nil && name != "RedrivePolicy" && !slices.Contains(keptSettings, name) && !slices.Contains(told, name) {
			return nil, failure("InvalidAttributeName", "Unknown Attribute %s.", shortened(name))
		}
		if v := all[name]; v != "" {
			out[name] = v
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}
