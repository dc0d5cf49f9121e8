<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\LibraryException;
use Hookrail\Native\Library;
use Hookrail\Native\Locator;
use Hookrail\Native\RequestSettings;
use Hookrail\Native\Restriction;

/**
 * Reports whether the package works here, and why not: for bin/hookrail-doctor, or for a page of a web
 * server, whose settings differ from the command line's.
 */
final class Diagnosis
{
    private const FOR_REQUESTS = 'web requests';

    /** @param array<string, string> $findings by topic */
    private function __construct(
        public readonly bool $works,
        public readonly array $findings,
        private readonly bool $hinders,
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
        $obstacle = Restriction::isWeb() ? null : RequestSettings::obstacle();
        if (!Restriction::isWeb()) {
            $findings[self::FOR_REQUESTS] = $obstacle ?? 'these settings allow them; ' . self::left();
        }
        try {
            $library = Library::get();
            $findings['library'] = $library->path . ', version ' . $library->version()
                . ', ABI ' . Library::ABI_VERSION;

            return new self(true, $findings, $obstacle !== null);
        } catch (LibraryException $reason) {
            $findings['library'] = $reason->getMessage();

            return new self(false, $findings, $obstacle !== null);
        }
    }

    /** Returns a text for people. */
    public function __toString(): string
    {
        $lines = [];
        foreach ($this->findings as $subject => $finding) {
            $lines[] = sprintf('%-16s %s', $subject, $finding);
        }
        $place = isset($this->findings[self::FOR_REQUESTS]) ? 'here, on the command line' : 'here';
        $lines[] = 'hookrail/hookrail ' . ($this->works ? "works $place." : "does NOT work $place.");
        if ($this->hinders) {
            $lines[] = 'It does NOT work for requests of a web server with these settings: see "' . self::FOR_REQUESTS
                . '" above.';
        }

        return implode("\n", $lines) . "\n";
    }

    /** Returns what the command line cannot find out about requests. */
    private static function left(): string
    {
        $script = realpath((string) ini_get('opcache.preload'));
        $unknown = 'the rest';
        if (Restriction::isPartial() && $script !== realpath(dirname(__DIR__) . '/preload.php')) {
            $unknown = 'whether opcache.preload preloads this package';
        } elseif (!Restriction::isPartial() && !is_file(Locator::bundled())) {
            $unknown = 'whether they find the library in the system, without ' . Locator::VARIABLE . ',';
        }

        return "$unknown shows in the web server only: echo Hookrail\\Diagnosis::run();";
    }

    private static function preload(): string
    {
        $script = (string) ini_get('opcache.preload');
        if ($script === '') {
            return 'not set';
        }
        if (!Restriction::isWeb() && !filter_var(ini_get('opcache.enable_cli'), FILTER_VALIDATE_BOOL)) {
            return "$script: not run on the command line";
        }
        $status = function_exists('opcache_get_status') ? opcache_get_status(false) : false;
        $classes = $status['preload_statistics']['classes'] ?? [];
        $is = in_array(Library::class, $classes, true) ? 'is' : 'is NOT';

        return "$script: the package $is preloaded";
    }
}
