# Reads the log of a suite and prints four numbers: tests passed, tests failed, tests that did not run (they are among
# the failed), and 1 if the suite reached its end, else 0. Prints nothing if the log has no counts.
#
# A suite's own line of totals counts (tests/counting.bash). Without that line the suite did not reach its end: its
# reports until then count, and every other planned test has failed. In the output of cargo, each program announces the
# number of its tests and ends with a line of totals.

function positive(number) { return number > 0 ? number : 0 }

# Ends the program that cargo ran last; tests that it announced and did not report did not run.
function end_program() {
    cargo_missing += positive(announced - program_passed - program_failed - program_ignored)
    cargo_passed += program_passed
    cargo_failed += program_failed
    cargo_ignored += program_ignored
    announced = program_passed = program_failed = program_ignored = 0
}

/^[0-9]+ passed, [0-9]+ failed$/ { own = 1; own_passed = $1; own_failed = $3 }
/^planned [0-9]+$/ { planned += $2 }
/^not ok [0-9]+ of [0-9]+ planned tests did not run$/ { own_missing = $3; next }
/^ok [^ \t]/ { passed++ }
/^not ok / { failed++ }
/^[^# \t].*: [0-9]+ passed, [0-9]+ failed$/ { passed += $(NF - 3); failed += $(NF - 1) }

/^running [0-9]+ tests?$/ { end_program(); cargo = 1; announced = $2; open = 1 }
/^test .* \.\.\. ok$/ { program_passed++ }
/^test .* \.\.\. FAILED$/ { program_failed++ }
/^test .* \.\.\. ignored/ { program_ignored++ }
/^test result: / {
    cargo = 1
    announced = open = 0
    program_passed = $4
    program_failed = $6
    program_ignored = $8
    end_program()
}

END {
    end_program()
    if (own) {
        missing = positive(planned - own_passed - own_failed)
        print own_passed, own_failed + missing, own_missing + missing, 1
    } else if (cargo) {
        missing = positive(planned - cargo_passed - cargo_failed - cargo_ignored)
        if (missing < cargo_missing) missing = cargo_missing
        print cargo_passed + 0, cargo_failed + missing, missing + 0, !open
    } else if (planned || passed || failed) {
        missing = positive(planned - passed - failed)
        print passed + 0, failed + missing, missing, 0
    }
}
