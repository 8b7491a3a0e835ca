#!/usr/bin/env bash
# Create the alert policies of docs/operating.md, what they watch, and the dashboard, in one Google Cloud project.
set -euo pipefail

usage() {
  cat <<'END'
deploy/alerts.sh: create the alert policies in deploy/alerts/, with the log-based metrics and the uptime check that they
watch; the dashboard in deploy/dashboard.json; and a budget with mails, if MONTHLY_BUDGET is set.

  PROJECT=my-project ALERT_EMAIL=oncall@example.org deploy/alerts.sh
  PROJECT=my-project deploy/alerts.sh --dry-run   print the commands; nothing is queried or changed

deploy/setup.sh runs it too. You can run it as often as you like: policies and metrics that exist are brought back to
what their files say. Policies without a channel still open incidents in the console. docs/operating.md, "Alerts", says
what each one means and what to type.

  PROJECT               (none)                 the project's id
  ALERT_EMAIL           (none)                 an address to send alerts to; a channel for it is created once
  ALERT_CHANNELS        (none)                 channels that exist, by commas, such as one to Slack or PagerDuty:
                                               gcloud beta monitoring channels list
  MONTHLY_BUDGET        (none)                 such as 500USD, in the billing account's currency; needs billing.budgets.create
  PROJECT_NUMBER        (looked up)            only to skip the lookup
  REGION, PUSH_SERVICE, API_SERVICE, JOBS_TOPIC, SQL_INSTANCE, SQL_MAX_CONNECTIONS   as in deploy/setup.sh
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
JOBS_TOPIC=${JOBS_TOPIC:-aiprod-pipeline-jobs}
SQL_INSTANCE=${SQL_INSTANCE:-aiprod}
SQL_MAX_CONNECTIONS=${SQL_MAX_CONNECTIONS:-200}
ALERT_EMAIL=${ALERT_EMAIL:-}
CHANNELS=${ALERT_CHANNELS:-}
MONTHLY_BUDGET=${MONTHLY_BUDGET:-}

if [[ -z $PROJECT ]]; then
  echo "PROJECT is not set: PROJECT=my-project deploy/alerts.sh (--help explains)" >&2
  exit 2
fi

HERE=$(dirname "${BASH_SOURCE[0]}")
readonly HERE
FILLED=$(mktemp -d)
readonly FILLED
trap 'rm -rf "$FILLED"' EXIT

# Every gcloud below uses this project, whatever the machine's configuration says, and never prompts.
export CLOUDSDK_CORE_PROJECT=$PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1
# shellcheck source=cloud.sh
. "$HERE/cloud.sh"

if [[ -z ${PROJECT_NUMBER:-} ]]; then
  PROJECT_NUMBER=$(query gcloud projects describe "$PROJECT" "--format=value(projectNumber)")
  [[ -z $DRY_RUN ]] || PROJECT_NUMBER=123456789012
fi
readonly API_HOST="$API_SERVICE-$PROJECT_NUMBER.$REGION.run.app"

# Fill in what a file leaves open; print the path of the filled copy.
fill() {
  local to=$FILLED/${1##*/}
  sed -e "s/@PROJECT@/$PROJECT/g" -e "s/@PUSH_SERVICE@/$PUSH_SERVICE/g" -e "s/@API_SERVICE@/$API_SERVICE/g" \
    -e "s/@JOBS_SUB@/$JOBS_TOPIC-sub/g" -e "s/@SQL_INSTANCE@/$SQL_INSTANCE/g" \
    -e "s/@API_HOST@/$API_HOST/g" \
    -e "s/@MOST_BACKENDS@/$((SQL_MAX_CONNECTIONS * 8 / 10))/g" "$1" >"$to"
  printf '%s' "$to"
}

say "What the log says, counted"
for file in "$HERE"/alerts/metrics/*.json; do
  metric=$(basename "$file" .json)
  filled=$(fill "$file")
  if exists gcloud logging metrics describe "$metric"; then
    run gcloud logging metrics update "$metric" --config-from-file="$filled"
  else
    run gcloud logging metrics create "$metric" --config-from-file="$filled"
    # A dry run shows both.
    [[ -z $DRY_RUN ]] || run gcloud logging metrics update "$metric" --config-from-file="$filled"
  fi
done

say "The uptime check: /ready of the API every five minutes, which asks the database too"
# The push service is internal; the age of its messages says whether it works.
check=$(query gcloud monitoring uptime list-configs --filter="displayName=\"aiprod: ready\"" "--format=value(name)")
if [[ -z $check ]]; then
  run gcloud monitoring uptime create "aiprod: ready" --resource-type=uptime-url \
    --resource-labels="host=$API_HOST,project_id=$PROJECT" --protocol=https --validate-ssl=true --path=/ready --status-codes=200 \
    --period=5 --timeout=20
fi

if [[ -n $ALERT_EMAIL ]]; then
  say "The channel to $ALERT_EMAIL"
  channel=$(query gcloud beta monitoring channels list --filter="labels.email_address=\"$ALERT_EMAIL\"" "--format=value(name)" --limit=1)
  if [[ -z $channel ]]; then
    run gcloud beta monitoring channels create --display-name="aiprod: $ALERT_EMAIL" --type=email \
      --channel-labels="email_address=$ALERT_EMAIL"
    channel=$(query gcloud beta monitoring channels list --filter="labels.email_address=\"$ALERT_EMAIL\"" "--format=value(name)" --limit=1)
  fi
  CHANNELS=${CHANNELS:+$CHANNELS,}${channel:-CHANNEL}
fi

say "The policies"
# Without channels, a policy keeps those that it has: the file, which names none, replaces only these fields.
to=("--fields=severity,combiner,conditions,documentation,alertStrategy")
[[ -z $CHANNELS ]] || to=(--set-notification-channels="$CHANNELS")
for file in "$HERE"/alerts/*.json; do
  filled=$(fill "$file")
  title=$(sed -n 's/^  "displayName": "\(.*\)",$/\1/p' "$file")
  policy=$(query gcloud alpha monitoring policies list --filter="displayName=\"$title\"" "--format=value(name)" --limit=1)
  if [[ -n $policy ]]; then
    run gcloud alpha monitoring policies update "$policy" --policy-from-file="$filled" "${to[@]}"
  else
    # A policy on a metric that was created a moment ago is refused until the metric is known everywhere.
    bind gcloud alpha monitoring policies create --policy-from-file="$filled" ${CHANNELS:+--notification-channels="$CHANNELS"}
    [[ -z $DRY_RUN ]] || run gcloud alpha monitoring policies update POLICY --policy-from-file="$filled" "${to[@]}"
  fi
done

say "The dashboard"
filled=$(fill "$HERE/dashboard.json")
found=$(query gcloud monitoring dashboards list --filter="displayName=\"aiprod\"" "--format=value(name,etag)" --limit=1)
read -r dashboard etag <<<"$found"
if [[ -n $dashboard ]]; then
  # An update names the version that it replaces.
  sed -i "1s/{/{ \"etag\": \"$etag\",/" "$filled"
  run gcloud monitoring dashboards update "$dashboard" --config-from-file="$filled"
else
  run gcloud monitoring dashboards create --config-from-file="$filled"
  [[ -z $DRY_RUN ]] || run gcloud monitoring dashboards update DASHBOARD --config-from-file="$filled"
fi

if [[ -n $MONTHLY_BUDGET ]]; then
  say "The budget of $MONTHLY_BUDGET a month: it tells, and stops nothing"
  account=$(query gcloud billing projects describe "$PROJECT" "--format=value(billingAccountName)")
  account=${account#billingAccounts/}
  [[ -z $DRY_RUN ]] || account=000000-000000-000000
  budget=$(query gcloud billing budgets list --billing-account="$account" --filter="displayName=\"aiprod: $PROJECT\"" "--format=value(name)" --limit=1)
  rules=(--threshold-rule=percent=0.5 --threshold-rule=percent=0.9 --threshold-rule=percent=1.0)
  if [[ -z $budget ]]; then
    run gcloud billing budgets create --billing-account="$account" --display-name="aiprod: $PROJECT" --budget-amount="$MONTHLY_BUDGET" \
      --filter-projects="projects/$PROJECT_NUMBER" "${rules[@]}" \
      ${CHANNELS:+--notifications-rule-monitoring-notification-channels="$CHANNELS"}
  else
    run gcloud billing budgets update "$budget" --budget-amount="$MONTHLY_BUDGET"
  fi
fi

say "Done: https://console.cloud.google.com/monitoring/alerting?project=$PROJECT and …/monitoring/dashboards?project=$PROJECT"
