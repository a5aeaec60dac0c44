package awsemu

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// lacked returns the service that a request is signed for and that is not here;
// empty for none.
func (e *Emulator) lacked(r *http.Request) string {
	if lambdasvc.IsURL(r) || datedPath(r.URL.Path) {
		return ""
	}
	auth, err := access.ParseAuthorization(r)
	if err != nil || slices.Contains(e.Services(), auth.Service) {
		return ""
	}
	return auth.Service
}

// refuseLacked answers a request to a service that is not here, in the form that
// its clients read, and says what to do.
func (e *Emulator) refuseLacked(w http.ResponseWriter, r *http.Request, name string) {
	c := &service.Call{HTTP: r, Now: e.now(), Region: e.region}
	c.RequestID, _ = e.entropy.UUID()
	const code = "NotImplementedException"
	message := fmt.Sprintf("awsemu has lambda, sts and sqs, and no %s: give that service's client an endpoint that has it "+
		"(AWS_ENDPOINT_URL_ and its name, or endpoint on the connection of a flow), or give the step an answer in a test (runner test)", name)
	out := service.Answer{Status: http.StatusNotImplemented, ErrorCode: code, Header: http.Header{}}
	kind := r.Header.Get("Content-Type")
	switch {
	case name == "s3":
		out.Header.Set("Content-Type", "application/xml")
		out.Body = fmt.Appendf(nil, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, escaped(message))
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		out.Header.Set("Content-Type", "text/xml")
		out.Body = fmt.Appendf(nil, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", code, escaped(message))
	default:
		out.Header.Set("Content-Type", "application/json")
		out.Header.Set("X-Amzn-Errortype", code)
		out.Body, _ = json.Marshal(map[string]string{"__type": code, "message": message}) // text has always a form
	}
	writeAnswer(w, c, out)
	if e.onRequest != nil {
		record := e.record(c, e.lambda, service.Operation{}, out)
		record.Service = name
		e.onRequest(record)
	}
}

func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes it
	return out.String()
}
