#!/usr/bin/env bash
# Create everything the service needs in one Google Cloud project. docs/deploy.md explains it.
set -euo pipefail

usage() {
  cat <<'END'
deploy/setup.sh: create everything the service needs in one Google Cloud project.

  PROJECT=my-project deploy/setup.sh             create what is missing, correct what exists
  PROJECT=my-project deploy/setup.sh --dry-run   print the commands; nothing is queried or changed

You can run it as often as you like: what exists is kept (the database and its password, the bucket and its films).
The account signed in with `gcloud auth login` is the project's owner, or has the roles that docs/deploy.md lists under
"Who may do what". The first run takes about a quarter of an hour, most of it for Cloud SQL. Afterwards:

  gcloud builds submit --region=REGION

Variables and their defaults. If you change one here, give it to the build as well (the substitution in brackets):

  PROJECT               (none)                 the project's id
  REGION                europe-west1           the region of everything [_REGION]
  PUSH_SERVICE          aiprod-pipeline-push   the service that Pub/Sub pushes to [_PUSH_SERVICE]
  API_SERVICE           aiprod-pipeline-api    the service that callers and the sweep use [_API_SERVICE]
  REPOSITORY            aiprod                 the Artifact Registry repository [_REPOSITORY]
  BUCKET                PROJECT-aiprod-films   the bucket for films and their parts [_BUCKET]
  FILM_DAYS             90                     days until a film, its captions and its manifest are deleted
  PART_DAYS             14                     days until the shots and the sound it was made from are deleted
  ACK_DEADLINE_S        300                    how long one push may take, 10 to 600 [_ACK_DEADLINE_S]
  JOBS_TOPIC            aiprod-pipeline-jobs   [_JOBS_TOPIC]
  RESULTS_TOPIC         aiprod-pipeline-results [_RESULTS_TOPIC]
  DLQ_TOPIC             aiprod-pipeline-dlq    [_DLQ_TOPIC]
  SMOKE_TOPIC           aiprod-pipeline-smoke  where the drills of releases publish [_SMOKE_TOPIC]
  RELEASE_TOPIC         aiprod-pipeline-release  with which Pub/Sub itself tries a new revision [_RELEASE_TOPIC]
  SQL_INSTANCE          aiprod                 [_SQL_INSTANCE]
  SQL_TIER              db-custom-1-3840       1 CPU, 3.75 GB
  SQL_AVAILABILITY      zonal                  or regional: a standby in another zone, at twice the price
  SQL_MAX_CONNECTIONS   200                    see docs/deploy.md, "Connections"
  NETWORK               (none)                 a VPC network: the database gets a private address in it, and no public one [_NETWORK]
  DATABASE_SECRET       aiprod-database-url    the secret with the URL of the role that owns the tables, for migrations [_DATABASE_SECRET]
  SERVING_SECRET        aiprod-serving-database-url  the secret with DATABASE_URL of the services, whose role owns nothing [_SERVING_SECRET]
  OPERATORS             (none)                 who may run aiprod-admin and call the API for all jobs, such as group:ops@example.org,user:…
  CALLERS               (none)                 who may call the API as aiprod-caller
  ALERT_EMAIL           (none)                 an address to tell when something is wrong (deploy/alerts.sh --help)
  MONTHLY_BUDGET        (none)                 such as 500USD: mails at half, nine tenths and all of it; needs billing.budgets.create
  PROVIDER              local                  vertex also lets the service call Vertex AI [_PROVIDER]
  PROJECT_NUMBER        (looked up)            only to skip the lookup
END
}

DRY_RUN=
case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  --dry-run) DRY_RUN=yes ;;
  "") ;;
  *) usage >&2; exit 2 ;;
esac

PROJECT=${PROJECT:-}
REGION=${REGION:-europe-west1}
PUSH_SERVICE=${PUSH_SERVICE:-aiprod-pipeline-push}
API_SERVICE=${API_SERVICE:-aiprod-pipeline-api}
REPOSITORY=${REPOSITORY:-aiprod}
BUCKET=${BUCKET:-$PROJECT-aiprod-films}
FILM_DAYS=${FILM_DAYS:-90}
PART_DAYS=${PART_DAYS:-14}
ACK_DEADLINE_S=${ACK_DEADLINE_S:-300}
JOBS_TOPIC=${JOBS_TOPIC:-aiprod-pipeline-jobs}
RESULTS_TOPIC=${RESULTS_TOPIC:-aiprod-pipeline-results}
DLQ_TOPIC=${DLQ_TOPIC:-aiprod-pipeline-dlq}
SMOKE_TOPIC=${SMOKE_TOPIC:-aiprod-pipeline-smoke}
RELEASE_TOPIC=${RELEASE_TOPIC:-aiprod-pipeline-release}
SQL_INSTANCE=${SQL_INSTANCE:-aiprod}
SQL_TIER=${SQL_TIER:-db-custom-1-3840}
SQL_AVAILABILITY=${SQL_AVAILABILITY:-zonal}
SQL_MAX_CONNECTIONS=${SQL_MAX_CONNECTIONS:-200}
NETWORK=${NETWORK:-}
DATABASE_SECRET=${DATABASE_SECRET:-aiprod-database-url}
SERVING_SECRET=${SERVING_SECRET:-aiprod-serving-database-url}
PROVIDER=${PROVIDER:-local}

if [[ -z $PROJECT ]]; then
  echo "PROJECT is not set: PROJECT=my-project deploy/setup.sh (--help explains)" >&2
  exit 2
fi

# A job that has waited in Pub/Sub for 7 days continues from the parts it had made before.
for days in "$FILM_DAYS" "$PART_DAYS"; do
  if ! [[ $days =~ ^[1-9][0-9]{0,3}$ ]] || ((days < 8)); then
    echo "FILM_DAYS and PART_DAYS must be whole numbers from 8, not '$days': a message may wait for up to 7 days" >&2
    exit 2
  fi
done

# The owner migrates; the role that serves (deploy/release.sh names it too) cannot drop a table.
readonly DATABASE=aiprod OWNER_ROLE=aiprod SERVING_ROLE=aiprod-serve
readonly DOMAIN="$PROJECT.iam.gserviceaccount.com"
readonly RUN="aiprod-run@$DOMAIN" PUSH="aiprod-push@$DOMAIN" BUILD="aiprod-build@$DOMAIN" SCHEDULER="aiprod-scheduler@$DOMAIN"
readonly MIGRATE="aiprod-migrate@$DOMAIN" ADMIN="aiprod-admin@$DOMAIN"
readonly CALLER="aiprod-caller@$DOMAIN" OPERATOR="aiprod-operator@$DOMAIN"
SCRATCH=$(mktemp -d)
readonly SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT

# Every gcloud below uses this project, whatever the machine's configuration says, and never prompts.
export CLOUDSDK_CORE_PROJECT=$PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1

# shellcheck source=cloud.sh
. "$(dirname "${BASH_SOURCE[0]}")/cloud.sh"

account() {
  unless_exists gcloud iam service-accounts describe "$1@$DOMAIN" \
    -- gcloud iam service-accounts create "$1" --display-name="$2"
}

# may_publish TOPIC ACCOUNT, in_project ACCOUNT ROLE, on_account ACCOUNT MEMBER ROLE. A member without a kind is a service account.
member() { case $1 in *:*) printf '%s' "$1" ;; *) printf 'serviceAccount:%s' "$1" ;; esac }
may_publish() { bind gcloud pubsub topics add-iam-policy-binding "$1" --member="$(member "$2")" --role=roles/pubsub.publisher; }
in_project() { bind gcloud projects add-iam-policy-binding "$PROJECT" --member="$(member "$1")" --role="$2" --condition=None; }
on_account() { bind gcloud iam service-accounts add-iam-policy-binding "$1" --member="$(member "$2")" --role="$3" --condition=None; }
read_secret() { bind gcloud secrets add-iam-policy-binding "$1" --member="$(member "$2")" --role=roles/secretmanager.secretAccessor --condition=None; }
use_bucket() { bind gcloud storage buckets add-iam-policy-binding "gs://$BUCKET" --member="$(member "$1")" --role=roles/storage.objectUser; }

# Create the subscription with these settings, or update it. Pub/Sub cannot change the topic and ordering of an old one.
subscription() {
  local name=$1 topic=$2
  shift 2
  if exists gcloud pubsub subscriptions describe "$name"; then
    run gcloud pubsub subscriptions update "$name" --clear-dead-letter-policy "$@"
  else
    run gcloud pubsub subscriptions create "$name" --topic="$topic" "$@"
    # A dry run shows both.
    [[ -z $DRY_RUN ]] || run gcloud pubsub subscriptions update "$name" --clear-dead-letter-policy "$@"
  fi
}

say "APIs"
apis=(run pubsub sqladmin secretmanager artifactregistry cloudbuild cloudscheduler iam iamcredentials logging monitoring
  ondemandscanning storage)
[[ -z $NETWORK ]] || apis+=(compute servicenetworking)
[[ -z ${MONTHLY_BUDGET:-} ]] || apis+=(billingbudgets cloudbilling)
[[ $PROVIDER != vertex ]] || apis+=(aiplatform)
run gcloud services enable "${apis[@]/%/.googleapis.com}"

if [[ -z ${PROJECT_NUMBER:-} ]]; then
  lookup=(gcloud projects describe "$PROJECT" "--format=value(projectNumber)")
  if [[ -n $DRY_RUN ]]; then
    show "${lookup[@]}"
    PROJECT_NUMBER=123456789012
  else
    PROJECT_NUMBER=$("${lookup[@]}")
  fi
fi
# Cloud Run gives each service this address, known before the service exists, so the subscription can be created first.
readonly PUSH_URL="https://$PUSH_SERVICE-$PROJECT_NUMBER.$REGION.run.app"
readonly API_URL="https://$API_SERVICE-$PROJECT_NUMBER.$REGION.run.app"
readonly PUBSUB_AGENT="service-$PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"

say "Service accounts: for the services, for migrations, for Pub/Sub's pushes, for builds and for the scheduler"
account aiprod-run "aiprod: the services"
account aiprod-migrate "aiprod: the migrations"
account aiprod-push "aiprod: Pub/Sub's pushes"
account aiprod-build "aiprod: builds and releases"
account aiprod-scheduler "aiprod: the sweep"
account aiprod-admin "aiprod: the operators' commands"
account aiprod-caller "aiprod: people who call the API"
account aiprod-operator "aiprod: people who look after all jobs through the API"

say "Topics"
for topic in "$JOBS_TOPIC" "$RESULTS_TOPIC" "$DLQ_TOPIC" "$SMOKE_TOPIC" "$RELEASE_TOPIC"; do
  unless_exists gcloud pubsub topics describe "$topic" -- gcloud pubsub topics create "$topic"
done
# After a restore, what came since the backup is sent once more, acknowledged or not (docs/recovery.md).
run gcloud pubsub topics update "$JOBS_TOPIC" --message-retention-duration=7d

say "Allow Pub/Sub to sign tokens as the push account only"
run gcloud beta services identity create --service=pubsub.googleapis.com
on_account "$PUSH" "$PUBSUB_AGENT" roles/iam.serviceAccountTokenCreator

say "Subscriptions: no dead-letter policy (it counts every 503), no ordering, no expiry"
pushes=(--push-endpoint="$PUSH_URL/push" --push-auth-service-account="$PUSH" --push-auth-token-audience="$PUSH_URL")
subscription "$JOBS_TOPIC-sub" "$JOBS_TOPIC" "${pushes[@]}" \
  --ack-deadline="$ACK_DEADLINE_S" --min-retry-delay=10s --max-retry-delay=600s --expiration-period=never
for topic in "$RESULTS_TOPIC" "$DLQ_TOPIC"; do
  subscription "$topic-sub" "$topic" --ack-deadline=60 --expiration-period=never
done

# A release points it at its new revision. What nobody takes is gone ten minutes later.
subscription "$RELEASE_TOPIC-sub" "$RELEASE_TOPIC" "${pushes[@]}" \
  --ack-deadline=60 --message-retention-duration=10m --expiration-period=never

say "The image repository"
unless_exists gcloud artifacts repositories describe "$REPOSITORY" --location="$REGION" \
  -- gcloud artifacts repositories create "$REPOSITORY" --location="$REGION" --repository-format=docker

say "The bucket: not public, roles on the bucket only; films are deleted after $FILM_DAYS days, their parts after $PART_DAYS"
unless_exists gcloud storage buckets describe "gs://$BUCKET" \
  -- gcloud storage buckets create "gs://$BUCKET" --location="$REGION" --uniform-bucket-level-access --public-access-prevention
# Files that end in .part are only of use to their own job. An abandoned upload is not an object yet.
tee "$SCRATCH/lifecycle.json" <<END
{"rule": [
  {"action": {"type": "Delete"}, "condition": {"age": $PART_DAYS, "matchesSuffix": [".part"]}},
  {"action": {"type": "Delete"}, "condition": {"age": $FILM_DAYS}},
  {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}}
]}
END
run gcloud storage buckets update "gs://$BUCKET" --lifecycle-file="$SCRATCH/lifecycle.json"

if [[ -n $NETWORK ]]; then
  say "A range of private addresses for Cloud SQL in the network $NETWORK"
  unless_exists gcloud compute addresses describe aiprod-sql --global \
    -- gcloud compute addresses create aiprod-sql --global --purpose=VPC_PEERING --prefix-length=20 --network="$NETWORK"
  peered=$(query gcloud services vpc-peerings list --network="$NETWORK" "--format=value(reservedPeeringRanges)")
  [[ $peered == *aiprod-sql* ]] || run gcloud services vpc-peerings "$([[ -z $peered ]] && echo connect || echo update)" \
    --service=servicenetworking.googleapis.com --network="$NETWORK" --ranges="${peered:+${peered//;/,},}aiprod-sql"
  # The services connect to its address; Cloud SQL's connector stays open to people.
  reach=(--network="projects/$PROJECT/global/networks/$NETWORK" --no-assign-ip --ssl-mode=ENCRYPTED_ONLY)
else
  reach=(--connector-enforcement=REQUIRED)
fi
say "PostgreSQL: with a private address if NETWORK is set, else only through Cloud SQL's connector; takes about ten minutes"
unless_exists gcloud sql instances describe "$SQL_INSTANCE" \
  -- gcloud sql instances create "$SQL_INSTANCE" --region="$REGION" --database-version=POSTGRES_16 --edition=enterprise \
  --tier="$SQL_TIER" --availability-type="$SQL_AVAILABILITY" --storage-auto-increase --backup-start-time=03:00 \
  --enable-point-in-time-recovery --deletion-protection "${reach[@]}" \
  --database-flags="max_connections=$SQL_MAX_CONNECTIONS"
unless_exists gcloud sql databases describe "$DATABASE" --instance="$SQL_INSTANCE" \
  -- gcloud sql databases create "$DATABASE" --instance="$SQL_INSTANCE"

where="/$DATABASE?host=/cloudsql/$PROJECT:$REGION:$SQL_INSTANCE"
if [[ -n $NETWORK ]]; then
  address=$(query gcloud sql instances describe "$SQL_INSTANCE" "--flatten=ipAddresses[]" "--format=value(ipAddresses.type,ipAddresses.ipAddress)" \
    | sed -n 's/^PRIVATE[[:space:]]*//p')
  [[ -z $DRY_RUN ]] || address=10.0.0.2
  if ! [[ $address =~ ^[0-9.]+$ ]]; then
    echo "$SQL_INSTANCE has no private address, because it was made without NETWORK: docs/deploy.md, \"A private database\"" >&2
    exit 1
  fi
  where="$address:5432/$DATABASE?sslmode=require"
fi
readonly where
say "The passwords of the database's two roles: created once, stored only in Secret Manager, never on a command line"
# database_role ROLE SECRET
database_role() {
  local role=$1 secret=$2 versions users password flags=$SCRATCH/flags
  unless_exists gcloud secrets describe "$secret" -- gcloud secrets create "$secret" --replication-policy=automatic
  versions=$(query gcloud secrets versions list "$secret" --filter=state=enabled "--format=value(name)")
  [[ -z $versions ]] || return 0
  # Letters and digits only: nothing needs escaping in a URL.
  password=$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  printf -- '--password: "%s"\n' "$password" >"$flags"
  users=$(query gcloud sql users list --instance="$SQL_INSTANCE" --filter="name=$role" "--format=value(name)")
  [[ -n $users ]] || run gcloud sql users create "$role" --instance="$SQL_INSTANCE" --flags-file="$flags"
  # A user without a secret was left by an earlier run that was interrupted here.
  [[ -z $users && -z $DRY_RUN ]] || run gcloud sql users set-password "$role" --instance="$SQL_INSTANCE" --flags-file="$flags"
  # Not a pipe: a dry run does not read it, and the writer of a pipe would fail.
  run gcloud secrets versions add "$secret" --data-file=- < <(
    printf 'postgresql+psycopg2://%s:%s@%s' "$role" "$password" "$where"
  )
}
database_role "$OWNER_ROLE" "$DATABASE_SECRET"
database_role "$SERVING_ROLE" "$SERVING_SECRET"

say "What the services may do: publish, reach the database, read their secret, use their bucket, sign links to its files"
for topic in "$JOBS_TOPIC" "$RESULTS_TOPIC" "$DLQ_TOPIC" "$SMOKE_TOPIC"; do
  may_publish "$topic" "$RUN"
done
in_project "$RUN" roles/cloudsql.client
read_secret "$SERVING_SECRET" "$RUN"
use_bucket "$RUN"
on_account "$RUN" "$RUN" roles/iam.serviceAccountTokenCreator
[[ $PROVIDER != vertex ]] || in_project "$RUN" roles/aiplatform.user

say "What migrations may do: reach the database, read the owner's secret"
in_project "$MIGRATE" roles/cloudsql.client
read_secret "$DATABASE_SECRET" "$MIGRATE"

say "What the operators' commands may do: as the services, and look at the subscriptions (doctor)"
for topic in "$JOBS_TOPIC" "$RESULTS_TOPIC" "$DLQ_TOPIC"; do
  may_publish "$topic" "$ADMIN"
done
in_project "$ADMIN" roles/cloudsql.client
in_project "$ADMIN" roles/pubsub.viewer
read_secret "$SERVING_SECRET" "$ADMIN"
use_bucket "$ADMIN"

say "Who may be them: the accounts have no roles, and their tokens open the API"
IFS=, read -ra operators <<<"${OPERATORS:-}"
IFS=, read -ra callers <<<"${CALLERS:-}"
for person in "${operators[@]}"; do
  # Runs the job with arguments of one's own; the log has what it printed.
  in_project "$person" roles/run.jobsExecutorWithOverrides
  in_project "$person" roles/run.viewer
  in_project "$person" roles/logging.viewer
  on_account "$OPERATOR" "$person" roles/iam.serviceAccountTokenCreator
done
for person in "${callers[@]}"; do
  on_account "$CALLER" "$person" roles/iam.serviceAccountTokenCreator
done

say "What builds may do: write logs, push images, deploy services that run as aiprod-run, and sign tokens as Pub/Sub does"
in_project "$BUILD" roles/logging.logWriter
bind gcloud artifacts repositories add-iam-policy-binding "$REPOSITORY" --location="$REGION" --member="serviceAccount:$BUILD" --role=roles/artifactregistry.writer
# Not run.developer: --no-invoker-iam-check needs run.services.setIamPolicy.
in_project "$BUILD" roles/run.admin
on_account "$RUN" "$BUILD" roles/iam.serviceAccountUser
on_account "$MIGRATE" "$BUILD" roles/iam.serviceAccountUser
on_account "$ADMIN" "$BUILD" roles/iam.serviceAccountUser
# The push account has no roles, so its tokens prove an identity and nothing more.
on_account "$PUSH" "$BUILD" roles/iam.serviceAccountTokenCreator
# To have Pub/Sub push to a new revision, and to read in the log that it was answered.
on_account "$PUSH" "$BUILD" roles/iam.serviceAccountUser
may_publish "$RELEASE_TOPIC" "$BUILD"
bind gcloud pubsub subscriptions add-iam-policy-binding "$RELEASE_TOPIC-sub" --member="serviceAccount:$BUILD" --role=roles/pubsub.editor
in_project "$BUILD" roles/logging.viewer
in_project "$BUILD" roles/ondemandscanning.admin
# `gcloud builds submit` uploads the sources to this bucket. It would create it itself, but too late for the role.
unless_exists gcloud storage buckets describe "gs://${PROJECT}_cloudbuild" \
  -- gcloud storage buckets create "gs://${PROJECT}_cloudbuild" --location="$REGION" --uniform-bucket-level-access --public-access-prevention
bind gcloud storage buckets add-iam-policy-binding "gs://${PROJECT}_cloudbuild" --member="serviceAccount:$BUILD" --role=roles/storage.objectViewer

# scheduled NAME SCHEDULE PATH: POST to this path of the API, signed by the scheduler's account.
scheduled() {
  local job=("$1" --location="$REGION" "--schedule=$2" --time-zone=Etc/UTC --uri="$API_URL$3"
    --http-method=POST --oidc-service-account-email="$SCHEDULER" --oidc-token-audience="$API_URL" --attempt-deadline=60s)
  if exists gcloud scheduler jobs describe "$1" --location="$REGION"; then
    run gcloud scheduler jobs update http "${job[@]}"
  else
    run gcloud scheduler jobs create http "${job[@]}"
    [[ -z $DRY_RUN ]] || run gcloud scheduler jobs update http "${job[@]}"
  fi
}

say "The sweep, every minute; until the first release it gets a 404"
scheduled aiprod-pipeline-sweep "* * * * *" /sweep
say "The prune of what is older than RETAIN_DAYS, at night; each call takes less than a minute and the next continues"
scheduled aiprod-pipeline-prune "*/5 1-4 * * *" /prune

say "The alerts, the dashboard, the uptime check; ALERT_EMAIL and ALERT_CHANNELS say who is told"
export PROJECT PROJECT_NUMBER REGION PUSH_SERVICE API_SERVICE JOBS_TOPIC SQL_INSTANCE SQL_MAX_CONNECTIONS
"$(dirname "${BASH_SOURCE[0]}")/alerts.sh" ${DRY_RUN:+--dry-run}

say "Done. Now: gcloud builds submit --project=$PROJECT --region=$REGION${NETWORK:+ --substitutions=_NETWORK=$NETWORK}"
