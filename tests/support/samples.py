"""The samples of a metrics page."""

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, ...], float]


def samples(exposition: bytes) -> Samples:
    """Parse with Prometheus' own parser: each sample by its name and the values of its labels, sorted by label name."""
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(exposition.decode())
        for sample in family.samples
    }
