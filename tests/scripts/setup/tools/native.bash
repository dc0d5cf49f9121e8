# Uses of tools for scripts/check-tools, which sources this file: compilers, tools that inspect programs, and
# others for C. Each is a function that fails if the tool does not work; $work is a folder for files, $root
# the tree.
# shellcheck shell=bash disable=SC2154

# The sanitizers that the suites use with compilers.
sanitizers() {
    grep --recursive --no-filename --only-matching --extended-regexp --include=run --include=Makefile \
        -e '-fsanitize=[a-z,]+' tests bindings benches | sort -u
}

language_of() {
    if [[ $1 == *++ ]]; then echo c++; else echo c; fi
}

# compiles COMPILER [OPTION...]: compiles and runs the sample.
compiles() {
    "$1" -x "$(language_of "$1")" -Wall -Wextra -Werror -O1 -g -gdwarf-4 -pthread "${@:2}" \
        -o "$work/sample" "$root/tests/scripts/setup/tools/faulty.c"
    "$work/sample"
}

# sanitizes COMPILER OPTION: with the option, the sample runs without a fault, and fails with one. The
# runtimes of Debian 12 do not work with the address space randomisation of newer kernels.
sanitizes() {
    local fault
    "$1" -x "$(language_of "$1")" -O1 -g -pthread "$2" -fno-sanitize-recover=all -o "$work/sample" \
        "$root/tests/scripts/setup/tools/faulty.c"
    setarch --addr-no-randomize "$work/sample"
    for fault in ${2//[=,]/ }; do
        [[ $fault == -* ]] || fails setarch --addr-no-randomize "$work/sample" "$fault"
    done
}

# links COMPILER HEADER OPTION...: compiles, links and runs a program that includes a library's header.
links() {
    printf '#include <%s>\nint main() { return 0; }\n' "$2" > "$work/program"
    "$1" -o "$work/linked" -x "$(language_of "$1")" "$work/program" -x none "${@:3}"
    "$work/linked"
}

links_statically() {
    echo 'int main(void) { return 0; }' > "$work/static.c"
    gcc -static -o "$work/static" "$work/static.c"
    "$work/static"
}

memcheck_finds() {
    gcc -g -gdwarf-4 -pthread -o "$work/sample" "$root/tests/scripts/setup/tools/faulty.c"
    valgrind --quiet --error-exitcode=9 --leak-check=full "$work/sample"
    fails valgrind --quiet --error-exitcode=9 "$work/sample" memcheck
}

memcheck_reads_clang() {
    clang -gdwarf-4 -pthread -o "$work/sample" "$root/tests/scripts/setup/tools/faulty.c"
    valgrind --quiet --error-exitcode=9 "$work/sample"
}

callgrind_counts() {
    gcc -pthread -o "$work/sample" "$root/tests/scripts/setup/tools/faulty.c"
    valgrind --quiet --tool=callgrind --callgrind-out-file="$work/callgrind" "$work/sample"
    grep '^summary: [0-9]' "$work/callgrind"
}

reads_programs() {
    gcc -pthread -o "$work/sample" "$root/tests/scripts/setup/tools/faulty.c"
    readelf --dynamic "$work/sample" | grep NEEDED
    nm "$work/sample" | grep ' main$'
    strings --bytes 4 "$work/sample" | grep --line-regexp memcheck
    strip -o "$work/stripped" "$work/sample"
    ldd "$work/sample" | grep libc.so
}

builds_with_cmake() {
    mkdir "$work/cmake"
    cp "$root/tests/scripts/setup/tools/faulty.c" "$work/cmake/"
    cat > "$work/cmake/CMakeLists.txt" << 'TEXT'
cmake_minimum_required(VERSION 3.16)
project(sample LANGUAGES C CXX)
find_package(Threads REQUIRED)
add_executable(sample faulty.c)
target_link_libraries(sample Threads::Threads)
TEXT
    cmake -S "$work/cmake" -B "$work/cmake/build"
    cmake --build "$work/cmake/build" --parallel 2
    "$work/cmake/build/sample"
}

builds_with_meson() {
    mkdir "$work/meson"
    cp "$root/tests/scripts/setup/tools/faulty.c" "$work/meson/"
    printf "project('sample', 'c')\nexecutable('sample', 'faulty.c', dependencies: dependency('threads'))\n" \
        > "$work/meson/meson.build"
    meson setup "$work/meson/build" "$work/meson"
    meson compile -C "$work/meson/build"
    "$work/meson/build/sample"
}

evaluates_rpm_macros() {
    [[ $(rpm --eval '%{_sysconfdir}') == /etc ]]
}

finds_with_pkg_config() {
    printf 'Name: sample\nDescription: a sample\nVersion: 1.2.3\nLibs: -lsample\n' > "$work/sample.pc"
    [[ $(PKG_CONFIG_PATH=$work pkg-config --libs sample) == -lsample* ]]
}

makes_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=sample" \
        -keyout "$work/key.pem" -out "$work/cert.pem"
    openssl x509 -in "$work/cert.pem" -noout -subject | grep sample
    printf body | openssl dgst -sha256 -hmac secret -r
}

has_authorities() {
    grep --max-count 1 "BEGIN CERTIFICATE" /etc/ssl/certs/ca-certificates.crt
}

fetches() {
    curl --silent --show-error --fail --noproxy '*' "file://$root/LICENSE" | grep Apache
}

reads_proxy_settings() {
    local users
    users=$work/users
    echo "user:$(openssl passwd -apr1 password)" > "$users"
    echo "user password" | /usr/lib/squid/basic_ncsa_auth "$users" | grep OK
    printf 'http_port 127.0.0.1:3128\npid_filename none\nhttp_access deny all\n' > "$work/squid.conf"
    /usr/sbin/squid -k parse -f "$work/squid.conf"
}

limits_processes() {
    # shellcheck disable=SC2016 # The inner shell expands this.
    bash -c 'ulimit -S -f 2; prlimit --pid=$$ --fsize=unlimited:; ulimit -S -f' | grep unlimited
    timeout 60 true
}

# The namespaces and files of a new root, and the programs that tests/scripts/setup runs in it.
makes_roots() {
    mmdebstrap --version
    unshare --version
    setpriv --version
}

formats() {
    clang-format --style=file:.clang-format --dry-run -Werror tests/c/harness.h
    printf 'int   main( ){return 0;}\n' > "$work/ugly.c"
    fails clang-format --style=file:.clang-format --dry-run -Werror "$work/ugly.c"
}

checks_scripts() {
    shellcheck scripts/setup
    # shellcheck disable=SC2016 # This is what it is to find.
    printf '#!/bin/sh\necho $1\n' > "$work/unquoted"
    fails shellcheck "$work/unquoted"
}

documents_headers() {
    mkdir "$work/doxygen"
    printf '/** @file */\n/** Does nothing. */\nvoid sample(void);\n' > "$work/doxygen/sample.h"
    printf 'INPUT=%s\nOUTPUT_DIRECTORY=%s\nGENERATE_XML=YES\nGENERATE_LATEX=NO\nHAVE_DOT=NO\nQUIET=YES\n' \
        "$work/doxygen/sample.h" "$work/doxygen" | doxygen -
    grep '<name>sample</name>' "$work/doxygen/xml/sample_8h.xml"
}

transforms_xml() {
    printf '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">%s</xsl:stylesheet>' \
        '<xsl:output method="text"/>' > "$work/sample.xsl"
    echo '<sample>text</sample>' > "$work/sample.xml"
    xsltproc "$work/sample.xsl" "$work/sample.xml" | grep text
}

renders_man_pages() {
    printf '.TH SAMPLE 3 2026-01-02\n.SH NAME\nsample \\- nothing\n' > "$work/sample.3"
    mandoc -T lint -W warning "$work/sample.3"
    mandoc -T utf8 "$work/sample.3" | grep nothing
}

# The greeting of SOCKS5, and the choice of no authentication.
answers_socks() {
    # It cannot choose a free port itself.
    local port=$((20000 + RANDOM % 10000)) server status=0
    microsocks -i 127.0.0.1 -p "$port" 2> /dev/null &
    server=$!
    # shellcheck disable=SC2016 # The inner shell expands this.
    timeout 10 bash -c 'until exec 3<> "/dev/tcp/127.0.0.1/$0"; do sleep 0.1; done 2> /dev/null
        printf "\5\1\0" >&3; test "$(head -c 2 <&3 | od -An -tx1)" = " 05 00"' "$port" || status=$?
    kill "$server"
    return "$status"
}
