package telemetry

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Variable is an environment variable that FromEnv reads.
type Variable struct{ Name, Doc string }

// Variables lists what FromEnv reads. A name with {} stands for three: without it, and
// with TRACES and LOGS in its place, which count more.
func Variables() []Variable {
	return []Variable{
		{"OTEL_SDK_DISABLED", "`true`: nothing is sent, whatever else is said"},
		{"OTEL_TRACES_EXPORTER", "`otlp` or `none`; unset it is `otlp` where an endpoint is said"},
		{"OTEL_LOGS_EXPORTER", "the same for log lines"},
		{"OTEL_EXPORTER_OTLP_{}_ENDPOINT", "the collector: `http://127.0.0.1:4318`, to which `/v1/traces` and `/v1/logs` are added. That of one kind is taken as it is"},
		{"OTEL_EXPORTER_OTLP_{}_PROTOCOL", "`http/protobuf`, the default, or `http/json`; `grpc` is refused"},
		{"OTEL_EXPORTER_OTLP_{}_HEADERS", "headers of each request, such as `api-key=…,tenant=a`; values have `%2C` for a comma"},
		{"OTEL_EXPORTER_OTLP_{}_TIMEOUT", "milliseconds that a request may take; 10000"},
		{"OTEL_EXPORTER_OTLP_{}_COMPRESSION", "`gzip` or `none`, the default"},
		{"OTEL_EXPORTER_OTLP_{}_CERTIFICATE", "a file with the certificates (PEM) by which the collector is known"},
		{"OTEL_EXPORTER_OTLP_{}_CLIENT_CERTIFICATE", "a file with the certificate (PEM) that is shown to the collector"},
		{"OTEL_EXPORTER_OTLP_{}_CLIENT_KEY", "a file with the key of that (PEM)"},
		{"OTEL_SERVICE_NAME", "`service.name`; `medlar` unless it is said"},
		{"OTEL_RESOURCE_ATTRIBUTES", "attributes of the process: `deployment.environment.name=test,team=orders`"},
		{"OTEL_TRACES_SAMPLER", "`parentbased_always_on`, the default, `parentbased_always_off`, `parentbased_traceidratio`, `always_on`, `always_off`, `traceidratio`"},
		{"OTEL_TRACES_SAMPLER_ARG", "the part of the traces that a ratio records, from 0 to 1; 1"},
		{"OTEL_PROPAGATORS", "with `tracecontext` in it, as by default, `traceparent` is taken from callers and sent to services, and `X-Amzn-Trace-Id` to Lambda; without it neither"},
		{"OTEL_BSP_SCHEDULE_DELAY", "milliseconds that a span waits for others; 5000"},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "the most spans that wait; 2048"},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "the most spans in a request; 512"},
		{"OTEL_BLRP_SCHEDULE_DELAY", "milliseconds that a log line waits for others; 1000"},
		{"OTEL_BLRP_MAX_QUEUE_SIZE", "the most log lines that wait; 2048"},
		{"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "the most log lines in a request; 512"},
	}
}

// FromEnv reads the usual variables of OpenTelemetry, which [Variables] lists. Unless
// one of them asks for it nothing is sent. problems says, in a line each, what cannot be
// followed; the rest counts.
func FromEnv(lookup func(name string) (value string, ok bool)) (c Config, problems []string) {
	e := &environment{lookup: lookup}
	if disabled := e.get("OTEL_SDK_DISABLED"); strings.EqualFold(disabled, "true") {
		return Config{}, nil
	}
	c.Traces, c.Logs = e.endpoint("TRACES", "BSP"), e.endpoint("LOGS", "BLRP")
	if c.Traces == nil && c.Logs == nil {
		return Config{}, e.problems
	}
	c.Resource = e.resource()
	if c.Traces != nil {
		c.Sampler = e.sampler()
		c.NoPropagation = e.withoutPropagation()
	}
	return c, e.problems
}

// environment reads variables, and collects what is wrong with them.
type environment struct {
	lookup   func(string) (string, bool)
	problems []string
}

func (e *environment) get(name string) string {
	v, _ := e.lookup(name)
	return strings.TrimSpace(v)
}

func (e *environment) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Sprintf(format, args...))
}

// of returns a variable of a kind of data, else the one for all.
func (e *environment) of(signal, what string) (name, v string) {
	name = "OTEL_EXPORTER_OTLP_" + signal + "_" + what
	if v = e.get(name); v != "" {
		return name, v
	}
	name = "OTEL_EXPORTER_OTLP_" + what
	return name, e.get(name)
}

// exported reports whether a kind of data is to be sent.
func (e *environment) exported(signal string) bool {
	name := "OTEL_" + signal + "_EXPORTER"
	v := e.get(name)
	if v == "" {
		_, endpoint := e.of(signal, "ENDPOINT")
		return endpoint != ""
	}
	exported := false
	for one := range strings.SplitSeq(v, ",") {
		switch one = strings.TrimSpace(one); strings.ToLower(one) {
		case "otlp":
			exported = true
		case "none", "":
		default:
			e.problem("%s=%s is not possible: otlp and none are", name, shown(one))
		}
	}
	return exported
}

// shown is a value in a message: short, since a mistake can put a secret anywhere.
func shown(v string) string {
	if len(v) > 24 {
		return strconv.Quote(strings.ToValidUTF8(v[:24], "") + "…")
	}
	return strconv.Quote(v)
}

// endpoint returns where a kind of data is sent; nil for nowhere.
func (e *environment) endpoint(signal, batches string) *Endpoint {
	if !e.exported(signal) {
		return nil
	}
	to := &Endpoint{}
	switch name, protocol := e.of(signal, "PROTOCOL"); strings.ToLower(protocol) {
	case "", "http/protobuf":
	case "http/json":
		to.JSON = true
	default:
		e.problem("%s=%s is not possible, and no %s are sent: http/protobuf and http/json are, mostly at port 4318", name, shown(protocol), strings.ToLower(signal))
		return nil
	}
	if to.URL = e.url(signal); to.URL == "" {
		return nil
	}
	to.Timeout = e.milliseconds(e.of(signal, "TIMEOUT"))
	switch name, how := e.of(signal, "COMPRESSION"); strings.ToLower(how) {
	case "", "none":
	case "gzip":
		to.Gzip = true
	default:
		e.problem("%s=%s is not possible: gzip and none are", name, shown(how))
	}
	to.Headers = e.headers(e.of(signal, "HEADERS"))
	var ok bool
	if to.TLS, ok = e.tls(signal); !ok {
		return nil
	}
	pair := func(what string) (string, string) { name := "OTEL_" + batches + "_" + what; return name, e.get(name) }
	to.Delay = e.milliseconds(pair("SCHEDULE_DELAY"))
	to.Queue = e.count(pair("MAX_QUEUE_SIZE"))
	to.Batch = e.count(pair("MAX_EXPORT_BATCH_SIZE"))
	return to
}

// url returns where a kind of data goes; empty where that cannot be.
func (e *environment) url(signal string) string {
	name, text := e.of(signal, "ENDPOINT")
	own := name != "OTEL_EXPORTER_OTLP_ENDPOINT"
	u, err := url.Parse(cmp.Or(text, "http://localhost:4318"))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		e.problem("%s is no URL such as http://127.0.0.1:4318, and no %s are sent", name, strings.ToLower(signal))
		return ""
	case !own:
		u = u.JoinPath("v1", strings.ToLower(signal))
	case u.Path == "":
		u.Path = "/"
	}
	return u.String()
}

// headers reads a list of headers. What is wrong with one is said without it.
func (e *environment) headers(name, list string) http.Header {
	if list == "" {
		return nil
	}
	headers := http.Header{}
	pairs, ok := pairsOf(list)
	for key, v := range pairs {
		if !isToken(key) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			ok = false
			continue
		}
		headers.Set(key, v)
	}
	if !ok {
		e.problem("%s is no list such as key=value,other=value: what is wrong in it is left out", name)
	}
	return headers
}

func isToken(name string) bool {
	const signs = "!#$%&'*+-.^_`|~"
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(signs, r)
	}) < 0
}

// pairsOf reads a list of pairs, whose values are percent-encoded; ok is false where
// one of it is no pair.
func pairsOf(list string) (pairs map[string]string, ok bool) {
	pairs, ok = map[string]string{}, true
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		key, raw, found := strings.Cut(one, "=")
		key = strings.TrimSpace(key)
		v, err := url.PathUnescape(strings.TrimSpace(raw))
		if !found || key == "" || err != nil {
			ok = false
			continue
		}
		pairs[key] = v
	}
	return pairs, ok
}

func (e *environment) resource() map[string]string {
	const name = "OTEL_RESOURCE_ATTRIBUTES"
	pairs, ok := pairsOf(e.get(name))
	if !ok {
		e.problem("%s is no list such as team=orders,deployment.environment.name=test: what is wrong in it is left out", name)
	}
	if service := e.get("OTEL_SERVICE_NAME"); service != "" {
		pairs["service.name"] = service
	}
	if pairs["service.name"] == "" {
		delete(pairs, "service.name")
	}
	return pairs
}

// milliseconds reads a time; 0 where nothing is said.
func (e *environment) milliseconds(name, text string) time.Duration {
	return time.Duration(e.count(name, text)) * time.Millisecond
}

// count reads a number; 0 where nothing is said.
func (e *environment) count(name, text string) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 || n > 1<<31-1 {
		e.problem("%s=%s is no number from 1 on", name, shown(text))
		return 0
	}
	return n
}

func (e *environment) sampler() Sampler {
	name := e.get("OTEL_TRACES_SAMPLER")
	switch strings.ToLower(name) {
	case "", "parentbased_always_on":
		return ParentBased(Always)
	case "parentbased_always_off":
		return ParentBased(Never)
	case "always_on":
		return Always
	case "always_off":
		return Never
	}
	kind, based := strings.CutPrefix(strings.ToLower(name), "parentbased_")
	if kind != "traceidratio" {
		e.problem("OTEL_TRACES_SAMPLER=%s is not possible, parentbased_always_on counts: always_on, always_off and traceidratio are, also with parentbased_ in front", shown(name))
		return ParentBased(Always)
	}
	of := 1.0
	if text := e.get("OTEL_TRACES_SAMPLER_ARG"); text != "" {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			e.problem("OTEL_TRACES_SAMPLER_ARG=%s is no number from 0 to 1: the ratio is 1", shown(text))
			v = 1
		}
		of = v
	}
	if based {
		return ParentBased(Ratio(of))
	}
	return Ratio(of)
}

// withoutPropagation reports whether the place in a trace is kept from others.
func (e *environment) withoutPropagation() bool {
	list := e.get("OTEL_PROPAGATORS")
	if list == "" {
		return false
	}
	without := true
	for one := range strings.SplitSeq(list, ",") {
		switch one = strings.TrimSpace(one); strings.ToLower(one) {
		case "tracecontext":
			without = false
		case "none", "baggage", "xray", "":
		default:
			e.problem("OTEL_PROPAGATORS=%s is not possible: tracecontext is, and none", shown(one))
		}
	}
	return without
}

// tls reads the certificates of a kind of data; ok is false where one cannot be read:
// then nothing of it is sent.
func (e *environment) tls(signal string) (config *tls.Config, ok bool) {
	caName, ca := e.of(signal, "CERTIFICATE")
	certName, cert := e.of(signal, "CLIENT_CERTIFICATE")
	_, key := e.of(signal, "CLIENT_KEY")
	if ca == "" && cert == "" && key == "" {
		return nil, true
	}
	config = &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
			e.problem("%s names no file with certificates, and no %s are sent", caName, strings.ToLower(signal))
			return nil, false
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			e.problem("%s and its key are no files with both, and no %s are sent", certName, strings.ToLower(signal))
			return nil, false
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, true
}
