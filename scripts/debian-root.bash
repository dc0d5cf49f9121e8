# Makes roots that contain only the base of this machine's Debian and some packages. The packages come from the sources of
# this machine's apt. Scripts source this file, and define fail.
# shellcheck shell=bash

# Prints apt's sources of Debian's packages, as lines of a sources.list. A new machine has no other origins.
debian_sources() {
    # apt fills these in.
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
        | awk -v codename="$1" '
            $1 == "Debian" && ($3 == codename || index($3, codename "-") == 1 || index($3, codename "/") == 1) {
                print "deb", $2, $3, $4
            }' | sort -u
}

# make_debian_root FOLDER PACKAGE...: dpkg need not wait for the disk, because a crash loses nothing of value here.
make_debian_root() {
    local folder=$1 codename sources settings
    shift
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    sources=$(debian_sources "$codename")
    if [[ -z $sources ]]; then
        apt-get update --quiet
        sources=$(debian_sources "$codename")
    fi
    [[ -n $sources ]] || fail "apt has no source of Debian's packages"
    # The settings with which apt reaches these sources.
    settings=$(mktemp)
    apt-config dump > "$settings.all"
    grep -E '^Acquire::(https?|Retries|Check-Valid-Until|Check-Date|ForceIPv[46])\b' "$settings.all" > "$settings" || true
    echo "$sources" | mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "$*")" --mode=root \
        --aptopt="$settings" --dpkgopt=force-unsafe-io "$codename" "$folder" -
    rm "$settings" "$settings.all"
}
