# What tools/demo, tools/test and .ci/run share. Source it; it changes to the project's root.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# The comment at the head of the calling script.
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "tools/${0##*/}"; }
