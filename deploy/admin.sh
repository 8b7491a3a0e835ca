#!/usr/bin/env bash
# Run one of the service's commands in production: beside the database, as a Cloud Run job. docs/admin.md explains it.
set -euo pipefail

usage() {
  cat <<'END'
deploy/admin.sh [--dry-run] COMMAND [ARGUMENT …]: run a command of `python -m service` in production and print what it prints.

  PROJECT=my-project deploy/admin.sh doctor
  PROJECT=my-project deploy/admin.sh dlq list --since 2h
  PROJECT=my-project deploy/admin.sh dlq replay --reason stage_crashed --since 2h --why "mended" --yes

It executes the Cloud Run job aiprod-admin, which each release gives its image, waits for it, and reads its output from
the log: half a minute in all. There is no terminal to ask on: look with the command's own --dry-run (after the command),
then repeat it with --yes. On record (`acts`), the account that is signed in to gcloud did it.

Who may: the members in OPERATORS of deploy/setup.sh.

  PROJECT     (none)          the project's id
  REGION      europe-west1    its region
  ADMIN_JOB   aiprod-admin    the job
END
}

DRY_RUN=
case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  --dry-run) DRY_RUN=yes; shift ;;
esac
if [[ -z ${PROJECT:-} || $# -eq 0 ]]; then
  usage >&2
  exit 2
fi
REGION=${REGION:-europe-west1}
ADMIN_JOB=${ADMIN_JOB:-aiprod-admin}
# How often to look for the end of the output in the log, and the seconds between.
readonly TRIES=${TRIES:-20} PAUSE_S=${PAUSE_S:-3}
export CLOUDSDK_CORE_PROJECT=$PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1

# gcloud takes a list with a separator of one's own: one that no argument contains.
separator=@@
while [[ "$*" == *"$separator"* ]]; do separator+=@; done
arguments=$1
shift
for argument; do arguments+=$separator$argument; done

execute=(gcloud run jobs execute "$ADMIN_JOB" --region="$REGION" "--args=^$separator^$arguments" "--format=value(metadata.name)" --wait)
if [[ -n $DRY_RUN ]]; then
  printf '%q ' "${execute[@]}" --update-env-vars=LOGNAME=ME
  printf '\ngcloud logging read FILTER --order=asc\n'
  exit 0
fi

who=$(gcloud config get-value account 2>/dev/null)
status=0
execution=$("${execute[@]}" --update-env-vars="LOGNAME=$who") || status=$?
if [[ -z $execution ]]; then
  # A job that fails prints no name.
  execution=$(gcloud run jobs executions list --job="$ADMIN_JOB" --region="$REGION" --limit=1 "--format=value(metadata.name)")
fi

filter="resource.type=\"cloud_run_job\" AND labels.\"run.googleapis.com/execution_name\"=\"$execution\""
for ((attempt = 1; attempt <= TRIES; attempt++)); do
  # Cloud Run's own line, the last one, says that the container has ended.
  ended=$(gcloud logging read "$filter AND textPayload:\"Container called exit\"" --limit=1 "--format=value(insertId)")
  [[ -z $ended ]] || break
  sleep "$PAUSE_S"
done
gcloud logging read "$filter AND logName:(\"stdout\" OR \"stderr\")" --order=asc --limit=100000 "--format=value[separator='']( textPayload, jsonPayload.message )"
[[ -n ${ended:-} ]] || echo "The log may not be complete yet; the execution is $execution" >&2
exit "$status"
