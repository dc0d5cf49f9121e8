<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\DeliveryState;
use Hookrail\Exception\ApiException;
use Hookrail\Exception\ConnectionException;
use Hookrail\Exception\HookrailException;
use Hookrail\Native\Library;
use Hookrail\Native\Signatures;
use Hookrail\Native\Status;
use Hookrail\Outcome;
use PhpToken;
use PHPUnit\Framework\TestCase;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use ReflectionClass;
use ReflectionMethod;
use ReflectionNamedType;

/** What holds for all of the source, and between it and the native library's headers. */
final class SourceTest extends TestCase
{
    private const SOURCE = __DIR__ . '/../src';
    private const HEADER = __DIR__ . '/../resources/hookrail.h';
    private const C_HEADER = __DIR__ . '/../../../include/hookrail.h';

    /** Functions that Gate calls by itself, or that nothing calls: docs/abi.md says why. */
    private const WITHOUT_SIGNATURE = '/^hookrail_(accepted_|error_|pointer_|poll$|find_headers$|join_headers$|'
        . 'call_fd$|outcome_name$|delivery_state_name$|event_status_delivery_state$|verify_signature$)|_(free|len)$/';

    /** The classes that are meant to be extended, by the package alone. */
    private const OPEN = [ApiException::class, ConnectionException::class];

    /**
     * @dataProvider classes
     *
     * @param class-string $class
     */
    public function testAClassIsClosedAndFullyTyped(string $class, string $file): void
    {
        self::assertStringContainsString("\ndeclare(strict_types=1);\n", (string) file_get_contents($file));
        $reflection = new ReflectionClass($class);
        self::assertNotFalse($reflection->getDocComment(), "$class says nothing of itself");
        $isOpen = !$reflection->isFinal() && !$reflection->isAbstract() && !$reflection->isTrait();
        self::assertSame(in_array($class, self::OPEN, true), $isOpen && !$reflection->isInterface());

        foreach ($reflection->getMethods() as $method) {
            if ($method->getFileName() === $reflection->getFileName()) {
                self::assertMethodIsTyped($method);
            }
        }
    }

    /** @return iterable<string, array{string, string}> */
    public static function classes(): iterable
    {
        foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(self::SOURCE)) as $file) {
            if ($file->getExtension() === 'php') {
                $path = substr($file->getPathname(), strlen(self::SOURCE) + 1, -strlen('.php'));
                yield $path => ['Hookrail\\' . strtr($path, '/', '\\'), $file->getPathname()];
            }
        }
    }

    /** @dataProvider classes */
    public function testOnlyTheNativeNamespaceTouchesFfi(string $class, string $file): void
    {
        if (str_starts_with($class, 'Hookrail\\Native\\')) {
            self::assertStringContainsString('@internal', (string) (new ReflectionClass($class))->getDocComment());
        } else {
            self::assertDoesNotMatchRegularExpression(
                '/\bFFI(::|\\\\)|use FFI|->ffi\b/',
                (string) file_get_contents($file),
            );
        }
    }

    public function testEveryExceptionIsOneOfThePackage(): void
    {
        foreach (glob(self::SOURCE . '/Exception/*Exception.php') ?: [] as $file) {
            $class = 'Hookrail\\Exception\\' . basename($file, '.php');
            self::assertTrue(is_a($class, HookrailException::class, true), $class);
        }
    }

    public function testNumbersAndWordsAreThoseOfTheHeader(): void
    {
        $header = (string) file_get_contents(self::HEADER);
        self::assertSame(
            self::enumeration($header, 'hookrail_status', 'HOOKRAIL_'),
            (new ReflectionClass(Status::class))->getConstants(),
        );
        $outcomes = self::enumeration($header, 'hookrail_outcome', 'HOOKRAIL_OUTCOME_');
        foreach ($outcomes as $name => $number) {
            self::assertSame(strtolower($name), Outcome::fromNative($number)->value);
        }
        self::assertCount(count($outcomes), Outcome::cases());

        $states = self::enumeration($header, 'hookrail_delivery_state', 'HOOKRAIL_DELIVERY_');
        unset($states['UNKNOWN']);
        self::assertSame(
            array_map('strtolower', array_keys($states)),
            array_map(static fn (DeliveryState $state) => $state->value, DeliveryState::cases()),
        );
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
        $declared = self::signatures($header);
        $needed = array_filter(
            $declared,
            static fn (string $function) => preg_match(self::WITHOUT_SIGNATURE, $function) === 0,
            ARRAY_FILTER_USE_KEY,
        );
        ksort($needed);
        self::assertSame($needed, Signatures::FUNCTIONS);
        preg_match_all('/^typedef struct hookrail_(\w+) hookrail_\1;/m', $header, $handles);
        self::assertSame($handles[1], array_keys(Signatures::HANDLES));
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

    /**
     * A script may define functions and constants in the package's namespace, which PHP takes first.
     *
     * @dataProvider nativeFiles
     */
    public function testFunctionsAndConstantsOfPhpHaveTheirFullNames(string $file): void
    {
        $tokens = array_values(array_filter(
            PhpToken::tokenize((string) file_get_contents($file)),
            static fn (PhpToken $token) => !$token->isIgnorable(),
        ));
        $members = ['->', '?->', '::', 'new', 'function', 'const', 'case', 'use', 'namespace'];
        foreach ($tokens as $index => $token) {
            if (!$token->is(T_STRING) || in_array($tokens[$index - 1]->text, $members, true)) {
                continue;
            }
            $isCall = $tokens[$index + 1]->text === '(';
            $isConstant = !$isCall && defined($token->text)
                && !in_array(strtolower($token->text), ['null', 'true', 'false'], true);
            self::assertFalse(
                $isCall || $isConstant,
                basename($file) . ":$token->line: $token->text has no backslash",
            );
        }
    }

    /** @return iterable<string, array{string}> */
    public static function nativeFiles(): iterable
    {
        foreach (glob(self::SOURCE . '/Native/*.php') ?: [] as $file) {
            yield basename($file) => [$file];
        }
    }

    /** @return array<string, list<string>> what Signatures says of each function of the header */
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

    private static function assertMethodIsTyped(ReflectionMethod $method): void
    {
        $name = "$method->class::$method->name()";
        $documentation = (string) $method->getDocComment();
        foreach ($method->getParameters() as $parameter) {
            $type = $parameter->getType();
            self::assertNotNull($type, "$name: \${$parameter->getName()} has no type");
            if ($type instanceof ReflectionNamedType && in_array($type->getName(), ['array', 'iterable'], true)) {
                self::assertMatchesRegularExpression(
                    "/@param +[^\n]*\\\${$parameter->getName()}\\b/",
                    $documentation,
                    "$name does not say what \${$parameter->getName()} holds",
                );
            }
        }
        $return = $method->getReturnType();
        $needsNone = $method->isConstructor() || $method->isDestructor() || $method->name === '__clone';
        // PHP has no type for resources.
        $isResource = str_contains($documentation, '@return resource');
        self::assertTrue($return !== null || $needsNone || $isResource, "$name has no return type");
        if ($return instanceof ReflectionNamedType && in_array($return->getName(), ['array', 'iterable'], true)) {
            self::assertStringContainsString('@return ', $documentation, "$name does not say what it returns");
        }
    }

    /** @return array<string, int> the numbers by their names, without the prefix */
    private static function enumeration(string $header, string $name, string $prefix): array
    {
        self::assertSame(1, preg_match("/typedef enum $name \\{(.*?)\\}/s", $header, $body));
        preg_match_all("/$prefix(\\w+) = (-?\\d+),/", $body[1], $members);

        return array_map('intval', array_combine($members[1], $members[2]));
    }
}
