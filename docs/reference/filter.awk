# Completes the comments of hookrail.h for Doxygen:
# - "Ownership:", "Thread-safety:" and "Errors:" become paragraphs with a title;
# - parameters that mean the same in every function are documented: its handle, and the place for an error.
# The header itself stays short, and says both once, at its top.

# Returns the documentation of the parameters that the comment leaves out.
function missing(prototype, comment,    count, parameters, i, type, name, text) {
    sub(/^[^(]*\(/, "", prototype)
    sub(/\);.*/, "", prototype)
    count = split(prototype, parameters, /, */)
    text = ""
    for (i = 1; i <= count; i++) {
        match(parameters[i], /[a-z_0-9]+ *$/)
        type = substr(parameters[i], 1, RSTART - 1)
        name = substr(parameters[i], RSTART)
        if (comment ~ "@param [a-z_,]*" name "[ ,]") {
            continue
        }
        if (type ~ /hookrail_error \*\*/) {
            text = text " * @param error NULL, or set to the details of a failure; free it with hookrail_error_free().\n"
        } else if (type ~ /hookrail_[a-z_]+ \*$/) {
            text = text " * @param " name " The handle.\n"
        }
    }
    return text
}

# Writes what was read of a comment and its declaration.
function flush_declaration(    end) {
    if (comment != "") {
        end = ""
        if (declaration ~ /^[^{]*\(/ && declaration !~ /^typedef/) {
            end = missing(flat, comment)
        }
        printf "%s%s%s%s", comment, end == "" ? "" : " *\n", end, last
    }
    printf "%s", declaration
    comment = last = declaration = flat = ""
    state = "outside"
}

BEGIN { state = "outside" }

state == "outside" && /^\/\*\*$/ { state = "comment"; comment = $0 "\n"; next }

state == "comment" && /^ \*\/$/ { state = "declaration"; last = $0 "\n"; next }

state == "comment" {
    if (match($0, /^ \* (Ownership|Thread-safety|Errors)[^:]*: ?/)) {
        comment = comment " * @par " substr($0, 4, RLENGTH - 3) "\n"
        sub(/^ \* [^:]*: ?/, " * ")
        sub(/: *\n$/, "\n", comment)
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
