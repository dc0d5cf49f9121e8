# Completes the comments of hookrail.h for Doxygen:
# - "Ownership:", "Thread-safety:" and "Errors:" become paragraphs with a title;
# - parameters that mean the same in every function are documented: its handle, and the place for an error.
# The header itself stays short, and says both once, at its top.

# Sets `handles` and `place`: the documentation of the parameters that the comment leaves out.
function find_missing(prototype,    count, parameters, i, type, name) {
    handles = place = ""
    sub(/^[^(]*\(/, "", prototype)
    sub(/\);.*/, "", prototype)
    count = split(prototype, parameters, /, */)
    for (i = 1; i <= count; i++) {
        match(parameters[i], /[a-z_0-9]+ *$/)
        type = substr(parameters[i], 1, RSTART - 1)
        name = substr(parameters[i], RSTART)
        if (comment ~ "@param [a-z_,]*" name "[ ,]") {
            continue
        }
        if (type ~ /hookrail_error \*\*/) {
            place = " * @param error NULL, or set to the details of a failure; free it with hookrail_error_free().\n"
        } else if (type ~ /hookrail_[a-z_]+ \*$/) {
            handles = handles " * @param " name " The handle.\n"
        }
    }
}

# Returns the comment with these parameters, all in one list.
function completed(    start, rest, end) {
    start = index(comment, " * @param ")
    if (start == 0) {
        start = index(comment, " * @par ")
        if (start == 0) {
            return comment " *\n" handles place
        }
        return substr(comment, 1, start - 1) handles place " *\n" substr(comment, start)
    }
    rest = substr(comment, start)
    end = index(rest, "\n *\n")
    if (end == 0) {
        return substr(comment, 1, start - 1) handles rest place
    }
    return substr(comment, 1, start - 1) handles substr(rest, 1, end) place substr(rest, end + 1)
}

# Writes a comment and its declaration.
function flush_declaration() {
    if (declaration ~ /^[^{]*\(/ && declaration !~ /^typedef/) {
        find_missing(flat)
        if (handles place != "") {
            comment = completed()
        }
    }
    printf "%s */\n%s", comment, declaration
    comment = declaration = flat = ""
    state = "outside"
}

BEGIN { state = "outside" }

state == "outside" && /^\/\*\*$/ { state = "comment"; comment = $0 "\n"; next }

state == "comment" && /^ \*\/$/ { state = "declaration"; next }

state == "comment" {
    if (match($0, /^ \* (Ownership|Thread-safety|Errors)[^:]*: ?/)) {
        comment = comment " * @par " substr($0, 4, RLENGTH - 3) "\n"
        sub(/: *\n$/, "\n", comment)
        text = substr($0, RLENGTH + 1)
        $0 = " * " (text ~ /^hookrail_/ ? text : toupper(substr(text, 1, 1)) substr(text, 2))
    }
    comment = comment $0 "\n"
    next
}

state == "declaration" {
    declaration = declaration $0 "\n"
    flat = flat " " $0
    if (/;$/ || /\{$/ || /^$/) {
        flush_declaration()
    }
    next
}

{ print }
