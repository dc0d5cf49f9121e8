<?php

/**
 * Preloads the package, so that it works under ffi.enable=preload, PHP's default for web servers:
 *
 *     ffi.preload=/etc/php/8.2/hookrail.h
 *     opcache.preload=/srv/app/vendor/hookrail/hookrail/preload.php
 *     opcache.preload_user=www-data
 *
 * `vendor/bin/hookrail-doctor header` prints the header for ffi.preload. A preload script of your own can require
 * this file.
 */

declare(strict_types=1);

(static function (): void {
    $source = __DIR__ . '/src';
    $autoload = static function (string $class) use ($source): void {
        $file = $source . '/' . strtr(substr($class, strlen('Hookrail\\')), '\\', '/') . '.php';
        if (str_starts_with($class, 'Hookrail\\') && is_file($file)) {
            require_once $file;
        }
    };
    spl_autoload_register($autoload);
    // They need classes of their frameworks, and do not need FFI.
    $folders = ['Framework', 'Laravel', 'Symfony'];
    // It needs interfaces of PSR-15, which may be missing, and does not need FFI.
    $left = ['VerificationMiddleware.php'];
    if (Hookrail\Native\Restriction::holds()) {
        // The classes that load libraries must not have FFI, nor those that call functions and objects of scripts.
        array_push($left, 'Loader.php', 'DynamicLoader.php');
        array_push($folders, 'Http', 'Observation', 'Testing');
    }
    $files = new RecursiveIteratorIterator(new RecursiveCallbackFilterIterator(
        new RecursiveDirectoryIterator($source, FilesystemIterator::SKIP_DOTS),
        static fn (SplFileInfo $file): bool => !$file->isDir() || !in_array($file->getFilename(), $folders, true),
    ));
    foreach ($files as $file) {
        if (!in_array($file->getFilename(), $left, true)) {
            require_once $file->getPathname();
        }
    }
    spl_autoload_unregister($autoload);
})();
