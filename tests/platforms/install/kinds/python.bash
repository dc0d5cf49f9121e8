# The wheels, in an empty virtual environment of each Python that is here.
# shellcheck shell=bash disable=SC2154,SC2164

# The Pythons from 3.10 on that work.
pythons() {
    local name
    for name in python3 python3.1{0..9}; do
        "$name" -c 'import os, sys, venv
if sys.version_info >= (3, 10): print(os.path.realpath(sys.executable))' 2> /dev/null || true
    done | sort -u
}

in_python() {
    bare "$folder/venv/bin/$1" "${@:2}"
}

# environment_of PYTHON NAME
environment_of() {
    environment "$2-${1##*/}"
    cp programs/python/shop.py "$folder"
    "$1" -m venv "$folder/venv"
}

pip_install() {
    in_python pip install --quiet --disable-pip-version-check --no-index --find-links "$artefacts" "$@"
}

wheel_works() {
    environment_of "$1" wheel
    pip_install hookrail
    cd "$folder"
    in_python python -c 'from hookrail._native.loader import library; print(library().path)' | grep "^$folder/venv/"
    in_python python -m hookrail | grep 'works here'
    works in_python python shop.py
    # Nothing else came with it.
    [[ $(in_python pip freeze --disable-pip-version-check) == hookrail==* ]]
}

# pip takes no wheel of another platform. Somebody may unpack one nevertheless.
wheel_of_musl_refuses() {
    environment_of python3 musl
    fails pip_install "$artefacts"/hookrail-*-musllinux_1_2_"$machine".whl > "$work/refused" 2>&1
    grep 'is not a supported wheel on this platform' "$work/refused"
    in_python python -m zipfile --extract "$artefacts"/hookrail-*-musllinux_1_2_"$machine".whl "$folder/unpacked"
    cd "$folder"
    fails bare PYTHONPATH="$folder/unpacked" "$folder/venv/bin/python" shop.py > "$work/refused" 2>&1
    grep 'built for another C library than that of this Python' "$work/refused"
}

source_names_its_needs() {
    environment_of python3 source
    # The builder of wheels comes with the tools of make dist.
    fails bare "$DIST/tools/venv/bin/python" -m pip install --quiet --no-index --no-build-isolation --no-deps \
        --target "$folder/target" "$artefacts"/hookrail-*.tar.gz > "$work/refused" 2>&1
    grep 'this source distribution has no native library' "$work/refused"
    bare HOOKRAIL_BUNDLE="$DIST/platforms/linux-$machine-gnu/lib/libhookrail.so" "$DIST/tools/venv/bin/python" \
        -m pip install --quiet --no-index --no-build-isolation --no-deps --target "$folder/target" \
        "$artefacts"/hookrail-*.tar.gz
    cd "$folder"
    works bare PYTHONPATH="$folder/target" "$folder/venv/bin/python" shop.py
}

tests_python() {
    local python
    if has "linux-$machine-gnu"; then
        for python in $(pythons); do
            check "pip install: ${python##*/}" wheel_works "$python"
        done
        check "pip install from the source distribution says what it needs" source_names_its_needs
    fi
    if has "linux-$machine-musl"; then
        check "the wheel for musl says which one is right" wheel_of_musl_refuses
    fi
}
