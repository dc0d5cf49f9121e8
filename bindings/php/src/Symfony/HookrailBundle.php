<?php

declare(strict_types=1);

namespace Hookrail\Symfony;

use Symfony\Component\HttpKernel\Bundle\Bundle;

/**
 * The bundle for Symfony 5.4 and newer. docs/php-frameworks.md describes its configuration and its services.
 *
 *     // config/bundles.php
 *     Hookrail\Symfony\HookrailBundle::class => ['all' => true],
 */
final class HookrailBundle extends Bundle
{
}
