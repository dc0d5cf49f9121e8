# Uses of tools for scripts/check-tools, which sources this file: PHP, its tools and its web servers. Each is
# a function that fails if the tool does not work; $work is a folder for files, $root the tree.
# shellcheck shell=bash disable=SC2154

calls_c_from_php() {
    # These variables belong to PHP.
    # shellcheck disable=SC2016
    php -d ffi.enable=true -r '$c = FFI::cdef("size_t strlen(const char *);"); exit($c->strlen("four") === 4 ? 0 : 1);'
    php -l tests/conformance/drivers/php/main.php
}

php_has() {
    local extension
    for extension in "$@"; do
        php --ri "$extension" > /dev/null
    done
}

# The suites accept FPM of any version.
runs_fpm() {
    local fpm
    fpm=$(find /usr/sbin /usr/bin -name 'php-fpm*' -executable | head -n 1)
    printf '[global]\nerror_log = %s/fpm.log\n[www]\nlisten = %s/fpm.sock\nuser = nobody\npm = static\n%s\n' \
        "$work" "$work" 'pm.max_children = 1' > "$work/fpm.conf"
    "$fpm" --test --fpm-config "$work/fpm.conf" --allow-to-run-as-root
}

runs_nginx() {
    printf 'pid %s/nginx.pid;\nerror_log stderr;\nevents {}\n' "$work" > "$work/nginx.conf"
    PATH=$PATH:/usr/sbin nginx -t -c "$work/nginx.conf" -p "$work"
}

tests_php() {
    printf '<?php\n\nuse PHPUnit\\Framework\\TestCase;\n\nclass SampleTest extends TestCase\n%s\n' \
        '{ public function testIt(): void { self::assertTrue(true); } }' > "$work/SampleTest.php"
    (cd "$work" && phpunit --log-junit "$work/junit.xml" SampleTest.php)
    # shellcheck disable=SC2016
    php -r 'exit(simplexml_load_file($argv[1]) ? 0 : 1);' "$work/junit.xml"
}

checks_php() {
    # shellcheck disable=SC2016 # The variables are PHP's.
    printf '%s\n' '<?php' '' '$a = 1;' > "$work/tidy.php"
    # shellcheck disable=SC2016
    printf '%s\n' '<?php' '$a=1 ;' 'if($a){echo 1;}' > "$work/untidy.php"
    phpcs --standard=PSR12 "$work/tidy.php"
    fails phpcs --standard=PSR12 "$work/untidy.php"
}

writes_autoloaders() {
    mkdir -p "$work/composer/src"
    echo '{"autoload": {"classmap": ["src/"]}}' > "$work/composer/composer.json"
    (
        cd "$work/composer" || exit
        COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_DISABLE_NETWORK=1 composer dump-autoload --quiet
        php -r 'require "vendor/autoload.php";'
    )
}

has_psr7() {
    php -r 'require "Nyholm/Psr7/autoload.php"; new Nyholm\Psr7\Response(200);'
}

has_symfony() {
    php -r 'require "Symfony/Bundle/FrameworkBundle/autoload.php";
        new Symfony\Bundle\FrameworkBundle\FrameworkBundle(); Symfony\Component\Yaml\Yaml::parse("a: 1");'
}

has_laravel() {
    php -r 'require "Illuminate/autoload.php"; new Illuminate\Foundation\Application();'
}

has_observers() {
    php -r 'require "Psr/Log/autoload.php"; require "Psr/EventDispatcher/autoload.php"; new Psr\Log\NullLogger();
        exit(interface_exists(Psr\EventDispatcher\EventDispatcherInterface::class) ? 0 : 1);'
}
