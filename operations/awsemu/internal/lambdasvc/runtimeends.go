package lambdasvc

import (
	"time"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// runtimeEnd is when Lambda stops to take a runtime.
type runtimeEnd struct {
	create    string // the day from which no function can be made with it
	update    string // the day from which none that has it can be changed
	successor string // what to take instead
}

// postponed are the days that AWS has moved several times.
const postponedCreate, postponedUpdate = "2027-07-29", "2027-08-31"

// runtimeEnds are the days of AWS, as its table of runtimes had them in October
// 2026; those that lie further ahead are left out.
var runtimeEnds = late.Value[map[string]runtimeEnd]{Make: func() map[string]runtimeEnd {
	return map[string]runtimeEnd{
		"nodejs":         {"2016-10-31", "2016-10-31", "nodejs24.x"},
		"nodejs4.3":      {"2020-02-03", "2020-03-05", "nodejs24.x"},
		"nodejs4.3-edge": {"2019-03-31", "2019-04-30", "nodejs24.x"},
		"nodejs6.10":     {"2019-07-12", "2019-08-12", "nodejs24.x"},
		"nodejs8.10":     {"2020-02-04", "2020-03-06", "nodejs24.x"},
		"nodejs10.x":     {"2021-07-30", "2022-02-14", "nodejs24.x"},
		"nodejs12.x":     {"2023-03-31", "2023-04-30", "nodejs24.x"},
		"nodejs14.x":     {"2024-01-09", postponedUpdate, "nodejs24.x"},
		"nodejs16.x":     {postponedCreate, postponedUpdate, "nodejs24.x"},
		"nodejs18.x":     {postponedCreate, postponedUpdate, "nodejs24.x"},
		"nodejs20.x":     {postponedCreate, postponedUpdate, "nodejs24.x"},
		"python2.7":      {"2021-07-15", "2022-05-30", "python3.14"},
		"python3.6":      {"2022-07-18", "2022-08-29", "python3.14"},
		"python3.7":      {"2024-01-09", postponedUpdate, "python3.14"},
		"python3.8":      {postponedCreate, postponedUpdate, "python3.14"},
		"python3.9":      {postponedCreate, postponedUpdate, "python3.14"},
		"python3.10":     {postponedCreate, postponedUpdate, "python3.14"},
		"ruby2.5":        {"2021-07-30", "2022-03-31", "ruby4.0"},
		"ruby2.7":        {"2024-01-09", postponedUpdate, "ruby4.0"},
		"ruby3.2":        {postponedCreate, postponedUpdate, "ruby4.0"},
		"java8":          {"2024-02-08", postponedUpdate, "java25"},
		"go1.x":          {"2024-02-08", postponedUpdate, "provided.al2023"},
		"provided":       {"2024-02-08", postponedUpdate, "provided.al2023"},
		"provided.al2":   {postponedCreate, postponedUpdate, "provided.al2023"},
		"dotnetcore1.0":  {"2019-06-30", "2019-07-30", "dotnet10"},
		"dotnetcore2.0":  {"2019-04-30", "2019-05-30", "dotnet10"},
		"dotnetcore2.1":  {"2022-01-05", "2022-04-13", "dotnet10"},
		"dotnetcore3.1":  {"2023-04-03", "2023-05-03", "dotnet10"},
		"dotnet6":        {postponedCreate, postponedUpdate, "dotnet10"},
		"dotnet8":        {postponedCreate, postponedUpdate, "dotnet10"},
	}
}}

// retired refuses a runtime that functions can no longer be made with, or
// changed to.
func retired(runtime string, now time.Time) error {
	return runtimeOver(runtime, runtimeEnds.Get()[runtime].create, now)
}

// frozen refuses to change a function whose runtime is over.
func frozen(runtime string, now time.Time) error {
	return runtimeOver(runtime, runtimeEnds.Get()[runtime].update, now)
}

func runtimeOver(runtime, day string, now time.Time) error {
	if day == "" || now.UTC().Format(time.DateOnly) < day {
		return nil
	}
	return service.Invalid("The runtime parameter of %s is no longer supported for creating or updating AWS Lambda functions. "+
		"We recommend you use the new runtime (%s) while creating or updating functions.", runtime, runtimeEnds.Get()[runtime].successor)
}
