#!/usr/bin/env bash
# @dbos-inc/dbos-sdk 5.3.0: a schedule whose crontab has a day of the month and a day of the
# week runs on days that are both: "0 9 1,15 * MON" on a first or a fifteenth that is a
# Monday, which is twice in the rest of 2026 from April on. In DBOS for Go the same text
# runs on each 1st, each 15th and each Monday.
# Expected: the tutorial has it as a crontab expression, with a link to Wikipedia's article on
# Cron; there, in POSIX and in crontab(5) either of the two is enough where both are given.
# github.com/dbos-inc/dbos-transact-golang 1.8.0 has github.com/robfig/cron/v3 3.0.1 for it.
# Seen: the runs after 1 April 2026 by what the scheduler takes its times from (the class
# TimeMatcher, called here without the database that createSchedule needs), and by cron.
# Way out: two schedules, "0 9 1,15 * *" and "0 9 * * MON", where "or" is meant; in Go a
# look at the day in the workflow, where "and" is.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >schedules.json <<'EOT'
["0 9 1,15 * *", "0 9 * * MON", "0 9 1,15 * MON"]
EOT
cat >main.go <<'EOT'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

func main() {
	text, err := os.ReadFile("schedules.json")
	if err != nil {
		panic(err)
	}
	var specs []string
	if err := json.Unmarshal(text, &specs); err != nil {
		panic(err)
	}
	for _, spec := range specs {
		schedule, err := cron.ParseStandard("CRON_TZ=UTC " + spec)
		if err != nil {
			panic(err)
		}
		at := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
		for range 4 {
			at = schedule.Next(at)
			fmt.Print(at.UTC().Format("01-02 "))
		}
		fmt.Println()
	}
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/robfig/cron/v3@v3.0.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . >go.txt
npm install --silent --no-audit --no-fund @dbos-inc/dbos-sdk@5.3.0 >/dev/null 2>&1
cat >t.cjs <<'EOT'
const { readFileSync } = require('node:fs');
const { TimeMatcher } = require('./node_modules/@dbos-inc/dbos-sdk/dist/src/scheduler/crontab.js');
const go = readFileSync('go.txt', 'utf8').trim().split('\n').map((line) => line.trim());
const want = [
  ['04-15 05-01 05-15 06-01', '04-15 05-01 05-15 06-01'],
  ['04-06 04-13 04-20 04-27', '04-06 04-13 04-20 04-27'],
  ['06-01 06-15 02-01 02-15', '04-06 04-13 04-15 04-20'],
];
let holds = true;
for (const [i, spec] of JSON.parse(readFileSync('schedules.json', 'utf8')).entries()) {
  const matcher = new TimeMatcher(spec, 'UTC');
  const runs = [];
  let at = new Date('2026-04-01T12:00:00Z');
  while (runs.length < 4) {
    at = matcher.nextWakeupTime(at);
    runs.push(at.toISOString().slice(5, 10));
  }
  console.log(`${spec}: TypeScript ${runs.join(' ')}, Go ${go[i]}`);
  holds &&= runs.join(' ') === want[i][0] && go[i] === want[i][1];
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.cjs
