#!/usr/bin/env bash
# Create the alert policies of docs/operating.md, and what they watch, in one Google Cloud project.
set -euo pipefail

usage() {
  cat <<'END'
deploy/alerts.sh: create the alert policies in deploy/alerts/, with the log-based metrics that they watch.

  PROJECT=my-project ALERT_EMAIL=oncall@example.org deploy/alerts.sh
  PROJECT=my-project deploy/alerts.sh --dry-run   print the commands; nothing is queried or changed

deploy/setup.sh runs it too. You can run it as often as you like: policies and metrics that exist are brought back to
what their files say. Policies without a channel still open incidents in the console. docs/operating.md, "Alerts", says
what each one means and what to type.

  PROJECT               (none)                 the project's id
  ALERT_EMAIL           (none)                 an address to send alerts to; a channel for it is created once
  ALERT_CHANNELS        (none)                 channels that exist, by commas, such as one to Slack or PagerDuty:
                                               gcloud beta monitoring channels list
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
PUSH_SERVICE=${PUSH_SERVICE:-aiprod-pipeline-push}
API_SERVICE=${API_SERVICE:-aiprod-pipeline-api}
JOBS_TOPIC=${JOBS_TOPIC:-aiprod-pipeline-jobs}
SQL_INSTANCE=${SQL_INSTANCE:-aiprod}
SQL_MAX_CONNECTIONS=${SQL_MAX_CONNECTIONS:-200}
ALERT_EMAIL=${ALERT_EMAIL:-}
CHANNELS=${ALERT_CHANNELS:-}

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

# Fill in what a file leaves open; print the path of the filled copy.
fill() {
  local to=$FILLED/${1##*/}
  sed -e "s/@PROJECT@/$PROJECT/g" -e "s/@PUSH_SERVICE@/$PUSH_SERVICE/g" -e "s/@API_SERVICE@/$API_SERVICE/g" \
    -e "s/@JOBS_SUB@/$JOBS_TOPIC-sub/g" -e "s/@SQL_INSTANCE@/$SQL_INSTANCE/g" \
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

say "Done: https://console.cloud.google.com/monitoring/alerting?project=$PROJECT"
