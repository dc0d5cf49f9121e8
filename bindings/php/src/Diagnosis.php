<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\LibraryException;
use Hookrail\Native\Library;
use Hookrail\Native\Locator;
use Hookrail\Native\Restriction;

/**
 * Reports whether the package works here, and why not: for bin/hookrail-doctor, or for a page of a web
 * server, whose settings differ from the command line's.
 */
final class Diagnosis
{
    /** @param array<string, string> $findings by topic */
    private function __construct(
        public readonly bool $works,
        public readonly array $findings,
    ) {
    }

    public static function run(): self
    {
        $findings = [
            'PHP' => PHP_VERSION . ', SAPI ' . PHP_SAPI . ', ' . php_ini_loaded_file(),
            'ext-ffi' => extension_loaded('ffi') ? 'loaded' : 'missing: enable extension=ffi in php.ini',
            'ffi.enable' => (string) ini_get('ffi.enable'),
            'ffi.preload' => (string) ini_get('ffi.preload') ?: 'not set',
            'opcache.preload' => self::preload(),
            'pcntl' => function_exists('pcntl_async_signals') ? 'loaded' : 'missing: needed for signals only',
            Locator::VARIABLE => Restriction::isWeb()
                ? 'not looked at under ' . PHP_SAPI
                : (getenv(Locator::VARIABLE) ?: 'not set'),
            'platform' => Locator::platform(),
        ];
        try {
            $library = Library::get();
            $findings['library'] = $library->path . ', version ' . $library->version()
                . ', ABI ' . Library::ABI_VERSION;

            return new self(true, $findings);
        } catch (LibraryException $reason) {
            $findings['library'] = $reason->getMessage();

            return new self(false, $findings);
        }
    }

    /** Returns a text for people. */
    public function __toString(): string
    {
        $lines = [];
        foreach ($this->findings as $subject => $finding) {
            $lines[] = sprintf('%-16s %s', $subject, $finding);
        }
        $lines[] = $this->works ? 'hookrail/hookrail works here.' : 'hookrail/hookrail does NOT work here.';

        return implode("\n", $lines) . "\n";
    }

    private static function preload(): string
    {
        $script = (string) ini_get('opcache.preload');
        if ($script === '') {
            return 'not set';
        }
        $status = function_exists('opcache_get_status') ? opcache_get_status(false) : false;
        $classes = $status['preload_statistics']['classes'] ?? [];
        $is = in_array(Library::class, $classes, true) ? 'is' : 'is NOT';

        return "$script: the package $is preloaded";
    }
}
