<?php

/** Makes Debian's packages of Symfony and Laravel usable, for the tests of what the package has for them. */

declare(strict_types=1);

// Debian's Composer names it in vendor/autoload.php, and does not write it there.
require_once 'Composer/InstalledVersions.php';
require_once 'Illuminate/autoload.php';
require_once 'Symfony/Bundle/FrameworkBundle/autoload.php';

// The parts of Symfony 6.3 that Debian's Symfony 5.4 does not have, from their public documentation.
spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/fixtures/symfony6/' . strtr(substr($class, strlen('Symfony\\Component\\')), '\\', '/') . '.php';
    if (str_starts_with($class, 'Symfony\\Component\\') && is_file($file)) {
        require $file;
    }
});
