package lambdasvc

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// mappingsPath is below what event source mappings are.
const mappingsPath = "/2015-03-31/event-source-mappings"

// mostMappings bounds the mappings of all accounts.
const mostMappings = 200

// mappings are the event source mappings. They are kept no longer than the queues
// that they take from.
type mappings struct {
	queues service.Queues

	mu    sync.Mutex
	order []string            // the UUIDs as they were made
	all   map[string]*mapping // by UUID
}

// mapping has a function take the messages of a queue.
type mapping struct {
	place  service.Place
	ref    functionRef
	filter filters
	stop   chan struct{} // ends those who poll; nil while nobody does

	// What callers see, which is not changed: another mapping takes its place.
	shown mappingShown
}

type mappingShown struct {
	UUID                           string
	EventSourceArn                 string
	EventSourceMappingArn          string
	FunctionArn                    string
	State                          string
	StateTransitionReason          string
	LastModified                   float64
	BatchSize                      int
	MaximumBatchingWindowInSeconds int
	FunctionResponseTypes          []string
	FilterCriteria                 *filterCriteria `json:",omitempty"`
	ScalingConfig                  *scalingConfig  `json:",omitempty"`
}

type filterCriteria struct {
	Filters []filterShown
}

type filterShown struct{ Pattern string }

type scalingConfig struct {
	MaximumConcurrency *int `json:",omitempty"`
}

// mappingInput is the body of CreateEventSourceMapping and UpdateEventSourceMapping.
type mappingInput struct {
	EventSourceArn                 string
	FunctionName                   string
	Enabled                        *bool
	BatchSize                      *int
	MaximumBatchingWindowInSeconds *int
	FunctionResponseTypes          []string
	FilterCriteria                 *filterCriteria
	ScalingConfig                  *scalingConfig
}

func (l *API) mappingRoutes() []route {
	return []route{
		{"POST", mappingsPath, service.NewOperation("CreateEventSourceMapping", http.StatusAccepted, l.createMapping), bodyLimit},
		{"GET", mappingsPath, service.NewOperation("ListEventSourceMappings", http.StatusOK, l.listMappings), bodyLimit},
		{"GET", mappingsPath + "/{UUID}", service.NewOperation("GetEventSourceMapping", http.StatusOK, l.getMapping), bodyLimit},
		{"PUT", mappingsPath + "/{UUID}", service.NewOperation("UpdateEventSourceMapping", http.StatusAccepted, l.updateMapping), bodyLimit},
		{"DELETE", mappingsPath + "/{UUID}", service.NewOperation("DeleteEventSourceMapping", http.StatusAccepted, l.deleteMapping), bodyLimit},
	}
}

func (l *API) createMapping(c *service.Call) (any, error) {
	in, err := decode[mappingInput](c)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.EventSourceArn, "arn:aws:sqs:") {
		return nil, service.NotImplemented("awsemu takes messages from queues of SQS alone, whose ARN is eventSourceArn")
	}
	m := &mapping{place: c.Place(), shown: mappingShown{EventSourceArn: in.EventSourceArn, BatchSize: 10, FunctionResponseTypes: []string{}}}
	if err := l.fill(m, in); err != nil {
		return nil, err
	}
	l.mappings.mu.Lock()
	defer l.mappings.mu.Unlock()
	for _, other := range l.mappings.all {
		if other.shown.EventSourceArn == m.shown.EventSourceArn && other.shown.FunctionArn == m.shown.FunctionArn {
			return nil, service.Conflict("The event source arn (\" %s \") and function (\" %s \") provided mapping already exists. Please update or delete the existing mapping with UUID %s",
				m.shown.EventSourceArn, m.ref.name, other.shown.UUID)
		}
	}
	if len(l.mappings.all) >= mostMappings {
		return nil, service.Failure("ServiceException", http.StatusServiceUnavailable, "the emulator has at most %d event source mappings", mostMappings)
	}
	if m.shown.UUID, err = l.store.entropy.UUID(); err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	m.shown.EventSourceMappingArn = lambdaARN(m.place, "event-source-mapping:"+m.shown.UUID)
	l.mappings.order = append(l.mappings.order, m.shown.UUID)
	l.enable(m, in.Enabled == nil || *in.Enabled)
	return m.as("Creating"), nil
}

// fill takes over what a request says, where it may be so.
func (l *API) fill(m *mapping, in mappingInput) error {
	if in.FunctionName != "" || m.ref.name == "" {
		ref, err := parseFunction(m.place, in.FunctionName, "")
		if err != nil {
			return err
		}
		m.ref, m.shown.FunctionArn = ref, ref.arn(ref.qualifier)
	}
	hidden, fifo, ok := l.mappings.queues.Queue(m.shown.EventSourceArn)
	if !ok {
		return service.Invalid("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
	}
	timeout, err := within(l.store, m.ref.place, func(r *realm) (int, error) {
		_, v, err := r.resolve(m.ref)
		if err != nil {
			return 0, err
		}
		return v.config.Timeout, nil
	})
	if err != nil {
		return err
	}
	if int(hidden.Seconds()) < timeout {
		return service.Invalid("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", int(hidden.Seconds()), timeout)
	}
	override(&m.shown.BatchSize, in.BatchSize)
	override(&m.shown.MaximumBatchingWindowInSeconds, in.MaximumBatchingWindowInSeconds)
	if in.FunctionResponseTypes != nil {
		m.shown.FunctionResponseTypes = in.FunctionResponseTypes
	}
	if in.ScalingConfig != nil {
		m.shown.ScalingConfig = in.ScalingConfig
	}
	if in.FilterCriteria != nil {
		if m.filter, err = readFilters(in.FilterCriteria); err != nil {
			return err
		}
		m.shown.FilterCriteria = in.FilterCriteria
	}
	return m.shown.check(fifo)
}

// check refuses what a mapping of a queue cannot have.
func (m *mappingShown) check(fifo bool) error {
	window := m.MaximumBatchingWindowInSeconds
	switch {
	case m.BatchSize < 1 || m.BatchSize > 10000:
		return service.InvalidMember("", "batchSize", "Member must have value between 1 and 10000")
	case window < 0 || window > 300:
		return service.InvalidMember("", "maximumBatchingWindowInSeconds", "Member must have value between 0 and 300")
	case fifo && m.BatchSize > 10:
		return service.Invalid("Maximum batch size for FIFO queues is 10")
	case fifo && window > 0:
		return service.Invalid("Batching window is not supported for FIFO queues")
	case m.BatchSize > 10 && window == 0:
		return service.Invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	case slices.ContainsFunc(m.FunctionResponseTypes, func(t string) bool { return t != reportFailures }):
		return service.InvalidMember("", "functionResponseTypes", "Member must satisfy enum value set: [ReportBatchItemFailures]")
	}
	if s := m.ScalingConfig; s != nil && s.MaximumConcurrency != nil && (*s.MaximumConcurrency < 2 || *s.MaximumConcurrency > 1000) {
		return service.InvalidMember("", "scalingConfig.maximumConcurrency", "Member must have value between 2 and 1000")
	}
	return nil
}

// enable puts a mapping in its place, and has its queue polled or not. mu is held.
func (l *API) enable(m *mapping, on bool) {
	if old := l.mappings.all[m.shown.UUID]; old != nil && old.stop != nil {
		close(old.stop)
	}
	m.shown.State, m.shown.StateTransitionReason, m.stop = "Disabled", "USER_INITIATED", nil
	m.shown.LastModified = float64(l.store.clock().UnixMilli()) / 1000
	l.mappings.all[m.shown.UUID] = m
	if !on {
		return
	}
	m.shown.State, m.stop = "Enabled", make(chan struct{})
	for range m.pollers() {
		l.tasks.Start(func() { l.poll(m) })
	}
}

// as returns what callers see while a mapping is changed.
func (m *mapping) as(state string) mappingShown {
	shown := m.shown
	shown.State = state
	return shown
}

// mappingOf finds the mapping that the path names. mu is held.
func (l *API) mappingOf(c *service.Call) (*mapping, error) {
	m := l.mappings.all[c.Vars["UUID"]]
	if m == nil || m.place != c.Place() {
		return nil, service.NotFound("The resource you requested does not exist.")
	}
	return m, nil
}

func (l *API) getMapping(c *service.Call) (any, error) {
	l.mappings.mu.Lock()
	defer l.mappings.mu.Unlock()
	m, err := l.mappingOf(c)
	if err != nil {
		return nil, err
	}
	return m.shown, nil
}

func (l *API) updateMapping(c *service.Call) (any, error) {
	in, err := decode[mappingInput](c)
	if err != nil {
		return nil, err
	}
	l.mappings.mu.Lock()
	defer l.mappings.mu.Unlock()
	old, err := l.mappingOf(c)
	if err != nil {
		return nil, err
	}
	m := *old
	if err := l.fill(&m, in); err != nil {
		return nil, err
	}
	on := old.stop != nil
	override(&on, in.Enabled)
	l.enable(&m, on)
	return m.as("Updating"), nil
}

func (l *API) deleteMapping(c *service.Call) (any, error) {
	l.mappings.mu.Lock()
	defer l.mappings.mu.Unlock()
	m, err := l.mappingOf(c)
	if err != nil {
		return nil, err
	}
	if m.stop != nil {
		close(m.stop)
	}
	delete(l.mappings.all, m.shown.UUID)
	l.mappings.order = slices.DeleteFunc(l.mappings.order, func(id string) bool { return id == m.shown.UUID })
	return m.as("Deleting"), nil
}

func (l *API) listMappings(c *service.Call) (any, error) {
	arn, function := c.Query.Get("EventSourceArn"), ""
	if name := c.Query.Get("FunctionName"); name != "" {
		ref, err := parseFunction(c.Place(), name, "")
		if err != nil {
			return nil, err
		}
		function = ref.arn(ref.qualifier)
	}
	list := []mappingShown{}
	l.mappings.mu.Lock()
	for _, id := range l.mappings.order {
		m := l.mappings.all[id]
		if m.place == c.Place() && (arn == "" || arn == m.shown.EventSourceArn) && (function == "" || function == m.shown.FunctionArn) {
			list = append(list, m.shown)
		}
	}
	l.mappings.mu.Unlock()
	p, err := paged(l.store, c.Place(), c, func(m mappingShown) string { return m.UUID }, func(*realm) ([]mappingShown, error) { return list, nil })
	return struct {
		EventSourceMappings []mappingShown
		NextMarker          string `json:",omitempty"`
	}{p.items, p.next}, err
}
