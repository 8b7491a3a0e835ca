# Sourced by release.sh, with its variables: call a service, or have Pub/Sub call it, and check its answer.
# shellcheck shell=bash

# An ID token of the push account for this audience, as Pub/Sub would send it.
token() {
  if [[ -n $DRY_RUN ]]; then
    run gcloud auth print-identity-token --impersonate-service-account="$PUSH" --audiences="$1" --include-email >&3
  else
    gcloud auth print-identity-token --impersonate-service-account="$PUSH" --audiences="$1" --include-email
  fi
}

# expect STATUS METHOD URL [TOKEN] [BODY FILE]: repeat the request until the answer has this status (a pattern). Its body
# is then in $WORK/answer. Repeating gets past cold starts and changes that have not reached every front end yet, but not
# past refusals of the service itself. The token is not on a command line.
expect() {
  local expected=$1 method=$2 url=$3 token=${4:-} body=${5:-} attempt status=
  # Google's front end requires a Content-Length on a POST, even if it is 0.
  [[ $method != POST ]] || body=${body:-/dev/null}
  local call=(curl --silent --show-error --output "$WORK/answer" --write-out '%{http_code}' --max-time "$((ACK_DEADLINE_S + 30))"
    --request "$method" --header @- ${body:+--data-binary "@$body"} "$url")
  if [[ -n $DRY_RUN ]]; then
    run "${call[@]}"
    return 0
  fi
  for ((attempt = 1; attempt <= TRIES; attempt++)); do
    if status=$(printf 'Content-Type: application/json\n%s' "${token:+Authorization: Bearer $token}" | "${call[@]}") \
      && [[ $status =~ ^($expected)$ ]]; then
      echo "$status $method $url"
      return 0
    fi
    ((attempt == TRIES)) || sleep "$PAUSE_S"
  done
  echo "$method $url: ${status:-no answer} instead of $expected" >&2
  head -c 1000 "$WORK/answer" >&2 || true
  echo >&2
  return 1
}

# The drill's message. No film has its aspect ratio, so if it ever reaches the film pipeline, it is refused before any
# work, and no provider is called.
drill_message() {
  printf '{"job_id":"%s","user_id":"release-drill","content":"The drill of a release.","preset":"quick_social","metadata":{"aspect_ratio":"drill"}}' \
    "$BUILD_ID"
}

# push STATUS URL AUDIENCE: push the drill's message as Pub/Sub would.
push() {
  printf '{"message":{"data":"%s","messageId":"drill-%s"},"subscription":"release"}' \
    "$(drill_message | base64 | tr -d '\n')" "$BUILD_ID" >"$WORK/push"
  expect "$1" POST "$2/push" "$(token "$3")" "$WORK/push"
}

# pushed_by_pubsub URL: have Pub/Sub push the drill's message there, and wait until the log says that this build's revision
# has answered 204. For a service that nobody else can reach.
pushed_by_pubsub() {
  local since attempt found
  local auth=(--push-auth-service-account="$PUSH" --push-auth-token-audience="$PUSH_URL")
  since=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
  local asked=(gcloud logging read "resource.type=\"cloud_run_revision\" AND resource.labels.revision_name=\"$PUSH_SERVICE-$MARK\" AND httpRequest.requestUrl:\"/push\" AND timestamp>=\"$since\""
    --limit=20 "--format=value(httpRequest.status)")
  run gcloud pubsub subscriptions modify-push-config "$RELEASE_TOPIC-sub" --push-endpoint="$1/push" "${auth[@]}" || return
  run gcloud pubsub topics publish "$RELEASE_TOPIC" --message="$(drill_message)" || return
  if [[ -n $DRY_RUN ]]; then
    run "${asked[@]}"
    return 0
  fi
  for ((attempt = 1; attempt <= TRIES; attempt++)); do
    # A revision that does not do its work answers otherwise, again and again, as Pub/Sub tries again.
    if found=$("${asked[@]}") && grep -qx 204 <<<"$found"; then
      echo "204, says the log of $PUSH_SERVICE-$MARK, to Pub/Sub's push to $1/push"
      return 0
    fi
    ((attempt == TRIES)) || sleep "$PAUSE_S"
  done
  echo "Pub/Sub's push to $1/push: the log of $PUSH_SERVICE-$MARK has no 204 (but: ${found//$'\n'/, })" >&2
  return 1
}

# answers PUSH_URL API_URL: both services are ready and reject strangers, and the push service accepts Pub/Sub's token
# and finds the drill's job, which has ended, in the database: it answers 204 without running a stage of the film.
answers() {
  if [[ $PUSH_INGRESS == all ]]; then
    expect 200 GET "$1/ready" && expect 401 POST "$1/push" && push 204 "$1" "$PUSH_URL" || return
  else
    # Google's front end turns the internet away, and us.
    expect '403|404' POST "$1/push" && pushed_by_pubsub "$1" || return
  fi
  expect 200 GET "$2/ready" && expect 401 GET "$2/pipeline/jobs"
}
