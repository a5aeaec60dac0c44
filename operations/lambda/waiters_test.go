package lambda_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func TestWaiters(t *testing.T) {
	const active = `{"Configuration":{"State":"Active","LastUpdateStatus":"Successful"}}`
	tests := []struct{ operation, body string }{
		{"waitFunctionActive", active},
		{"waitFunctionUpdated", active},
		{"waitFunctionExists", active},
		{"waitPublishedVersionActive", `{"State":"Active"}`},
	}
	for _, tt := range tests {
		t.Run(tt.operation, func(t *testing.T) {
			_, call := connected(t, awstest.Answer{Body: tt.body})
			got, err := call(tt.operation, map[string]any{"functionName": "f", "maxWait": "5s"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any(map[string]any{}), got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaiterThatFails(t *testing.T) {
	tests := []struct {
		name   string
		answer awstest.Answer
		want   connector.Error
	}{
		{"the function failed", awstest.Answer{Body: `{"Configuration":{"State":"Failed"}}`}, connector.Error{Code: "WaitFailed", Class: connector.ClassConflict}},
		{"the time is over", awstest.Answer{Body: `{"Configuration":{"State":"Pending"}}`}, connector.Error{Code: "WaitTimeout", Class: connector.ClassTimeout}},
		{
			"the request failed",
			awstest.Answer{Status: 404, Header: map[string]string{"X-Amzn-ErrorType": "ResourceNotFoundException"}, Body: `{}`},
			connector.Error{Code: "ResourceNotFoundException", Class: connector.ClassNotFound},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, call := connected(t, tt.answer)
			_, err := call("waitFunctionActive", map[string]any{"functionName": "f", "maxWait": "1s"})
			if !errors.Is(err, &tt.want) {
				t.Errorf("error %v, want %v", err, &tt.want)
			}
		})
	}
}
