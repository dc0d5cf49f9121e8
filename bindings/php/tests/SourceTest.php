<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Exception\ApiException;
use Hookrail\Exception\ConnectionException;
use Hookrail\Exception\HookrailException;
use PHPUnit\Framework\TestCase;
use PhpToken;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use ReflectionClass;
use ReflectionMethod;
use ReflectionNamedType;

/** Rules for all files of the source. */
final class SourceTest extends TestCase
{
    private const SOURCE = __DIR__ . '/../src';

    /** The classes that the package extends. */
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

    /**
     * A script may define functions and constants in the package's namespace, which PHP prefers to its own.
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

    private static function assertMethodIsTyped(ReflectionMethod $method): void
    {
        $name = "$method->class::$method->name()";
        $documentation = self::documentation($method);
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

    /** Returns a method's documentation, or that of the method of an interface which it implements. */
    private static function documentation(ReflectionMethod $method): string
    {
        $documentation = (string) $method->getDocComment();
        foreach ($documentation === '' ? $method->getDeclaringClass()->getInterfaces() : [] as $interface) {
            if ($interface->hasMethod($method->name)) {
                return (string) $interface->getMethod($method->name)->getDocComment();
            }
        }

        return $documentation;
    }
}
