"""The console against a prepared mess: `fill` puts jobs, failures and dead letters of ten kinds into a database,
`pages` measures every page against a million jobs, `exercise` fixes a `mess` once by mouse and once by typing, and
`pictures` takes the screenshots of docs/console."""
