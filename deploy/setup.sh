#!/usr/bin/env bash
# Everything around the service in one Google Cloud project. docs/deploy.md explains it.
set -euo pipefail

usage() {
  cat <<'END'
deploy/setup.sh: makes, in one Google Cloud project, everything that the service needs around it.

  PROJECT=my-project deploy/setup.sh             make what is missing, set right what is there
  PROJECT=my-project deploy/setup.sh --dry-run   print the commands; nothing is asked or changed

It may be run as often as you like: what exists is kept (the database and its password, the bucket and its films).
Run it as somebody who may make service accounts and grant roles in the project (its owner, for one), signed in with
`gcloud auth login`. The first run takes about a quarter of an hour, most of it Cloud SQL. Afterwards:

  gcloud builds submit

Variables, with their defaults. One that is changed here must be given to the build too (the substitution in brackets):

  PROJECT               (none)                 the project's id
  REGION                europe-west1           where everything is [_REGION]
  PUSH_SERVICE          aiprod-pipeline-push   the service that Pub/Sub pushes to [_PUSH_SERVICE]
  API_SERVICE           aiprod-pipeline-api    the service that callers and the sweep ask [_API_SERVICE]
  REPOSITORY            aiprod                 the Artifact Registry repository [_REPOSITORY]
  BUCKET                PROJECT-aiprod-films   where films and what they are made from are kept [_BUCKET]
  FILM_DAYS             90                     a film, its captions and its manifest are deleted after so many days
  PART_DAYS             14                     and the shots and the sound that it was made from after so many
  ACK_DEADLINE_S        300                    how long one push may take, 10 to 600 [_ACK_DEADLINE_S]
  JOBS_TOPIC            aiprod-pipeline-jobs   [_JOBS_TOPIC]
  RESULTS_TOPIC         aiprod-pipeline-results [_RESULTS_TOPIC]
  DLQ_TOPIC             aiprod-pipeline-dlq    [_DLQ_TOPIC]
  SMOKE_TOPIC           aiprod-pipeline-smoke  where the releases' own drills publish [_SMOKE_TOPIC]
  SQL_INSTANCE          aiprod                 [_SQL_INSTANCE]
  SQL_TIER              db-custom-1-3840       1 CPU, 3.75 GB
  SQL_AVAILABILITY      zonal                  or regional: a standby in another zone, at twice the price
  SQL_MAX_CONNECTIONS   200                    see docs/deploy.md, "Connections"
  DATABASE_SECRET       aiprod-database-url    the secret that holds DATABASE_URL, password included [_DATABASE_SECRET]
  PROVIDER              local                  vertex also lets the service call Vertex AI [_PROVIDER]
  PROJECT_NUMBER        (asked of the project) only to leave out the question
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
SQL_INSTANCE=${SQL_INSTANCE:-aiprod}
SQL_TIER=${SQL_TIER:-db-custom-1-3840}
SQL_AVAILABILITY=${SQL_AVAILABILITY:-zonal}
SQL_MAX_CONNECTIONS=${SQL_MAX_CONNECTIONS:-200}
DATABASE_SECRET=${DATABASE_SECRET:-aiprod-database-url}
PROVIDER=${PROVIDER:-local}

if [[ -z $PROJECT ]]; then
  echo "PROJECT is not set: PROJECT=my-project deploy/setup.sh (--help explains)" >&2
  exit 2
fi

# A job that waits in Pub/Sub for 7 days goes on from what it was made of before.
for days in "$FILM_DAYS" "$PART_DAYS"; do
  if ! [[ $days =~ ^[1-9][0-9]{0,3}$ ]] || ((days < 8)); then
    echo "FILM_DAYS and PART_DAYS must be whole numbers from 8, not '$days': a message may wait for 7 days" >&2
    exit 2
  fi
done

readonly DATABASE=aiprod DATABASE_USER=aiprod
readonly DOMAIN="$PROJECT.iam.gserviceaccount.com"
readonly RUN="aiprod-run@$DOMAIN" PUSH="aiprod-push@$DOMAIN" BUILD="aiprod-build@$DOMAIN" SCHEDULER="aiprod-scheduler@$DOMAIN"
SCRATCH=$(mktemp -d)
readonly SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT

# Every gcloud below is of this project, whatever the machine's configuration says, and asks no questions.
export CLOUDSDK_CORE_PROJECT=$PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1

say() { printf '\n# %s\n' "$*"; }

show() {
  printf '%q ' "$@"
  printf '\n'
}

# The command; a dry run prints it instead.
run() {
  show "$@"
  [[ -n $DRY_RUN ]] || "$@" >/dev/null
}

# Is it there? Ends the script where nobody can say: what looks absent would be made anew. A dry run prints the question
# and takes it for a no.
there() {
  local said
  if [[ -n $DRY_RUN ]]; then
    show "$@"
    return 1
  fi
  if said=$("$@" 2>&1 >/dev/null); then
    return 0
  fi
  if grep -qiE 'not.?found|404|does not exist|may not exist' <<<"$said"; then
    return 1
  fi
  show "$@" >&2
  echo "$said" >&2
  exit 1
}

# What a question prints, which is nothing where there is none of it. A dry run prints the question and finds nothing.
found() {
  if [[ -n $DRY_RUN ]]; then
    show "$@" >&3
  else
    "$@"
  fi
}
exec 3>&1

# unless_there QUESTION -- COMMAND
unless_there() {
  local question=()
  while [[ $1 != -- ]]; do
    question+=("$1")
    shift
  done
  shift
  if there "${question[@]}"; then
    show "${question[@]}"
    echo "# … is there"
  else
    run "$@"
  fi
}

# A new account is not seen everywhere at once; a binding that names one may be refused for a minute.
bind() {
  local attempt
  show "$@"
  [[ -z $DRY_RUN ]] || return 0
  for attempt in 1 2 3 4 5 6; do
    if "$@" >/dev/null; then
      return 0
    fi
    echo "# refused; trying again in 10 s ($attempt of 6)" >&2
    sleep 10
  done
  return 1
}

account() {
  unless_there gcloud iam service-accounts describe "$1@$DOMAIN" \
    -- gcloud iam service-accounts create "$1" --display-name="$2"
}

may_publish() { bind gcloud pubsub topics add-iam-policy-binding "$1" --member="serviceAccount:$RUN" --role=roles/pubsub.publisher; }
in_project() { bind gcloud projects add-iam-policy-binding "$PROJECT" --member="serviceAccount:$1" --role="$2" --condition=None; }
on_account() { bind gcloud iam service-accounts add-iam-policy-binding "$1" --member="serviceAccount:$2" --role="$3" --condition=None; }

# The subscription with these settings, new or old. An old one's topic and ordering cannot be changed; they are not.
subscription() {
  local name=$1 topic=$2
  shift 2
  if there gcloud pubsub subscriptions describe "$name"; then
    run gcloud pubsub subscriptions update "$name" --clear-dead-letter-policy "$@"
  else
    run gcloud pubsub subscriptions create "$name" --topic="$topic" "$@"
    # A dry run shows both.
    [[ -z $DRY_RUN ]] || run gcloud pubsub subscriptions update "$name" --clear-dead-letter-policy "$@"
  fi
}

say "APIs"
apis=(run pubsub sqladmin secretmanager artifactregistry cloudbuild cloudscheduler iam iamcredentials storage)
[[ $PROVIDER != vertex ]] || apis+=(aiplatform)
run gcloud services enable "${apis[@]/%/.googleapis.com}"

if [[ -z ${PROJECT_NUMBER:-} ]]; then
  ask=(gcloud projects describe "$PROJECT" "--format=value(projectNumber)")
  if [[ -n $DRY_RUN ]]; then
    show "${ask[@]}"
    PROJECT_NUMBER=123456789012
  else
    PROJECT_NUMBER=$("${ask[@]}")
  fi
fi
# Cloud Run gives each service this address, also before it exists: the subscription can be made first.
readonly PUSH_URL="https://$PUSH_SERVICE-$PROJECT_NUMBER.$REGION.run.app"
readonly API_URL="https://$API_SERVICE-$PROJECT_NUMBER.$REGION.run.app"
readonly PUBSUB_AGENT="service-$PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"

say "Service accounts: the services run as the first, Pub/Sub calls as the second, builds and the scheduler as theirs"
account aiprod-run "aiprod: the services"
account aiprod-push "aiprod: Pub/Sub's pushes"
account aiprod-build "aiprod: builds and releases"
account aiprod-scheduler "aiprod: the sweep"

say "Topics"
for topic in "$JOBS_TOPIC" "$RESULTS_TOPIC" "$DLQ_TOPIC" "$SMOKE_TOPIC"; do
  unless_there gcloud pubsub topics describe "$topic" -- gcloud pubsub topics create "$topic"
done

say "Pub/Sub may sign tokens as the push account, and as no other"
run gcloud beta services identity create --service=pubsub.googleapis.com
on_account "$PUSH" "$PUBSUB_AGENT" roles/iam.serviceAccountTokenCreator

say "Subscriptions: no dead-letter policy (it counts every 503), no ordering, and none expires when it is quiet"
subscription "$JOBS_TOPIC-sub" "$JOBS_TOPIC" \
  --push-endpoint="$PUSH_URL/push" --push-auth-service-account="$PUSH" --push-auth-token-audience="$PUSH_URL" \
  --ack-deadline="$ACK_DEADLINE_S" --min-retry-delay=10s --max-retry-delay=600s --expiration-period=never
for topic in "$RESULTS_TOPIC" "$DLQ_TOPIC"; do
  subscription "$topic-sub" "$topic" --ack-deadline=60 --expiration-period=never
done

say "The repository of images"
unless_there gcloud artifacts repositories describe "$REPOSITORY" --location="$REGION" \
  -- gcloud artifacts repositories create "$REPOSITORY" --location="$REGION" --repository-format=docker

say "The bucket: not public, roles on the bucket alone; films go after $FILM_DAYS days, what they were made from after $PART_DAYS"
unless_there gcloud storage buckets describe "gs://$BUCKET" \
  -- gcloud storage buckets create "gs://$BUCKET" --location="$REGION" --uniform-bucket-level-access --public-access-prevention
# What ends in .part is of use to its job alone. An upload that was begun and left is no object yet.
tee "$SCRATCH/lifecycle.json" <<END
{"rule": [
  {"action": {"type": "Delete"}, "condition": {"age": $PART_DAYS, "matchesSuffix": [".part"]}},
  {"action": {"type": "Delete"}, "condition": {"age": $FILM_DAYS}},
  {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}}
]}
END
run gcloud storage buckets update "gs://$BUCKET" --lifecycle-file="$SCRATCH/lifecycle.json"

say "PostgreSQL: reached through Cloud SQL's connector alone (no network is let in); takes about ten minutes"
unless_there gcloud sql instances describe "$SQL_INSTANCE" \
  -- gcloud sql instances create "$SQL_INSTANCE" --region="$REGION" --database-version=POSTGRES_16 --edition=enterprise \
  --tier="$SQL_TIER" --availability-type="$SQL_AVAILABILITY" --storage-auto-increase --backup-start-time=03:00 \
  --enable-point-in-time-recovery --deletion-protection --connector-enforcement=REQUIRED \
  --database-flags="max_connections=$SQL_MAX_CONNECTIONS"
unless_there gcloud sql databases describe "$DATABASE" --instance="$SQL_INSTANCE" \
  -- gcloud sql databases create "$DATABASE" --instance="$SQL_INSTANCE"

say "The database's password: made once, kept in Secret Manager alone, never on a command line"
unless_there gcloud secrets describe "$DATABASE_SECRET" \
  -- gcloud secrets create "$DATABASE_SECRET" --replication-policy=automatic
versions=$(found gcloud secrets versions list "$DATABASE_SECRET" --filter=state=enabled "--format=value(name)")
if [[ -z $versions ]]; then
  flags=$SCRATCH/flags
  # Letters and digits: nothing in it needs escaping in a URL.
  password=$(head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  printf -- '--password: "%s"\n' "$password" >"$flags"
  users=$(found gcloud sql users list --instance="$SQL_INSTANCE" --filter="name=$DATABASE_USER" "--format=value(name)")
  [[ -n $users ]] || run gcloud sql users create "$DATABASE_USER" --instance="$SQL_INSTANCE" --flags-file="$flags"
  # A user without a secret is what an earlier run left that was interrupted here.
  [[ -z $users && -z $DRY_RUN ]] || run gcloud sql users set-password "$DATABASE_USER" --instance="$SQL_INSTANCE" --flags-file="$flags"
  # Not a pipe: a dry run reads nothing, and the writer of a pipe would fail by that.
  run gcloud secrets versions add "$DATABASE_SECRET" --data-file=- < <(
    printf 'postgresql+psycopg2://%s:%s@/%s?host=/cloudsql/%s:%s:%s' \
      "$DATABASE_USER" "$password" "$DATABASE" "$PROJECT" "$REGION" "$SQL_INSTANCE"
  )
  unset password
fi

say "What the services may: publish, reach the database, read their one secret, keep files in their one bucket, sign links to them"
for topic in "$JOBS_TOPIC" "$RESULTS_TOPIC" "$DLQ_TOPIC" "$SMOKE_TOPIC"; do
  may_publish "$topic"
done
in_project "$RUN" roles/cloudsql.client
bind gcloud secrets add-iam-policy-binding "$DATABASE_SECRET" --member="serviceAccount:$RUN" --role=roles/secretmanager.secretAccessor --condition=None
bind gcloud storage buckets add-iam-policy-binding "gs://$BUCKET" --member="serviceAccount:$RUN" --role=roles/storage.objectUser
on_account "$RUN" "$RUN" roles/iam.serviceAccountTokenCreator
[[ $PROVIDER != vertex ]] || in_project "$RUN" roles/aiplatform.user

say "What builds may: write logs, push images, deploy services that run as the first account, and call as Pub/Sub does"
in_project "$BUILD" roles/logging.logWriter
bind gcloud artifacts repositories add-iam-policy-binding "$REPOSITORY" --location="$REGION" --member="serviceAccount:$BUILD" --role=roles/artifactregistry.writer
# Not run.developer: --no-invoker-iam-check asks for run.services.setIamPolicy.
in_project "$BUILD" roles/run.admin
on_account "$RUN" "$BUILD" roles/iam.serviceAccountUser
# The push account may do nothing but be somebody, so that is all that can be done with it.
on_account "$PUSH" "$BUILD" roles/iam.serviceAccountTokenCreator
# `gcloud builds submit` uploads the sources to this bucket; it would make it itself, too late for the role.
unless_there gcloud storage buckets describe "gs://${PROJECT}_cloudbuild" \
  -- gcloud storage buckets create "gs://${PROJECT}_cloudbuild" --location="$REGION" --uniform-bucket-level-access --public-access-prevention
bind gcloud storage buckets add-iam-policy-binding "gs://${PROJECT}_cloudbuild" --member="serviceAccount:$BUILD" --role=roles/storage.objectViewer

say "The sweep, each minute; until the first release it gets a 404"
sweep=(aiprod-pipeline-sweep --location="$REGION" "--schedule=* * * * *" --time-zone=Etc/UTC --uri="$API_URL/sweep"
  --http-method=POST --oidc-service-account-email="$SCHEDULER" --oidc-token-audience="$API_URL" --attempt-deadline=60s)
if there gcloud scheduler jobs describe aiprod-pipeline-sweep --location="$REGION"; then
  run gcloud scheduler jobs update http "${sweep[@]}"
else
  run gcloud scheduler jobs create http "${sweep[@]}"
  [[ -z $DRY_RUN ]] || run gcloud scheduler jobs update http "${sweep[@]}"
fi

say "Done. Now: gcloud builds submit --project=$PROJECT"
