#!/usr/bin/env bash
# The steps of a release once the image is pushed; cloudbuild.yaml calls them. docs/deploy.md explains them.
set -euo pipefail
# A query that fails inside $( ) must end the release, not count as "no".
shopt -s inherit_errexit

usage() {
  cat <<'END'
deploy/release.sh STEP [--dry-run]

  scan      look for known vulnerabilities in the image; one of severity SCAN (CRITICAL) with a fix ends the release
  before    ask the image's `doctor --before`, as a Cloud Run job, whether its pipeline could run every job on record; a
            release that would strand jobs ends here, unless ALLOW_STRANDED is set
  migrate   migrate the database to the image's tables with a Cloud Run job, and wait for it
  drill     deploy the image as a separate service that makes no films (PIPELINE=drill), push a real, signed drill job
            to it, check that the job completed, and delete the service
  deploy    deploy both services without traffic, under a tag
  check     check both through their tags: ready, closed to strangers, and 204 for the drill's signed message. If the
            push service is internal (PUSH_INGRESS), Pub/Sub itself pushes that message, and the log says how it went
  shift     shift the traffic to both and check them again; if a check fails, shift it back. Then the job aiprod-admin,
            in which operators run commands, gets the image
  all       all of these, in this order

--dry-run prints the commands; nothing is queried or changed. The settings come from the environment, which is set from
cloudbuild.yaml's substitutions (its `options.env` lists them).
END
}

STEP=${1:-}
DRY_RUN=
case "$STEP" in
  --help | -h) usage; exit 0 ;;
  scan | before | migrate | drill | deploy | check | shift | all) ;;
  *) usage >&2; exit 2 ;;
esac
case "${2:-}" in
  --dry-run) DRY_RUN=yes ;;
  "") ;;
  *) usage >&2; exit 2 ;;
esac

for name in PROJECT_ID PROJECT_NUMBER BUILD_ID IMAGE REGION PUSH_SERVICE API_SERVICE SMOKE_SERVICE MIGRATE_JOB ADMIN_JOB JOBS_TOPIC \
  RESULTS_TOPIC DLQ_TOPIC SMOKE_TOPIC RELEASE_TOPIC PUSH_INGRESS BUCKET SQL_INSTANCE DATABASE_SECRET SERVING_SECRET PIPELINE PROVIDER MAX_CONCURRENT_JOBS \
  ACK_DEADLINE_S MIN_INSTANCES MAX_INSTANCES API_MAX_INSTANCES CPU MEMORY LOG_LEVEL MAX_JOB_USD; do
  if [[ -z ${!name:-} ]]; then
    echo "$name is not set (cloudbuild.yaml sets it)" >&2
    exit 2
  fi
done

readonly RUN="aiprod-run@$PROJECT_ID.iam.gserviceaccount.com" PUSH="aiprod-push@$PROJECT_ID.iam.gserviceaccount.com"
readonly SCHEDULER="aiprod-scheduler@$PROJECT_ID.iam.gserviceaccount.com" ADMIN="aiprod-admin@$PROJECT_ID.iam.gserviceaccount.com"
# Those that people call the API as (docs/admin.md).
readonly CALLER="aiprod-caller@$PROJECT_ID.iam.gserviceaccount.com" OPERATOR="aiprod-operator@$PROJECT_ID.iam.gserviceaccount.com"
# Their jobs may use the assets of all accounts, so the push service knows them too.
readonly OPERATORS="$OPERATOR${API_OPERATORS:+,$API_OPERATORS}"
# The role that serves owns nothing (deploy/setup.sh creates it); migrations run as the tables' owner.
readonly MIGRATE="aiprod-migrate@$PROJECT_ID.iam.gserviceaccount.com" SERVING_ROLE=aiprod-serve
readonly SQL="$PROJECT_ID:$REGION:$SQL_INSTANCE"
# The addresses that Cloud Run gives each service; they are also the audiences of the tokens.
readonly HOST="$PROJECT_NUMBER.$REGION.run.app"
readonly PUSH_URL="https://$PUSH_SERVICE-$HOST" API_URL="https://$API_SERVICE-$HOST" SMOKE_URL="https://$SMOKE_SERVICE-$HOST"
# This build's own tag and revisions, so that two builds at the same time do not move each other's traffic.
readonly MARK="b${BUILD_ID:0:8}"
# How many attempts a service gets to answer as it should, and the seconds between them.
readonly TRIES=${TRIES:-10} PAUSE_S=${PAUSE_S:-6}

export CLOUDSDK_CORE_PROJECT=$PROJECT_ID CLOUDSDK_CORE_DISABLE_PROMPTS=1
# The build's account may not list the enabled APIs; deploy/setup.sh has enabled them.
export CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API=false

WORK=$(mktemp -d)
SMOKE=
# The drill's service goes, however the drill ends.
trap 'drop_smoke || true; rm -rf "$WORK"' EXIT

say() { printf '\n# %s\n' "$*"; }

# Run the command; a dry run prints it instead.
run() {
  if [[ -n $DRY_RUN ]]; then
    printf '%q ' "$@"
    printf '\n'
  else
    "$@"
  fi
}

# ---------------------------------------------------------------------------------------------------- what is deployed

# The database, and the probes with which Cloud Run checks that an instance has started and still works. /health, not
# /ready: an instance without a database answers 503 with Retry-After, which is better than being replaced.
if [[ -n ${NETWORK:-} ]]; then
  REACH=(--network="$NETWORK" --subnet="${SUBNET:-$NETWORK}" --vpc-egress=private-ranges-only)
else
  REACH=(--set-cloudsql-instances="$SQL")
fi
readonly REACH
readonly SERVING_DATABASE=("${REACH[@]}" --set-secrets="DATABASE_URL=$SERVING_SECRET:latest")
readonly SERVICE=(
  --image="$IMAGE" --region="$REGION" --service-account="$RUN" "${SERVING_DATABASE[@]}" --execution-environment=gen2 --cpu-boost
  # No work is done after an answer, so the CPU is only needed during requests.
  --cpu-throttling
  # Cloud Run's own check would remove the token's signature; the service authenticates every caller itself.
  --no-invoker-iam-check
  "--startup-probe=httpGet.path=/health,periodSeconds=1,timeoutSeconds=1,failureThreshold=60"
  "--liveness-probe=httpGet.path=/health,periodSeconds=30,timeoutSeconds=10,failureThreshold=3"
)

# NAME=VALUE … as gcloud expects it; values may contain commas. Each revision replaces all variables.
env_list() {
  local IFS='|'
  printf '^|^%s' "$*"
}
env_vars() { printf -- '--set-env-vars=%s' "$(env_list "$@")"; }
readonly EVERYWHERE=("GOOGLE_CLOUD_PROJECT=$PROJECT_ID" "ACK_DEADLINE_S=$ACK_DEADLINE_S" "LOG_LEVEL=$LOG_LEVEL"
  "ARTIFACTS_URL=gs://$BUCKET/films")
readonly FILM=("${EVERYWHERE[@]}" "PIPELINE=$PIPELINE" "PROVIDER=$PROVIDER" "MAX_CONCURRENT_JOBS=$MAX_CONCURRENT_JOBS"
  "MAX_JOB_USD=$MAX_JOB_USD" "JOBS_TOPIC=$JOBS_TOPIC" "RESULTS_TOPIC=$RESULTS_TOPIC" "DLQ_TOPIC=$DLQ_TOPIC" ${EXTRA_ENV:+"$EXTRA_ENV"})

scan() {
  local severity=${SCAN:-} scanned found
  if [[ -z $severity ]]; then
    say "scan: not asked for (_SCAN is empty)"
    return
  fi
  say "scan: known vulnerabilities of severity $severity that have a fix"
  local start=(gcloud artifacts docker images scan "$IMAGE" "--format=value(response.scan)" --remote)
  local list=(gcloud artifacts docker images list-vulnerabilities "--format=csv[no-heading](vulnerability.effectiveSeverity,vulnerability.fixAvailable,vulnerability.shortDescription)")
  if [[ -n $DRY_RUN ]]; then
    run "${start[@]}"
    run "${list[@]}" projects/p/locations/europe/scans/s
    return
  fi
  scanned=$("${start[@]}")
  found=$("${list[@]}" "$scanned")
  if grep "^$severity,True," <<<"$found"; then
    echo "The image has these. Build it again for Debian's fixes, run \"make lock\" for the packages', or set _SCAN= to release all the same" >&2
    return 1
  fi
}

before() {
  if [[ -n ${ALLOW_STRANDED:-} ]]; then
    say "before: not asked, because ALLOW_STRANDED is set"
    return
  fi
  say "before: can the new pipeline run every job on record?"
  job_of_the_image
  run gcloud run jobs execute "$MIGRATE_JOB" --region="$REGION" --wait --args=-m,service,doctor,--before \
    --update-env-vars="$(env_list "${FILM[@]}")" || {
    echo "The release would strand jobs, or nobody can tell: see the job's log, and docs/deploy.md, \"A release\"" >&2
    return 1
  }
}

migrate() {
  say "migrate: a release only adds to the tables, so the serving revision keeps working"
  job_of_the_image
  run gcloud run jobs execute "$MIGRATE_JOB" --region="$REGION" --wait
}

# The Cloud Run job that runs the image's command line beside the database, as the role that owns the tables.
job_of_the_image() {
  run gcloud run jobs deploy "$MIGRATE_JOB" --image="$IMAGE" --region="$REGION" --service-account="$MIGRATE" \
    "${REACH[@]}" --set-secrets="DATABASE_URL=$DATABASE_SECRET:latest" \
    --command=python "--args=-m,service,migrate,--for,$SERVING_ROLE,--wait,600" --max-retries=0 --task-timeout=1800
}

# The Cloud Run job in which operators run the commands (deploy/admin.sh), with what the services are given.
job_of_the_operators() {
  run gcloud run jobs deploy "$ADMIN_JOB" --image="$IMAGE" --region="$REGION" --service-account="$ADMIN" "${SERVING_DATABASE[@]}" \
    --command=python,-m,service --args=doctor --max-retries=0 --task-timeout=3600 --memory=1Gi \
    "$(env_vars "${FILM[@]/#LOG_LEVEL=*/LOG_LEVEL=WARNING}" "PUSH_AUDIENCE=$PUSH_URL" "PUSH_SERVICE_ACCOUNT=$PUSH" \
      "API_AUDIENCE=$API_URL" "API_OPERATORS=$OPERATORS" "SWEEP_CALLERS=$SCHEDULER")"
}

drill() {
  SMOKE=yes
  say "drill: the same image, database and account, with a pipeline that only waits and a topic that nobody reads"
  run gcloud run deploy "$SMOKE_SERVICE" "${SERVICE[@]}" --ingress=all --cpu=1 --memory=1Gi --timeout=$((ACK_DEADLINE_S + 30)) \
    --concurrency=5 --min=0 --max-instances=1 "$(env_vars "${EVERYWHERE[@]}" PIPELINE=drill SURFACE=all \
      MAX_CONCURRENT_JOBS=1 "JOBS_TOPIC=$SMOKE_TOPIC" "RESULTS_TOPIC=$SMOKE_TOPIC" "DLQ_TOPIC=$SMOKE_TOPIC" \
      "PUSH_AUDIENCE=$SMOKE_URL" "PUSH_SERVICE_ACCOUNT=$PUSH" "API_AUDIENCE=$SMOKE_URL/pipeline" "API_OPERATORS=$PUSH")"
  say "drill: a signed push gets a 204, and its job completes"
  expect 200 GET "$SMOKE_URL/ready"
  push 204 "$SMOKE_URL" "$SMOKE_URL"
  expect 200 GET "$SMOKE_URL/pipeline/job/$BUILD_ID" "$(token "$SMOKE_URL/pipeline")"
  run python3 -c '
import json, sys
job = json.load(open(sys.argv[1]))
if job["state"] != "completed":
    sys.exit("the drill ended as %(state)s: %(error)s" % job)
' "$WORK/answer"
  drop_smoke
}

drop_smoke() {
  [[ -n $SMOKE ]] || return 0
  SMOKE=
  run gcloud run services delete "$SMOKE_SERVICE" --region="$REGION" || {
    echo "$SMOKE_SERVICE could not be deleted; nothing uses it, but it is open to the internet" >&2
    return 1
  }
}

deploy() {
  say "deploy: without traffic, under the tag $MARK"
  candidate "$PUSH_SERVICE" --ingress="$PUSH_INGRESS" --cpu="$CPU" --memory="$MEMORY" --concurrency="$MAX_CONCURRENT_JOBS" \
    --timeout=$((ACK_DEADLINE_S + 30)) --min="$MIN_INSTANCES" --max-instances="$MAX_INSTANCES" \
    "$(env_vars "${FILM[@]}" SURFACE=push "PUSH_AUDIENCE=$PUSH_URL" "PUSH_SERVICE_ACCOUNT=$PUSH" \
      "API_OPERATORS=$OPERATORS")"
  # As many requests at once as the process has threads: its (unused) job slots, and four.
  candidate "$API_SERVICE" --ingress=all --cpu=1 --memory=1Gi --concurrency=$((MAX_CONCURRENT_JOBS + 4)) --timeout=90 \
    --min=0 --max-instances="$API_MAX_INSTANCES" \
    "$(env_vars "${FILM[@]}" SURFACE=api "API_AUDIENCE=$API_URL" "SWEEP_CALLERS=$SCHEDULER" \
      "API_CALLERS=$CALLER${API_CALLERS:+,$API_CALLERS}" "API_OPERATORS=$OPERATORS")"
}

candidate() {
  local service=$1 is_old
  shift
  is_old=$(exists "$service")
  # A new service has no other revision: gcloud refuses --no-traffic, and this one gets all of the traffic.
  run gcloud run deploy "$service" "${SERVICE[@]}" --tag="$MARK" --revision-suffix="$MARK" ${is_old:+--no-traffic} "$@"
}

# The service's name, or nothing if it does not exist. A list, so that "none" and a failed query differ.
exists() {
  local list=(gcloud run services list --region="$REGION" --filter="metadata.name=$1" "--format=value(metadata.name)")
  if [[ -n $DRY_RUN ]]; then
    run "${list[@]}" >&3
    echo "$1"
  else
    "${list[@]}"
  fi
}

# expect, push and answers: how a service is called, and what it must say.
# shellcheck source=calls.sh
. "$(dirname "${BASH_SOURCE[0]}")/calls.sh"

check() {
  say "check: through the tag $MARK"
  answers "https://$MARK---$PUSH_SERVICE-$HOST" "https://$MARK---$API_SERVICE-$HOST"
}

# ---------------------------------------------------------------------------------------------------------- the traffic

# The revisions that have it, such as aiprod-pipeline-push-b1234abcd=100.
traffic() {
  local describe=(gcloud run services describe "$1" --region="$REGION" --format=json)
  if [[ -n $DRY_RUN ]]; then
    run "${describe[@]}" >&3
    echo "$1-before=100"
    return
  fi
  "${describe[@]}" | python3 -c '
import json, sys
parts = json.load(sys.stdin)["status"].get("traffic", [])
print(",".join("%(revisionName)s=%(percent)s" % part for part in parts if part.get("percent")))
'
}

give() { run gcloud run services update-traffic "$1" --region="$REGION" --to-revisions="$2"; }

give_back() {
  local service=$1 before=$2
  if [[ -z $before || $before == "$service-$MARK="* ]]; then
    echo "$service: this was its first release; there is no earlier revision to go back to" >&2
  else
    give "$service" "$before"
  fi
}

shift_traffic() {
  local push_before api_before
  push_before=$(traffic "$PUSH_SERVICE")
  api_before=$(traffic "$API_SERVICE")
  say "shift: from $push_before and $api_before"
  if give "$API_SERVICE" "$API_SERVICE-$MARK=100" && give "$PUSH_SERVICE" "$PUSH_SERVICE-$MARK=100" && answers "$PUSH_URL" "$API_URL"; then
    job_of_the_operators || echo "the job $ADMIN_JOB could not be updated; it still runs the image before" >&2
    say "released; to go back: gcloud run services update-traffic $PUSH_SERVICE --region=$REGION --to-revisions=$push_before"
    for service in "$PUSH_SERVICE" "$API_SERVICE"; do
      run gcloud run services update-traffic "$service" --region="$REGION" --remove-tags="$MARK" || echo "the tag $MARK could not be removed" >&2
    done
    [[ -n $DRY_RUN ]] || return 0
    say "or, if one of them did not answer as it should:"
  fi
  say "NOT RELEASED: shifting the traffic back"
  local failed=
  give_back "$PUSH_SERVICE" "$push_before" || failed=yes
  give_back "$API_SERVICE" "$api_before" || failed=yes
  [[ -z $failed ]] || echo "THE TRAFFIC COULD NOT BE SHIFTED BACK: see above, and docs/deploy.md, \"Going back\"" >&2
  [[ -n $DRY_RUN ]]
}

exec 3>&1
case "$STEP" in
  shift) shift_traffic ;;
  all)
    scan
    before
    migrate
    drill
    deploy
    check
    shift_traffic
    ;;
  *) "$STEP" ;;
esac
