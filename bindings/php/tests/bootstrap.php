<?php

declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';
require 'Nyholm/Psr7/autoload.php';

// Debian's settings leave arguments out of traces: nothing would be seen of a secret among them.
ini_set('zend.exception_ignore_args', '0');

// Debian has no package of PSR-15's two interfaces.
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Psr\\Http\\Server\\')) {
        require __DIR__ . '/fixtures/psr15/' . substr($class, strlen('Psr\\Http\\Server\\')) . '.php';
    }
});
