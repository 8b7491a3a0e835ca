# Sourced by setup.sh and alerts.sh: print commands and run them, or only print them if DRY_RUN is set.
# shellcheck shell=bash

say() { printf '\n# %s\n' "$*"; }

show() {
  printf '%q ' "$@"
  printf '\n'
}

# Print and run the command; a dry run only prints it.
run() {
  show "$@"
  [[ -n $DRY_RUN ]] || "$@" >/dev/null
}

# Does it exist? Exit if the query fails for any other reason, because what only looks absent would be created again.
# A dry run prints the query and assumes that it does not exist.
exists() {
  local output
  if [[ -n $DRY_RUN ]]; then
    show "$@"
    return 1
  fi
  if output=$("$@" 2>&1 >/dev/null); then
    return 0
  fi
  if grep -qiE 'not.?found|404|does not exist|may not exist' <<<"$output"; then
    return 1
  fi
  show "$@" >&2
  echo "$output" >&2
  exit 1
}

# The output of a list query, empty if it finds nothing. A dry run prints the query and finds nothing.
query() {
  if [[ -n $DRY_RUN ]]; then
    show "$@" >&3
  else
    "$@"
  fi
}
exec 3>&1

# unless_exists QUERY -- COMMAND
unless_exists() {
  local query=()
  while [[ $1 != -- ]]; do
    query+=("$1")
    shift
  done
  shift
  if exists "${query[@]}"; then
    show "${query[@]}"
    echo "# … exists"
  else
    run "$@"
  fi
}

# Run a command that names something new: it may be refused until that is known everywhere, for up to a minute.
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
