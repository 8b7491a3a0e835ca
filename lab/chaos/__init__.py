"""Everything breaks at once, on a timer, while thousands of jobs go through two real processes of the service
(docs/faults.md, "Chaos")."""
