package sqssvc

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

type createQueueIn struct {
	QueueName  string
	Attributes map[string]string
	Tags       map[string]string `json:"tags"`
}

type queueURL struct{ QueueUrl string } //nolint:revive // the wire's spelling

// IsName reports whether a queue can have a name.
func IsName(name string) bool {
	base := strings.TrimSuffix(name, ".fifo")
	if base == "" || len(name) > 80 {
		return false
	}
	return !strings.ContainsFunc(base, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}

func (a *API) createQueue(c *service.Call, in *createQueueIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case in.QueueName == "":
		return nil, absent("QueueName")
	case !IsName(in.QueueName):
		return nil, invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case isFIFO(in.QueueName) && in.Attributes["FifoQueue"] != "true":
		return nil, invalid("The queue name ends with .fifo, which is reserved for FIFO queues: set the attribute FifoQueue to true.")
	}
	if err := a.checkSettings(in.QueueName, c.Place(), in.Attributes); err != nil {
		return nil, err
	}
	r := a.realm(c.Place())
	if q := r.queues[in.QueueName]; q != nil {
		for name, v := range in.Attributes {
			if q.settings[name] != v {
				return nil, failure("QueueNameExists", "A queue already exists with the same name and a different value for attribute %s", name)
			}
		}
		return queueURL{urlOf(c, q)}, nil
	}
	if len(r.queues) >= maxQueues {
		return nil, failure("OverLimit", "awsemu has at most %d queues in an account and a region", maxQueues)
	}
	settings := defaults(isFIFO(in.QueueName))
	maps.Copy(settings, in.Attributes)
	q := newQueue(in.QueueName, c.Place(), settings, a.now(), a.token())
	if err := q.tag(in.Tags); err != nil {
		return nil, err
	}
	r.queues[in.QueueName] = q
	return queueURL{urlOf(c, q)}, nil
}

type ofQueue struct {
	QueueUrl string //nolint:revive // the wire's spelling
}

func (a *API) deleteQueue(c *service.Call, in *ofQueue) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	a.empty(q)
	a.kept -= int64(len(q.sent)) * overhead
	q.gone = true
	delete(a.realm(q.place).queues, q.name)
	q.stir()
	return nil, nil
}

func (a *API) purgeQueue(c *service.Call, in *ofQueue) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	a.empty(q)
	return nil, nil
}

type getQueueURLIn struct {
	QueueName              string
	QueueOwnerAWSAccountId string //nolint:revive // the wire's spelling
}

func (a *API) getQueueURL(c *service.Call, in *getQueueURLIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.QueueName == "" {
		return nil, absent("QueueName")
	}
	place := c.Place()
	if in.QueueOwnerAWSAccountId != "" {
		place.Account = in.QueueOwnerAWSAccountId
	}
	q := a.realm(place).queues[in.QueueName]
	if q == nil {
		return nil, noQueue()
	}
	return queueURL{urlOf(c, q)}, nil
}

type listIn struct {
	QueueUrl        string //nolint:revive // the wire's spelling
	QueueNamePrefix string
	NextToken       string
	MaxResults      *int
}

type listOut struct {
	QueueUrls []string `json:",omitempty" xml:"QueueUrl"` //nolint:revive // the wire's spelling
	NextToken string   `json:",omitempty" xml:",omitempty"`
}

// sourcesOut is a list whose member has another name.
type sourcesOut struct {
	QueueUrls []string `json:"queueUrls" xml:"QueueUrl"` //nolint:revive // the wire's spelling
	NextToken string   `json:",omitempty" xml:",omitempty"`
}

func (a *API) listQueues(c *service.Call, in *listIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	urls, token, err := a.page(c, in, func(q *queue) bool { return strings.HasPrefix(q.name, in.QueueNamePrefix) })
	if err != nil {
		return nil, err
	}
	return listOut{urls, token}, nil
}

func (a *API) listDeadLetterSourceQueues(c *service.Call, in *listIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	dead, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	urls, token, err := a.page(c, in, func(q *queue) bool {
		p, ok := readRedrive(q.settings["RedrivePolicy"])
		return ok && p.Target == dead.arn()
	})
	if err != nil {
		return nil, err
	}
	return sourcesOut{append([]string{}, urls...), token}, nil
}

const maxListed = 1000

// page lists queues by name, from the one on that a token names. a.mu is held.
func (a *API) page(c *service.Call, in *listIn, wanted func(*queue) bool) (urls []string, token string, err *service.APIError) {
	most := maxListed
	if in.MaxResults != nil {
		if most = *in.MaxResults; most < 1 || most > maxListed {
			return nil, "", invalid("Value for parameter MaxResults is invalid. Reason: must be between 1 and %d.", maxListed)
		}
	}
	after, wrong := base64.RawURLEncoding.DecodeString(in.NextToken)
	if wrong != nil || in.NextToken != "" && in.MaxResults == nil {
		return nil, "", invalid("Invalid or expired next token.")
	}
	queues := a.realm(c.Place()).queues
	last := ""
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		if name <= string(after) || !wanted(queues[name]) {
			continue
		}
		if len(urls) == most {
			if in.MaxResults != nil {
				token = base64.RawURLEncoding.EncodeToString([]byte(last))
			}
			break
		}
		urls, last = append(urls, urlOf(c, queues[name])), name
	}
	return urls, token, nil
}

type setQueueAttributesIn struct {
	QueueUrl   string //nolint:revive // the wire's spelling
	Attributes map[string]string
}

func (a *API) setQueueAttributes(c *service.Call, in *setQueueAttributesIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	switch {
	case err != nil:
		return nil, err
	case len(in.Attributes) == 0:
		return nil, absent("Attribute.Name")
	}
	if err := a.checkSettings(q.name, q.place, in.Attributes); err != nil {
		return nil, err
	}
	maps.Copy(q.settings, in.Attributes)
	q.changed = a.now()
	return nil, nil
}

type getQueueAttributesIn struct {
	QueueUrl       string //nolint:revive // the wire's spelling
	AttributeNames []string
}

type queueAttributes struct {
	Attributes texts `json:",omitempty" xml:"Attribute,omitempty"`
}

func (a *API) getQueueAttributes(c *service.Call, in *getQueueAttributesIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	found, err := q.attributesOf(in.AttributeNames, a.now())
	if err != nil {
		return nil, err
	}
	return queueAttributes{found}, nil
}

type tagsIn struct {
	QueueUrl string //nolint:revive // the wire's spelling
	Tags     map[string]string
	TagKeys  []string
}

type tagsOut struct {
	Tags texts `json:",omitempty" xml:"Tag,omitempty"`
}

const maxTags = 50

// tag adds tags.
func (q *queue) tag(tags map[string]string) *service.APIError {
	all := maps.Clone(q.tags)
	for key, v := range tags {
		if key == "" || len(key) > 128 || len(v) > 256 {
			return invalid("Tag keys must have 1 to 128 characters, and values at most 256.")
		}
		all[key] = v
	}
	if len(all) > maxTags {
		return invalid("Too many tags added for queue %s.", q.name)
	}
	q.tags = all
	return nil
}

func (a *API) tagQueue(c *service.Call, in *tagsIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	switch {
	case err != nil:
		return nil, err
	case len(in.Tags) == 0:
		return nil, absent("Tags")
	}
	if err := q.tag(in.Tags); err != nil {
		return nil, err
	}
	return nil, nil
}

func (a *API) untagQueue(c *service.Call, in *tagsIn) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	switch {
	case err != nil:
		return nil, err
	case len(in.TagKeys) == 0:
		return nil, absent("TagKeys")
	}
	for _, key := range in.TagKeys {
		delete(q.tags, key)
	}
	return nil, nil
}

func (a *API) listQueueTags(c *service.Call, in *ofQueue) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, err := a.find(c, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return tagsOut{maps.Clone(q.tags)}, nil
}
