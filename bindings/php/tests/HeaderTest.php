<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\DeliveryState;
use Hookrail\Native\ClientFactory;
use Hookrail\Native\HeaderJoiner;
use Hookrail\Native\Input;
use Hookrail\Native\Library;
use Hookrail\Native\Queue;
use Hookrail\Native\Signatures;
use Hookrail\Native\Status;
use Hookrail\Outcome;
use Hookrail\Verifier;
use PHPUnit\Framework\TestCase;
use ReflectionClass;
use ReflectionClassConstant;

/** The package's numbers, names and signatures are those of the native library's headers. */
final class HeaderTest extends TestCase
{
    private const SOURCE = __DIR__ . '/../src';
    private const HEADER = __DIR__ . '/../resources/hookrail.h';
    private const C_HEADER = __DIR__ . '/../../../include/hookrail.h';

    private const ABI_DOCUMENT = __DIR__ . '/../../../docs/abi.md';

    /** The package's constants and their names in the header, apart from the statuses. */
    private const CONSTANTS = [
        'HOOKRAIL_DEFAULT_TOLERANCE' => [Verifier::class, 'DEFAULT_TOLERANCE'],
        'HOOKRAIL_NOW' => [Input::class, 'CLOCK'],
        'HOOKRAIL_PURGE_IN_FLIGHT' => [Queue::class, 'PURGE_IN_FLIGHT'],
        'HOOKRAIL_PURGE_QUEUED' => [Queue::class, 'PURGE_QUEUED'],
        'HOOKRAIL_SIGNATURE_SIZE' => [HeaderJoiner::class, 'SIGNATURE_SIZE'],
        'HOOKRAIL_SUBMIT_NO_COMPLETION' => [Queue::class, 'NO_COMPLETION'],
        'HOOKRAIL_TLS_ROOTS_EXTRA_ONLY' => [ClientFactory::class, 'TLS_ROOTS_EXTRA_ONLY'],
    ];

    public function testNumbersAndNamesAreThoseOfTheHeader(): void
    {
        self::assertSame([], self::differentNumbers((string) file_get_contents(self::HEADER)));
    }

    /** @dataProvider changedNumbers */
    public function testADifferentNumberOrNameIsNoticed(string $old, string $new): void
    {
        self::assertNotSame([], self::differentNumbers(self::changed(self::HEADER, $old, $new)));
    }

    /** @return iterable<string, array{string, string}> a declaration and another one */
    public static function changedNumbers(): iterable
    {
        $changes = [
            'HOOKRAIL_CONFLICT = 409,' => 'HOOKRAIL_CONFLICT = 410,',
            'HOOKRAIL_INTERNAL = 900,' => 'HOOKRAIL_INTERNAL = 900, HOOKRAIL_NEW = 901,',
            'HOOKRAIL_OUTCOME_REJECTED = 3,' => 'HOOKRAIL_OUTCOME_REFUSED = 3,',
            'HOOKRAIL_OUTCOME_MAYBE_SENT = 4,' => 'HOOKRAIL_OUTCOME_MAYBE_SENT = 4, HOOKRAIL_OUTCOME_NEW = 5,',
            'HOOKRAIL_DELIVERY_SKIPPED = 7,' => '',
            'HOOKRAIL_PURGE_QUEUED = 1,' => 'HOOKRAIL_PURGE_QUEUED = 4,',
            'HOOKRAIL_NOW = -1,' => 'HOOKRAIL_NOW = -2,',
        ];
        foreach ($changes as $old => $new) {
            yield $old => [$old, $new];
        }
    }

    public function testTheAbiIsThatOfTheHeader(): void
    {
        $header = (string) file_get_contents(self::C_HEADER);
        self::assertSame(1, preg_match('/^#define HOOKRAIL_ABI_VERSION (\d+)$/m', $header, $abi));
        self::assertSame(Library::ABI_VERSION, (int) $abi[1]);
    }

    public function testTheSignaturesAreThoseOfTheHeader(): void
    {
        $header = (string) file_get_contents(self::HEADER);
        self::assertSame([], self::differentSignatures($header));
        $names = array_keys(Signatures::FUNCTIONS);
        sort($names);
        self::assertSame($names, array_keys(Signatures::FUNCTIONS));
        preg_match_all('/^typedef struct hookrail_(\w+) hookrail_\1;/m', $header, $handles);
        self::assertEqualsCanonicalizing($handles[1], array_keys(Signatures::HANDLES));
        self::assertSame(range(1, count($handles[1])), array_values(Signatures::HANDLES));
        foreach (array_unique(array_merge(...array_values(Signatures::FUNCTIONS))) as $type) {
            $handle = substr($type, 1);
            $isMade = $type[0] === '>' && isset(Signatures::HANDLES[$handle]) && $handle !== 'error';
            self::assertSame($isMade ? Signatures::HANDLES[$handle] : null, Signatures::MADE[$type] ?? null, $type);
            if ($type[0] === '>' && $type !== '>text') {
                $expected = isset(Signatures::HANDLES[$handle]) ? "hookrail_$handle *" : $handle;
                self::assertSame($expected, Signatures::OUTPUTS[$type], $type);
            }
        }
    }

    /** @dataProvider changedSignatures */
    public function testADifferentSignatureIsNoticed(string $old, string $new): void
    {
        self::assertCount(1, self::differentSignatures(self::changed(self::HEADER, $old, $new)));
    }

    /** @return iterable<string, array{string, string}> a part of a declaration and another one */
    public static function changedSignatures(): iterable
    {
        yield 'another parameter' => ['hookrail_wakeup(', '$0int32_t mode, '];
        yield 'another type' => ['bool hookrail_cancel_is_fired(', 'int32_t hookrail_cancel_is_fired('];
        yield 'another name' => ['hookrail_status_name(', 'hookrail_name_of_status('];
    }

    public function testThePackageLeavesOutTheDocumentedFunctionsAndNoOthers(): void
    {
        $source = implode('', array_map('file_get_contents', glob(self::SOURCE . '/Native/*.php') ?: []));
        preg_match_all('/->(hookrail_\w+)/', $source, $direct);
        $bytes = array_filter(Signatures::FUNCTIONS, static fn (array $signature) => $signature[0] === 'bytes');
        $called = [
            ...array_keys(Signatures::FUNCTIONS),
            ...$direct[1],
            ...array_map(static fn (string $type) => "hookrail_{$type}_free", array_keys(Signatures::HANDLES)),
            ...array_map(static fn (string $function) => "{$function}_len", array_keys($bytes)),
        ];
        $declared = array_keys(self::signatures((string) file_get_contents(self::HEADER)));
        self::assertSame([], array_diff($called, $declared));
        self::assertEqualsCanonicalizing(self::leftOut(), array_values(array_diff($declared, $called)));
    }

    /** @return list<string> the functions that PHP leaves out by docs/abi.md */
    private static function leftOut(): array
    {
        $document = (string) file_get_contents(self::ABI_DOCUMENT);
        $table = (string) strstr($document, '## What the packages leave out');
        preg_match_all('/^\|([^|]*)\|([^|]*)\|/m', $table, $rows, PREG_SET_ORDER);
        $functions = [];
        $packages = '';
        foreach ($rows as [, $first, $second]) {
            $packages = trim($first) === '' ? $packages : $first;
            if (in_array('PHP', array_map('trim', explode(',', $packages)), true)) {
                preg_match_all('/`(hookrail_\w+)`/', $second, $found);
                array_push($functions, ...$found[1]);
            }
        }

        return $functions;
    }

    /** A file's text with one change, in which $0 is the old text. */
    private static function changed(string $file, string $old, string $new): string
    {
        $text = (string) file_get_contents($file);
        self::assertStringContainsString($old, $text);

        return str_replace($old, str_replace('$0', $old, $new), $text);
    }

    /** @return list<string> the numbers and names that the package and the header do not share */
    private static function differentNumbers(string $header): array
    {
        $prefixed = static fn (string $prefix, array $numbers): array => array_combine(
            array_map(static fn (string $name) => $prefix . strtoupper($name), array_keys($numbers)),
            $numbers,
        );
        $outcomes = [];
        for ($number = 0; $number < count(Outcome::cases()); $number++) {
            $outcomes[Outcome::fromNative($number)->value] = $number;
        }
        $states = ['unknown', ...array_map(static fn (DeliveryState $state) => $state->value, DeliveryState::cases())];
        $own = [
            ...$prefixed('HOOKRAIL_', (new ReflectionClass(Status::class))->getConstants()),
            ...$prefixed('HOOKRAIL_OUTCOME_', $outcomes),
            ...$prefixed('HOOKRAIL_DELIVERY_', array_flip($states)),
            ...array_map(
                static fn (array $constant) => (new ReflectionClassConstant(...$constant))->getValue(),
                self::CONSTANTS,
            ),
        ];
        $declared = [
            ...self::enumeration($header, 'hookrail_status'),
            ...self::enumeration($header, 'hookrail_outcome'),
            ...self::enumeration($header, 'hookrail_delivery_state'),
        ];
        foreach (['signature_constants', 'tls_roots', 'submit_flags', 'purge_flags'] as $name) {
            $declared += array_intersect_key(self::enumeration($header, "hookrail_$name"), self::CONSTANTS);
        }

        return [
            ...array_keys(array_diff_assoc($own, $declared)),
            ...array_keys(array_diff_assoc($declared, $own)),
        ];
    }

    /** @return array<string, list<string>|null> the signatures of the header that are not those of the package */
    private static function differentSignatures(string $header): array
    {
        $declared = self::signatures($header);
        $different = [];
        foreach (Signatures::FUNCTIONS as $function => $signature) {
            if ($signature !== ($declared[$function] ?? null)) {
                $different[$function] = $declared[$function] ?? null;
            }
        }

        return $different;
    }

    /** @return array<string, list<string>> the functions of a header, in the form of Signatures::FUNCTIONS */
    private static function signatures(string $header): array
    {
        $clean = static fn (string $type): string => trim((string) preg_replace(
            ['/\b(const|struct|enum)\b/', '/\s+/'],
            ['', ' '],
            $type,
        ));
        preg_match_all('/^([a-z][^;{}()]*?)\b(hookrail_\w+)\(([^;]*?)\);/m', $header, $declarations, PREG_SET_ORDER);
        $signatures = [];
        foreach ($declarations as [, $return, $name, $parameters]) {
            $return = $clean($return);
            $signature = [match (true) {
                $return === 'hookrail_status' => 'status',
                $return === 'char *' => str_contains($header, " {$name}_len(") ? 'bytes' : 'text',
                in_array($return, ['void', 'bool'], true) => $return,
                preg_match('/^hookrail_(\w+) \*$/', $return, $handle) === 1 => $handle[1],
                default => 'int',
            }];
            $list = $parameters === 'void' ? [] : array_map($clean, explode(',', $parameters));
            for ($i = 0; $i < count($list); $i++) {
                $isBytes = preg_match('/^char \*(\w+)$/', $list[$i], $of) === 1
                    && ($list[$i + 1] ?? '') === "size_t $of[1]_len";
                $signature[] = match (true) {
                    $isBytes => 'bytes',
                    $list[$i] === 'char *buffer' => '>text',
                    $list[$i] === 'hookrail_error **error' => '>error',
                    preg_match('/^hookrail_(\w+) \*\*out$/', $list[$i], $of) === 1 => ">$of[1]",
                    preg_match('/^hookrail_(\w+) \*\w+$/', $list[$i], $of) === 1 => $of[1],
                    preg_match('/^(u?int(?:32|64)_t|size_t) \*\w+$/', $list[$i], $of) === 1 => ">$of[1]",
                    preg_match('/^(u?int(?:32|64)_t|size_t) \w+$/', $list[$i]) === 1 => 'int',
                    preg_match('/^bool \w+$/', $list[$i]) === 1 => 'bool',
                    default => $list[$i],
                };
                // The length of bytes; the size and the needed size of a text.
                $i += match (true) {
                    $isBytes => 1,
                    $list[$i] === 'char *buffer' => 2,
                    default => 0,
                };
            }
            $signatures[$name] = $signature;
        }

        return $signatures;
    }

    /** @return array<string, int> the numbers of an enumeration by their names */
    private static function enumeration(string $header, string $name): array
    {
        self::assertSame(1, preg_match("/typedef enum $name \\{(.*?)\\}/s", $header, $body));
        preg_match_all('/(HOOKRAIL_\w+) = (-?\d+),/', $body[1], $members);

        return array_map('intval', array_combine($members[1], $members[2]));
    }
}
