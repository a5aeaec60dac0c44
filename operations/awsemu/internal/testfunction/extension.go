package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// extend is an extension that writes down what it is told: EXTENSION_LOG names
// the file. EXTENSION_DOES is what it does besides.
func extend(name string) {
	does := os.Getenv("EXTENSION_DOES")
	if does == "exit" {
		os.Exit(5)
	}
	log, err := os.OpenFile(os.Getenv("EXTENSION_LOG"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		panic(err)
	}
	header, _ := extensionCall("POST", "register", "", name, `{"events":["INVOKE","SHUTDOWN"]}`)
	id := header.Get("Lambda-Extension-Identifier")
	fmt.Fprintf(log, "%s registered %t %t\n", name, id != "", os.Getenv("_HANDLER") == "" && os.Getenv("AWS_LAMBDA_FUNCTION_NAME") != "")
	if does == "init error" {
		_, _ = extensionCall("POST", "init/error", id, name, "{}")
		time.Sleep(time.Minute)
	}
	for {
		_, body := extensionCall("GET", "event/next", id, name, "")
		var event struct{ EventType, RequestID, ShutdownReason string }
		if err := json.Unmarshal(body, &event); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond) // what it does with the event
		fmt.Fprintf(log, "%s %s %s\n", name, event.EventType, event.ShutdownReason)
		switch {
		case event.EventType == "SHUTDOWN":
			return
		case does == "crash":
			os.Exit(6)
		}
	}
}

func extensionCall(method, path, id, name, body string) (http.Header, []byte) {
	r, err := http.NewRequest(method, "http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+"/2020-01-01/extension/"+path, strings.NewReader(body)) //nolint:noctx // it ends with the process
	if err != nil {
		panic(err)
	}
	r.Header.Set("Lambda-Extension-Name", name)
	r.Header.Set("Lambda-Extension-Identifier", id)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		os.Exit(0) // the environment has gone
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.Header, text
}
