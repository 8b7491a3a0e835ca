#!/usr/bin/env bash
# Create or update the operator's console, as a service behind Identity-Aware Proxy. docs/console.md explains it.
set -euo pipefail
shopt -s inherit_errexit

usage() {
  cat <<'END'
deploy/console.sh [--dry-run]: serve the console behind Identity-Aware Proxy, which signs people in.

  PROJECT=my-project CONSOLE_USERS=ada@example.org:act,*@example.org deploy/console.sh

It takes the image, the account, the database and the settings of the API's service, so release first, and run it again
after each release. Type it as the project's owner. What exists is corrected, but for people who left CONSOLE_USERS:
the service lets them no further, and the proxy still signs them in.

  PROJECT          (none)               the project's id; it must be in an organization, and so must the people
  CONSOLE_USERS    (none)               who may look and who may act, as in docs/configuration.md
  REGION           europe-west1
  API_SERVICE      aiprod-pipeline-api  whose settings are taken
  CONSOLE_SERVICE  aiprod-console
  PROJECT_NUMBER   (looked up)          only to skip the lookup
END
}

DRY_RUN=
case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  --dry-run) DRY_RUN=yes ;;
  "") ;;
  *) usage >&2; exit 2 ;;
esac
if [[ -z ${PROJECT:-} || -z ${CONSOLE_USERS:-} ]]; then
  usage >&2
  exit 2
fi
REGION=${REGION:-europe-west1}
API_SERVICE=${API_SERVICE:-aiprod-pipeline-api}
CONSOLE_SERVICE=${CONSOLE_SERVICE:-aiprod-console}
export CLOUDSDK_CORE_PROJECT=$PROJECT CLOUDSDK_CORE_DISABLE_PROMPTS=1

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

if [[ -n $DRY_RUN ]]; then
  PROJECT_NUMBER=${PROJECT_NUMBER:-123456789012}
elif [[ -z ${PROJECT_NUMBER:-} ]]; then
  PROJECT_NUMBER=$(gcloud projects describe "$PROJECT" "--format=value(projectNumber)")
fi
readonly AGENT="service-$PROJECT_NUMBER@gcp-sa-iap.iam.gserviceaccount.com"
readonly AUDIENCE="/projects/$PROJECT_NUMBER/locations/$REGION/services/$CONSOLE_SERVICE"

# The API's service as the arguments of a deployment, one a line: with its variables, but for those of its own surface.
of_the_api() {
  if [[ -n $DRY_RUN ]]; then
    printf -- '--image=IMAGE\n--service-account=aiprod-run@%s.iam.gserviceaccount.com\n' "$PROJECT"
    printf -- '--set-cloudsql-instances=%s:%s:aiprod\n--set-secrets=DATABASE_URL=SECRET:latest\n' "$PROJECT" "$REGION"
    printf -- '--set-env-vars=^|0|^SURFACE=console|0|CONSOLE_USERS=%s|0|CONSOLE_AUDIENCE=%s\n' "$CONSOLE_USERS" "$AUDIENCE"
    return
  fi
  gcloud run services describe "$API_SERVICE" --region="$REGION" --format=json | python3 -c '
import json, sys
users, audience = sys.argv[1:]
template = json.load(sys.stdin)["spec"]["template"]
container, noted = template["spec"]["containers"][0], template["metadata"].get("annotations", {})
variables = {one["name"]: one.get("value", "") for one in container["env"] if "valueFrom" not in one}
variables |= {"SURFACE": "console", "CONSOLE_USERS": users, "CONSOLE_AUDIENCE": audience}
secrets = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one}
print("--image=" + container["image"])
print("--service-account=" + template["spec"]["serviceAccountName"])
sql = noted.get("run.googleapis.com/cloudsql-instances")
if sql:
    print("--set-cloudsql-instances=" + sql)
for network in json.loads(noted.get("run.googleapis.com/network-interfaces", "[]")):
    print("--network=" + network["network"])
    print("--subnet=" + network["subnetwork"])
    print("--vpc-egress=" + noted["run.googleapis.com/vpc-access-egress"])
print("--set-secrets=" + ",".join("%s=%s:%s" % (name, one["name"], one["key"]) for name, one in secrets.items()))
# gcloud takes a list with any separator: here one that no value contains, nor ends with a part of
separator = next(one for one in map("|{}|".format, range(1000)) if not any(one in (value + one)[:-1] for value in variables.values()))
print("--set-env-vars=^%s^%s" % (separator, separator.join("%s=%s" % one for one in variables.items())))
' "$CONSOLE_USERS" "$AUDIENCE"
}

say "the proxy, and the account that it calls services with"
run gcloud services enable iap.googleapis.com
run gcloud beta services identity create --service=iap.googleapis.com

say "the console, with the image and the settings of $API_SERVICE"
settings=$(of_the_api)
mapfile -t arguments <<<"$settings"
run gcloud beta run deploy "$CONSOLE_SERVICE" --region="$REGION" "${arguments[@]}" --iap --no-allow-unauthenticated \
  --execution-environment=gen2 --cpu=1 --memory=1Gi --concurrency=20 --timeout=90 --min=0 --max-instances=2 --ingress=all \
  "--startup-probe=httpGet.path=/health,periodSeconds=1,timeoutSeconds=1,failureThreshold=60"
run gcloud run services add-iam-policy-binding "$CONSOLE_SERVICE" --region="$REGION" \
  "--member=serviceAccount:$AGENT" --role=roles/run.invoker

say "who the proxy lets in; CONSOLE_USERS also says who may act"
IFS=, read -ra entries <<<"$CONSOLE_USERS"
for entry in "${entries[@]}"; do
  entry=${entry// /}
  who=${entry%%:*}
  case "$who" in
    \*@*) member=domain:${who#\*@} ;;
    *) member=user:$who ;;
  esac
  run gcloud beta iap web add-iam-policy-binding --resource-type=cloud-run --service="$CONSOLE_SERVICE" --region="$REGION" \
    "--member=$member" --role=roles/iap.httpsResourceAccessor
done

say "https://$CONSOLE_SERVICE-$PROJECT_NUMBER.$REGION.run.app/console/"
