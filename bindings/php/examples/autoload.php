<?php

/** Finds Composer's autoloader, both in the package's own folder and in a project that requires it. */

declare(strict_types=1);

foreach ([dirname(__DIR__) . '/vendor/autoload.php', dirname(__DIR__, 3) . '/autoload.php'] as $file) {
    if (is_file($file)) {
        return require $file;
    }
}
throw new RuntimeException('run `composer install` first');
