<?php

declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';
require 'Nyholm/Psr7/autoload.php';
require __DIR__ . '/fixtures/psr15.php';
