# The Composer package where only Debian's PHP and Composer are.
# shellcheck shell=bash disable=SC2154
# shellcheck source=../roots.bash
. ./roots.bash

composer_in_a_root() {
    debian php composer php-cli php-zip
    has_no cc cargo
    cp programs/php/shop.php "$debian/shop"
    mkdir "$debian/packages"
    cp "$artefacts/hookrail-php-$version.zip" "$debian/packages"
    echo '{}' > "$debian/shop/composer.json"
    in_debian composer config repositories.hookrail artifact /packages
    in_debian composer config repositories.packagist.org false
    in_debian env COMPOSER_ALLOW_SUPERUSER=1 composer require --no-interaction --no-progress hookrail/hookrail
    works in_debian php shop.php
}

tests_root_php() {
    check "a Debian with PHP: composer require" composer_in_a_root
}
