package bind

const timeIntro = "A timestamp is RFC 3339 text in UTC, a duration text such as `1m30s`, `500ms`, `7d` or `-90d`; a day has 24 hours. What is one is known by its type: that of an input or a parameter, of `run.startedAt`, of a function here, or of what is computed with them. Those are compared, sorted and computed with by value, and text beside them is read as one: `now() - run.startedAt > '10m'`. In text, JSON, slices and functions for text they are text."

func timeReference() FunctionGroup {
	return FunctionGroup{Title: "Times", Intro: timeIntro, Functions: []Function{
		{Name: "now", Signature: "() → timestamp", Doc: "The time, recorded with the run: a resumed run sees the same.", Example: "now() > '2020-01-01T00:00:00Z'", Result: "true"},
		{
			Name: "parseTime", Signature: "(value: string or number) → timestamp", Example: "parseTime('2019-03-05T08:43:52.123+0000')", Result: `"2019-03-05T08:43:52.123Z"`,
			Doc: "A timestamp from RFC 3339 text, from what AWS writes (`2019-03-05T08:43:52.123+0000`, `20190305T084352Z`), from an HTTP date (`Tue, 05 Mar 2019 08:43:52 GMT`), or from seconds since 1970 as a number or as text.",
			Errors: []Failure{
				{"parseTime('soon')", `"soon" is not a timestamp`},
				{"parseTime('so' + 'on')", "the text is not a time such as 2006-01-02T15:04:05Z"},
				{"parseTime(1551775432000)", "the seconds since 1970 are beyond the year 9999: divide milliseconds by 1000"},
			},
		},
		{
			Name: "formatTime", Signature: "(time: timestamp, layout: string) → string", Example: "formatTime('2026-07-01T12:00:00Z', '2006-01-02 15:04')", Result: `"2026-07-01 12:00"`,
			Doc: "The time as the layout shows it. A layout is how the time 2006-01-02T15:04:05.000Z07:00 would be written: `2006` is the year (`06` its last digits), `01` the month (`1`, `Jan`, `January`), `02` the day (`2`, `_2`), `Monday` or `Mon` the weekday, `002` the day of the year, `15` the hour (`03` or `3` with `PM`), `04` the minute, `05` the second, `.000` and `.999` its fraction with and without trailing zeros, `Z07:00` or `-0700` the zone, which is always UTC. Everything else stands as it is.",
			Errors: []Failure{
				{"formatTime(now(), 'yyyy-MM-dd')", `"yyyy-MM-dd" is not a layout of a time`},
				{"formatTime(now(), '%Y')", `"%Y" is not a layout of a time`},
				{"formatTime(now(), 'y' + 'yyy')", "the layout has no part of the time 2006-01-02T15:04:05Z07:00"},
			},
		},
		{
			Name: "addDuration", Signature: "(time: timestamp, duration: duration) → timestamp", Example: "addDuration('2026-01-31T08:00:00Z', '-90d')", Result: `"2025-11-02T08:00:00Z"`,
			Doc: "The time so much later; time + duration is the same.", Errors: []Failure{{"addDuration(now(), 'soon')", `"soon" is not a duration`}, {"addDuration('9999-12-31T00:00:00Z', '1d')", "the time is not within the years 0 to 9999"}},
		},
		{
			Name: "duration", Signature: "(value: string or number) → duration", Example: "duration('1' + 'h') > '59m'", Result: "true",
			Doc: "A duration from text, or from seconds.", Errors: []Failure{{"duration('soon')", `"soon" is not a duration`}, {"duration(1e300)", "the duration is longer than 292 years"}},
		},
		{
			Name: "seconds", Signature: "(duration: duration) → number", Example: "seconds('1m30s')", Result: "90", Doc: "The seconds of a duration.",
			Errors: []Failure{{"seconds('so' + 'on')", "the text is not a duration such as 1m30s or 90d"}},
		},
		{
			Name: "epochSeconds", Signature: "(time: timestamp) → integer", Example: "epochSeconds('2019-03-05T08:43:52Z')", Result: "1551775432", Doc: "The whole seconds since the beginning of 1970, as AWS counts times.",
			Errors: []Failure{{"epochSeconds('so' + 'on')", "the text is not a time such as 2006-01-02T15:04:05Z"}},
		},
	}}
}
