#!/usr/bin/env bash
# github.com/hamba/avro/v2 2.31.0: the days of a "date" are counted in UTC and cut towards
# 1970, so that a date is right, a day early or a day late by its zone and its year: midnight
# of 17 May 1960 in New York is written as 18 May, of 17 May 1990 as 17 May; in Berlin it is
# 17 May 1960 and 16 May 1990. Even in UTC, noon of a day before 1970 becomes the day after.
# Expected: Avro's specification has date as a day of the calendar with no zone or time of
# day, and the README maps it to time.Time. github.com/twmb/avro 1.9.1 takes the day that
# the time has in its own zone.
# Seen: the same times and schema in both. No error; the timestamps before 1970 are right.
# Tests whose birthdays are after 1970 or in UTC at midnight see nothing.
# Way out: make it time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) first.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"os"
	"time"
	_ "time/tzdata"

	hamba "github.com/hamba/avro/v2"
	twmb "github.com/twmb/avro"
)

const schema = `{"type":"int","logicalType":"date"}`

// day is the date that encoded bytes stand for, read by twmb, which has midnight in UTC.
func day(encoded []byte) string {
	var t time.Time
	if _, err := twmb.MustParse(schema).Decode(encoded, &t); err != nil {
		return err.Error()
	}
	return t.Format(time.DateOnly)
}

func main() {
	holds := true
	for _, row := range []struct {
		zone       string
		year, hour int
		want       string
	}{
		{"America/New_York", 1960, 0, "1960-05-18"},
		{"America/New_York", 1990, 0, "1990-05-17"},
		{"Europe/Berlin", 1960, 0, "1960-05-17"},
		{"Europe/Berlin", 1990, 0, "1990-05-16"},
		{"UTC", 1960, 0, "1960-05-17"},
		{"UTC", 1960, 12, "1960-05-18"},
		{"UTC", 1990, 12, "1990-05-17"},
	} {
		zone, err := time.LoadLocation(row.zone)
		if err != nil {
			panic(err)
		}
		t := time.Date(row.year, time.May, 17, row.hour, 0, 0, 0, zone)
		got, err := hamba.Marshal(hamba.MustParse(schema), t)
		if err != nil {
			panic(err)
		}
		other, err := twmb.MustParse(schema).Encode(t)
		if err != nil {
			panic(err)
		}
		out, err := hamba.Marshal(hamba.MustParse(schema), time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC))
		if err != nil {
			panic(err)
		}
		right := t.Format(time.DateOnly)
		fmt.Printf("%v: %s, twmb %s, with the way out %s\n", t, day(got), day(other), day(out))
		holds = holds && day(got) == row.want && day(other) == right && day(out) == right
	}
	if !holds {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/hamba/avro/v2@v2.31.0 github.com/twmb/avro@v1.9.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
