package sqssvc

import (
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// What an API keeps at most.
const (
	maxQueues = 1000      // of an account in a region
	maxKept   = 256 << 20 // bytes of all messages
)

// realm are the queues of an account in a region.
type realm struct{ queues map[string]*queue }

// realm returns the queues of a place, with those that it begins with. a.mu is held.
func (a *API) realm(place service.Place) *realm {
	r := a.realms[place]
	if r != nil {
		return r
	}
	r = &realm{queues: map[string]*queue{}}
	a.realms[place] = r
	for _, d := range a.given {
		settings := defaults(isFIFO(d.Name))
		for name, v := range d.Attributes {
			settings[name] = v
		}
		if d.DeadLetters != "" {
			settings["RedrivePolicy"] = redrivePolicy{Target: arnOf(place, d.DeadLetters), Most: d.MaxReceives}.text()
		}
		r.queues[d.Name] = newQueue(d.Name, place, settings, a.now(), a.token())
	}
	return r
}

// token returns what tells a queue from others of its name.
func (a *API) token() string {
	id, _ := a.entropy.UUID() // without randomness two queues of one name are one
	return id
}

// find returns the queue of a URL, or of a name. a.mu is held.
func (a *API) find(c *service.Call, address string) (*queue, *service.APIError) {
	place, name := c.Place(), address
	if address == "" {
		// Older clients send the request to the queue itself.
		if address = c.HTTP.URL.Path; strings.Trim(address, "/") == "" {
			return nil, absent("QueueUrl")
		}
	}
	if u, err := url.Parse(address); err == nil && strings.Contains(u.Path, "/") {
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if len(parts) != 2 {
			return nil, failure("InvalidAddress", "The address %s is not valid for this endpoint.", shortened(address))
		}
		place.Account, name = parts[0], parts[1]
	}
	q := a.realm(place).queues[name]
	if q == nil {
		return nil, noQueue()
	}
	a.sweep(q, a.now())
	return q, nil
}

// byARN returns a queue by its ARN; nil for none. a.mu is held.
func (a *API) byARN(arn string) *queue {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sqs" {
		return nil
	}
	r := a.realms[service.Place{Account: parts[4], Region: parts[3]}]
	if r == nil {
		return nil
	}
	return r.queues[parts[5]]
}

func arnOf(place service.Place, name string) string {
	return "arn:" + service.Partition(place.Region) + ":sqs:" + place.Region + ":" + place.Account + ":" + name
}

func (q *queue) arn() string { return arnOf(q.place, q.name) }

// urlOf is the address of a queue as the caller reaches the emulator.
func urlOf(c *service.Call, q *queue) string {
	return "http://" + c.HTTP.Host + "/" + q.place.Account + "/" + q.name
}
