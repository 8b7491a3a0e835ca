"""The rules for what the process itself needs: artifacts, links, Google's certificates, the pipeline, the packages."""

from collections.abc import Mapping, Sequence

from service.doctor.findings import Finding, NotChecked

MAX_PACKAGES_NAMED = 5


def check_artifacts(url: str, problem: str | None) -> Finding:
    """`problem`: why a file could not be written there and read back; None if it could."""
    if problem is None:
        return Finding("ok", "artifacts", f"A file was written to {url} and read back.")
    sentence = f"No file can be stored in {url} ({problem}): no stage that makes one can finish."
    return Finding("fail", "artifacts", sentence, "Check ARTIFACTS_URL; a bucket needs roles/storage.objectUser on it.")


def check_links(problem: str | None) -> Finding:
    """`problem`: why no link to a file in the bucket could be signed; None if one was."""
    if problem is None:
        return Finding("ok", "links", "A link to a file in the bucket was signed.")
    sentence = f"No link to a film can be signed ({problem}): POST /pipeline/job/<id>/links gets a 503."
    grant = "gcloud iam service-accounts add-iam-policy-binding RUN --member=serviceAccount:RUN"
    role = "--role=roles/iam.serviceAccountTokenCreator"
    return Finding("warn", "links", sentence, f"{grant} {role}, with the service's account for RUN; run doctor as it.")


def check_certificates(url: str, keys: int | NotChecked) -> Finding:
    """`keys`: how many keys the page has."""
    if isinstance(keys, NotChecked):
        fix = "Check OIDC_CERTS_URL, and that this network lets requests to it through; the service needs it."
        return Finding("unknown", "certificates", keys.why, fix)
    if keys == 0:
        sentence = f"{url} has no certificate with an RSA key: no token can be verified, every push gets a 503."
        return Finding("fail", "certificates", sentence, "Unset OIDC_CERTS_URL: the default is Google's own page.")
    return Finding("ok", "certificates", f"{url} has {keys} keys.")


def check_sweep_callers(accounts: frozenset[str]) -> list[Finding]:
    """`accounts`: those that may call /sweep."""
    if accounts:
        return []
    sentence = "No account may call /sweep: what no message brings back stays where it is."
    fix = "Set SWEEP_CALLERS to the scheduler's account, or run `python -m service sweep` each minute."
    return [Finding("warn", "callers", sentence, fix)]


def check_pipeline(name: str, problem: str | None) -> Finding:
    """`problem`: why it does not load, as a sentence; None if it does."""
    if problem is None:
        return Finding("ok", "pipeline", f"{name} loads.")
    return Finding(
        "fail", "pipeline", problem, "Check PIPELINE and its settings; the service does not start like this."
    )


def check_packages(pinned: Mapping[str, str], installed: Mapping[str, str]) -> Finding:
    """Are the packages installed that the requirements pin? Both map normalized names to versions.

    The programs and fonts that a pipeline uses come in packages too.
    """
    missing = sorted(name for name in pinned if name not in installed)
    different = sorted(name for name, version in pinned.items() if installed.get(name, version) != version)
    fix = "python -m pip install --require-hashes -r requirements.txt"
    if missing:
        return Finding("fail", "packages", f"Not installed: {_named(missing)}.", fix)
    if different:
        return Finding("warn", "packages", f"Installed in untested versions: {_named(different)}.", fix)
    return Finding("ok", "packages", f"All {len(pinned)} required packages are installed in the tested versions.")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_PACKAGES_NAMED} more" if len(names) > MAX_PACKAGES_NAMED else ""
    return ", ".join(names[:MAX_PACKAGES_NAMED]) + more
