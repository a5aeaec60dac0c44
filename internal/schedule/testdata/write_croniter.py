# Writes croniter.txt: what croniter (Debian's python3-croniter 1.3.5) says of
# schedules. Each line is a zone, the time after which, the schedule, and its
# next three ticks in UTC, divided by tabs; - where it gives none.
#
#   /usr/bin/python3 write_croniter.py > croniter.txt
from datetime import datetime
from itertools import product

import pytz
from croniter import croniter

plain = """
* * * * *|*/5 * * * *|*/7 * * * *|0 * * * *|59 * * * *|0 0 * * *|30 2 * * *|15,45 * * * *|0-10/3 * * * *
10-50/20 8-17/3 * * *|0 9-17 * * MON-FRI|0 9-17 * * 1-5|0 0 1 * *|0 0 31 * *|0 0 30 * *|0 0 29 2 *|0 0 1 1 *|0 0 1 */3 *
0 12 13 * 5|0 12 13 * FRI|0 0 1,15 * 3|0 0 1-7 * 1|0 0 * * 0|0 0 * * 7|0 0 * * SUN|0 0 * * 5-7|0 0 * * 0-7|0 0 * * FRI-SUN
0 0 * * 1-5/2|0 0 * * */2|0 12 */2 * *|0 12 */2 * 5|0 12 5 * */2|0 0 * 2 *|0 0 * JAN,JUL *|5 4 * * sun|0 22 * * 1-5
23 0-20/2 * * *|0 0,12 1 */2 *|0 4 8-14 * *|*/20 1-3 * 6-8 TUE,THU|0 */4 * * *|*/30 */6 * * *|58,59,0,1 23,0 * * *|0 0 31 1,3,5 *
0 0 28-31 2 *|17 3 1-7,15-21 APR-OCT *|1 1 1 1 *|59 23 31 12 *|0 0 31 12 0|33 3 3 3 3|*/59 * * * *|0 */23 * * *|07 08 09 10 *
@hourly|@daily|@midnight|@weekly|@monthly|@yearly|@annually|0-59 * * * *|* 0-23 * * *|0 0 1-31 * 1|0 0 13 * 0-6|0,30 9-16 * * MON,WED,FRI
""".replace("\n", "|").strip("|").split("|")

starts = ["2026-03-01T00:00:00", "2027-12-31T23:59:00", "2024-02-28T12:34:56"]


def cases():
    for schedule in plain:
        for after in starts:
            yield "UTC", after, schedule
    for after in ("2096-01-01T00:00:00", "2099-12-31T12:00:00", "2196-03-01T00:00:00", "2000-02-29T00:00:00"):
        yield "UTC", after, "0 0 29 2 *"
        yield "UTC", after, "0 6 29 FEB MON"
    away = ["30 2 * * *", "0 */6 * * *", "*/15 9-10 * * MON-FRI", "0 0 1 * *", "15,45 1 * * 0", "0 12 13 * 5"]
    for zone, schedule in product(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"], away):
        yield zone, "2026-06-10T10:20:30", schedule
    spring = ["30 2 * * *", "15,45 2 * * *", "0 * * * *", "*/30 * * * *", "0 */2 * * *", "0 3 * * *", "0 0 * * *", "* 2 * * *", "0 2,3 * * *"]
    autumn = ["30 2 * * *", "30 1 * * *", "15,45 1 * * *", "0 * * * *", "*/30 * * * *", "0 */2 * * *", "0 2 * * *", "0 3 * * *", "0 0 * * *", "*/30 1 * * *"]
    for zone, day in (("Europe/Berlin", "2026-03-29"), ("America/New_York", "2026-03-08"), ("Australia/Lord_Howe", "2026-10-04")):
        for schedule in spring:
            yield zone, day + "T00:50:00", schedule
    for zone, day in (("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-11-01"), ("Australia/Lord_Howe", "2026-04-05")):
        for schedule in autumn:
            yield zone, day + "T00:50:00", schedule
    for zone, day in (("America/Sao_Paulo", "2018-11-03"), ("Asia/Beirut", "2026-03-28"), ("America/Santiago", "2026-09-05"), ("America/Havana", "2026-03-07")):
        for schedule in ("0 0 * * *", "30 0 * * *", "0 * * * *", "0 1 * * *"):
            yield zone, day + "T22:10:00", schedule


def ticks(zone, after, schedule):
    tz = pytz.timezone(zone)
    try:
        times = croniter(schedule, tz.localize(datetime.fromisoformat(after)))
        found = [times.get_next(datetime) for _ in range(3)]
    except Exception:
        return "-"
    return " ".join(t.astimezone(pytz.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for t in found)


for zone, after, schedule in cases():
    print(zone, after, schedule, ticks(zone, after, schedule), sep="\t")
