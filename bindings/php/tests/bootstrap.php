<?php

declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';
require 'Nyholm/Psr7/autoload.php';
require 'Psr/EventDispatcher/autoload.php';
require 'Psr/Log/autoload.php';
require __DIR__ . '/frameworks.php';

// The machine's own settings must not affect the tests.
foreach (['HOOKRAIL_API_KEY', 'HOOKRAIL_BASE_URL', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'] as $name) {
    putenv($name);
    putenv(strtoupper($name));
}

// Debian's settings leave arguments out of traces, which would hide a secret among them.
ini_set('zend.exception_ignore_args', '0');

// Debian has no packages of PSR-15's two interfaces and of OpenTelemetry.
spl_autoload_register(static function (string $class): void {
    foreach (['Psr\\Http\\Server\\' => 'psr15', 'OpenTelemetry\\' => 'opentelemetry'] as $namespace => $folder) {
        if (str_starts_with($class, $namespace)) {
            require __DIR__ . "/fixtures/$folder/" . strtr(substr($class, strlen($namespace)), '\\', '/') . '.php';
        }
    }
});
