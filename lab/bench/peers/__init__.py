"""`make bench BENCH=peers`: this service beside what people would use instead, in one run.

`run` measures rounds in turns; `rows` are this service, a bare route and the worker before; `others` are Procrastinate,
DBOS and Restate, whose programs are in `programs/`; `install` puts their packages, which are no part of the project's
requirements, into `.bench/` from the pins in `pins/`; `table` makes ratios of it all."""
