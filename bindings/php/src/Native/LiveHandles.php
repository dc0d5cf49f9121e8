<?php

declare(strict_types=1);

namespace Hookrail\Native;

use WeakReference;

/**
 * The handles that are to be freed. Their objects' destructors do not always do:
 *
 * - At a script's end PHP calls destructors in the order in which the objects were made. Those of the
 *   program come after those of the handles they use, so the handles stay until the last of them.
 * - After a fatal error PHP calls no destructor of an object that was there before.
 * - What a signal handler throws may come before a destructor's first instruction.
 *
 * @internal
 */
final class LiveHandles
{
    /** How many handles are made between two looks for those whose destructors were kept from running. */
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
            // PHP gives the ids of objects that are no more to new ones.
            self::free($id);
        }
        $reference = WeakReference::create($handle);
        self::$live[$id] = [$reference, $handle->place, $type];
    }

    /** Frees a handle, but for the script's end: there its turn comes after everything that may use it. */
    public static function release(int $id): void
    {
        if (self::$last === null && isset(self::$live[$id])) {
            self::free($id);
        }
    }

    /**
     * The functions that the program has registered may send events, and what they make may have destructors:
     * the later this comes again, the better. One that calls exit() is the last.
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
        // What the destructors still to come make, they free.
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
