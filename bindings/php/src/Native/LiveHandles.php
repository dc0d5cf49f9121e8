<?php

declare(strict_types=1);

namespace Hookrail\Native;

use WeakReference;

/**
 * The handles that still have to be freed. Destructors of their objects are not enough:
 *
 * - At a script's end PHP calls destructors in the order in which the objects were made. The program's destructors may
 *   come after those of the handles they use, so the handles stay until the last destructor.
 * - After a fatal error PHP calls no destructors of existing objects.
 * - An exception from a signal handler may come before a destructor's first instruction.
 *
 * @internal
 */
final class LiveHandles
{
    /** How many handles are made between two searches for handles whose destructors did not run. */
    private const BETWEEN_SWEEPS = 64;

    /** @var array<int, array{WeakReference<Handle>, Place, string}> by the id of the Handle */
    private static array $live = [];

    private static int $made = 0;
    private static ?self $last = null;

    private function __construct()
    {
    }

    public static function add(Handle $handle, string $type): void
    {
        if (!isset(Signatures::HANDLES[$type])) {
            throw new \TypeError("there are no handles of the type $type");
        }
        if (self::$made === 0) {
            \register_shutdown_function(self::afterOthers(...));
        }
        $id = \spl_object_id($handle);
        if (++self::$made % self::BETWEEN_SWEEPS === 0) {
            self::sweep();
        }
        if (isset(self::$live[$id])) {
            // PHP reuses the ids of destroyed objects.
            self::free($id);
        }
        $reference = WeakReference::create($handle);
        self::$live[$id] = [$reference, $handle->place, $type];
    }

    /** Frees a handle, except at the script's end, where it is freed after all objects that may use it. */
    public static function release(int $id): void
    {
        if (self::$last === null && isset(self::$live[$id])) {
            self::free($id);
        }
    }

    /**
     * Shutdown functions of the program may send events, and make objects with destructors. So this registers itself
     * again, to come after them. After a shutdown function that calls exit() no others run.
     */
    private static function afterOthers(): void
    {
        self::$last = new self();
        \register_shutdown_function(static function (): void {
            self::$last = new self();
        });
    }

    public function __destruct()
    {
        if (self::$last !== $this) {
            return;
        }
        foreach (\array_keys(self::$live) as $id) {
            self::free($id);
        }
        // Handles that later destructors make are freed by release().
        self::$last = null;
    }

    private static function sweep(): void
    {
        foreach (self::$live as $id => [$handle]) {
            if ($handle->get() === null) {
                self::free($id);
            }
        }
    }

    private static function free(int $id): void
    {
        [, $place, $type] = self::$live[$id];
        unset(self::$live[$id]);
        Gate::free($type, $place);
    }
}
