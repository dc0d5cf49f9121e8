# Counts the tests of the scripts that source this file. Such a script announces the number of its tests (plan,
# plan_from), reports each test (check, report, count), and calls `totals` in its trap for EXIT. A planned test without a
# result did not run, and counts as failed.
#
# scripts/suite reads the same lines, because a killed suite prints no totals:
#   planned N                   N more tests will follow
#   ok NAME, not ok NAME        the result of one test
#   NAME: N passed, M failed    the results of a program that counts its tests itself
#   N passed, M failed          the totals: the last line
# It does not read lines that begin with # or with a blank.
# shellcheck shell=bash

planned=0
passed=0
failed=0
counting_output=$(mktemp)

# plan N: announces N more tests.
plan() {
    planned=$((planned + $1))
    echo "planned $1"
}

# plan_from FUNCTION [NAME...]: announces as many tests as the function makes checks and runs programs (program LABEL
# EXPECTED COMMAND..., which the caller defines). It is called in a subshell in which these only count, and in which
# the functions NAME do nothing.
plan_from() {
    local tests=$1 name
    shift
    plan "$(
        # shellcheck disable=SC2317 # The function calls it.
        check() { echo "tests 1"; }
        # shellcheck disable=SC2317
        program() { echo "tests $2"; }
        for name in "$@"; do
            eval "$name() { :; }"
        done
        "$tests" | awk '/^tests [0-9]+$/ { tests += $2 } END { print tests + 0 }'
    )"
}

# report STATUS NAME: reports one test, which has passed if the status is 0.
report() {
    if (($1 == 0)); then
        passed=$((passed + 1))
        echo "ok $2"
    else
        failed=$((failed + 1))
        echo "not ok $2"
    fi
}

# check NAME COMMAND...: runs one test, which passes if the command succeeds, and shows the output of one that fails. If
# the command is a function, it ends at its first command that fails; in a condition it would go on.
check() {
    local name=$1 status errexit=$-
    shift
    set +e
    (set -e && "$@") > "$counting_output" 2>&1
    status=$?
    [[ $errexit != *e* ]] || set -e
    ((status == 0)) || sed 's/^/# /' "$counting_output"
    report "$status" "$name"
}

# count NAME PASSED FAILED: reports a program that counts its tests itself.
count() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    echo "$1: $2 passed, $3 failed"
}

# totals STATUS: prints the line of totals and returns the exit status for a script that would end with STATUS.
totals() {
    local status=$1 missing=$((planned - passed - failed))
    rm -f "$counting_output"
    if ((missing > 0)); then
        echo "not ok $missing of $planned planned tests did not run"
        failed=$((failed + missing))
    elif ((status != 0 && failed == 0)); then
        echo "not ok ended with status $status"
        failed=1
    fi
    echo "$passed passed, $failed failed"
    ((failed == 0)) || status=1
    return "$status"
}
