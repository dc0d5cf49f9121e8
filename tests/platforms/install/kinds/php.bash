# The Composer package from a repository of artefacts.
# shellcheck shell=bash disable=SC2154,SC2164

in_php() {
    bare COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_HOME="$home/composer" "$@"
}

composer_require() {
    environment php
    cp programs/php/shop.php "$folder"
    mkdir "$home/packages"
    cp "$artefacts/hookrail-php-$version.zip" "$home/packages"
    cd "$folder"
    echo '{}' > composer.json
    in_php composer config repositories.hookrail artifact "$home/packages"
    # Nothing else is needed.
    in_php composer config repositories.packagist.org false
    in_php composer require --no-interaction --no-progress hookrail/hookrail
    in_php vendor/bin/hookrail-doctor | grep "/vendor/hookrail/hookrail/lib/linux-$machine-gnu/libhookrail.so, version $version"
    ls "vendor/hookrail/hookrail/lib/linux-$machine-gnu/THIRD_PARTY_LICENSES.md"
    works in_php php shop.php
}

tests_php() {
    if has "linux-$machine-gnu"; then
        check "composer require" composer_require
    fi
}
