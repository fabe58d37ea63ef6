"""What analysts see of alerts: the queue, and one alert with everything that it rests on. Reads only.

`queue` finds and counts, `read` fetches one alert, `wording`, `gauges`, `layers`, `money`, `around`, `matches` and
`history` turn what was stored into what is shown; those know no database.
"""
