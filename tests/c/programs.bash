# Functions that run programs with harness.h. Scripts source this file.
# shellcheck shell=bash

# shellcheck source=../counting.bash
. "$(dirname "${BASH_SOURCE[0]}")/../counting.bash"

# tests_of SOURCE: prints the number of a program's tests. Some have one for each function of the header.
tests_of() {
    local tests functions=0
    tests=$(grep --count '^ *RUN(' "$1" || true)
    if grep --quiet 'harness_run(current->function' "$1"; then
        functions=$(wc -l < "$(dirname "${BASH_SOURCE[0]}")/../../include/hookrail.symbols")
    fi
    echo $((tests + functions))
}

# Prints the tests that cannot pass where the programs run. The file EXPECTED_FAILURES has a line for each: PROGRAM TEST
# REASON. With `all` for TEST, the program is not run.
expected_failures() {
    [[ -z ${EXPECTED_FAILURES:-} ]] || sed 's/#.*//' "$EXPECTED_FAILURES"
}

# expect_failures PROGRAM: a filter that inverts the results of the tests that are expected to fail. One that passes
# must be deleted from the list.
expect_failures() {
    awk -v names="$(expected_failures | awk -v program="$1" '$1 == program { print $2 }' | xargs)" '
        BEGIN { count = split(names, list, " "); for (i = 1; i <= count; i++) expected[list[i]] = 1 }
        /^not ok / && $3 in expected { print "ok " $3 " fails here, as expected"; next }
        /^ok / && $2 in expected { print "not ok " $2 " was expected to fail here, but passes"; next }
        { print }'
}

# is_left_out PROGRAM: succeeds if the program is not to be run.
is_left_out() {
    expected_failures | grep --quiet "^$1 all "
}

# Succeeds if the programs have all tests that are expected to fail.
expected_failures_exist() {
    local program test reason status=0
    while read -r program test reason; do
        [[ -n $program ]] || continue
        [[ -n $reason ]] || { echo "no reason is given for $program $test"; status=1; }
        [[ $test == all ]] && test='.*'
        grep --quiet "^ *RUN($test);" "$(dirname "${BASH_SOURCE[0]}")/$program.c" \
            || { echo "there is no $program $test"; status=1; }
    done < <(expected_failures)
    return $status
}

# run_program SOURCE LABEL COMMAND... PROGRAM: runs a program that uses the harness, shows its output and adds its
# counts. Tests that did not run have failed: all of them if the program could not be built.
run_program() {
    local source=$1 label=$2 status=0 program=${*: -1} good=0 bad=0 missing
    shift 2
    echo "# $label"
    if [[ -x $program ]]; then
        "$@" > "$counting_output.program" 2>&1 < /dev/null || status=$?
        expect_failures "$(basename "$source" .c)" < "$counting_output.program" > "$counting_output"
        rm "$counting_output.program"
        # The program's status is not that of its tests.
        ((status != 1)) || ! grep --quiet 'fails here, as expected$' "$counting_output" || status=0
        # Its totals are not those of the suite.
        sed 's/^[0-9]* passed, [0-9]* failed$/# &/' "$counting_output"
        good=$(grep --count '^ok ' "$counting_output" || true)
        bad=$(grep --count '^not ok ' "$counting_output" || true)
        passed=$((passed + good))
        failed=$((failed + bad))
    else
        status=127
    fi
    missing=$(($(tests_of "$source") - good - bad))
    for ((; missing > 0; missing--)); do
        report 1 "$label: a test did not run"
        bad=$((bad + 1))
    done
    ((status == 0 || bad > 0)) || report 1 "$label ended with status $status"
}
