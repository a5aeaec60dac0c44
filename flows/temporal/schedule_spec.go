package temporal

import (
	"go.temporal.io/sdk/client"

	"github.com/medlar-flow/medlar/internal/schedule"
)

// specOf writes times as a server of Temporal takes them.
func specOf(w schedule.Wakes) client.ScheduleSpec {
	var spec client.ScheduleSpec
	for _, phase := range w.Phases {
		spec.Intervals = append(spec.Intervals, client.ScheduleIntervalSpec{Every: w.Every, Offset: phase})
	}
	for _, c := range w.Calendars {
		spec.Calendars = append(spec.Calendars, client.ScheduleCalendarSpec{
			Second: rangesOf(c.Seconds, 0, 0), Minute: rangesOf(c.Minutes, 0, 59), Hour: rangesOf(c.Hours, 0, 23),
			DayOfMonth: rangesOf(c.Days, 1, 31), Month: rangesOf(c.Months, 1, 12), DayOfWeek: rangesOf(c.Weekdays, 0, 6),
		})
	}
	return spec
}

// rangesOf writes values, in their order, as ranges; everything for none.
func rangesOf(values []int, low, high int) []client.ScheduleRange {
	if len(values) == 0 {
		return []client.ScheduleRange{{Start: low, End: high}}
	}
	var list []client.ScheduleRange
	for _, v := range values {
		if n := len(list); n > 0 && list[n-1].End == v-1 {
			list[n-1].End = v
			continue
		}
		list = append(list, client.ScheduleRange{Start: v, End: v})
	}
	return list
}
