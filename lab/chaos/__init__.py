"""Everything breaks at once, on a timer, while thousands of jobs go through two real processes of the service:
`make chaos`, or `python -m lab.chaos` (docs/faults.md, "Chaos").

Read `plan` first (which jobs and faults), then `run`; `surroundings`, `instances` and `proxy` are what is broken,
`faults` breaks it, `pushing` delivers, `checks` and `report` judge; `sabotage` removes a fence to see it found. Imports
`service` and `lab.harness`."""
