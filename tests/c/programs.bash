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

# run_program SOURCE LABEL COMMAND... PROGRAM: runs a program that uses the harness, shows its output and adds its
# counts. Tests that did not run have failed: all of them if the program could not be built.
run_program() {
    local source=$1 label=$2 status=0 program=${*: -1} good=0 bad=0 missing
    shift 2
    echo "# $label"
    if [[ -x $program ]]; then
        "$@" > "$counting_output" 2>&1 < /dev/null || status=$?
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
