#!/usr/bin/env bash
# Release an image that another project has built and tried. docs/environments.md explains it.
set -euo pipefail

usage() {
  cat <<'END'
deploy/promote.sh [--dry-run] IMAGE [ARGUMENT OF gcloud builds submit …]: release an image as it is, by its digest.

  PROJECT=my-prod deploy/promote.sh europe-west1-docker.pkg.dev/my-staging/aiprod/service@sha256:… \
    '--substitutions=^;^_MAX_INSTANCES=8;_PROVIDER=vertex'

It submits cloudbuild.yaml without the steps that test and make an image: scan, before, migrate, drill, deploy, check and
shift are the same. --dry-run prints what would be submitted.

  PROJECT   (none)         the project to release in, which deploy/setup.sh has prepared
  REGION    europe-west1   its region
END
}

DRY_RUN=
case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  --dry-run) DRY_RUN=yes; shift ;;
esac
IMAGE=${1:-}
if [[ -z ${PROJECT:-} || -z $IMAGE ]]; then
  usage >&2
  exit 2
fi
if ! [[ $IMAGE =~ ^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$ ]]; then
  echo "$IMAGE is not an image by its digest (…/service@sha256:…): a tag may name another image tomorrow" >&2
  exit 2
fi
shift

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CONFIG=$(mktemp --suffix=.yaml)
readonly HERE CONFIG
trap 'rm -f "$CONFIG"' EXIT

# The steps before "scan", and what the build would push at its end, are left out; the image is the given one.
awk -v image="$IMAGE" '
  /^  _IMAGE: / { print "  _IMAGE: " image; next }
  /^steps:/ { print; skip = 1; next }
  /^  - id: scan$/ { skip = 0 }
  # What only the left out steps name would be an error.
  /^  dynamicSubstitutions: / { print; print "  substitutionOption: ALLOW_LOOSE"; next }
  /^images:/ { next }
  !skip { print }
' "$HERE/../cloudbuild.yaml" >"$CONFIG"

submit=(gcloud builds submit "$HERE/.." --project="$PROJECT" --region="${REGION:-europe-west1}" --config="$CONFIG" "$@")
if [[ -n $DRY_RUN ]]; then
  cat "$CONFIG"
  printf '%q ' "${submit[@]}"
  printf '\n'
else
  "${submit[@]}"
fi
