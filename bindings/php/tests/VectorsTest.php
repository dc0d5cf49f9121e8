<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MalformedSignatureException;
use Hookrail\Exception\MissingSignatureException;
use Hookrail\Exception\SignatureMismatchException;
use Hookrail\Exception\TimestampTooNewException;
use Hookrail\Exception\TimestampTooOldException;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Verification;
use Hookrail\Verifier;
use PHPUnit\Framework\TestCase;

/** The test cases that all languages run. */
final class VectorsTest extends TestCase
{
    private const VECTORS = __DIR__ . '/../../../tests/vectors/';

    private const EXCEPTIONS = [
        'invalid_argument' => InvalidArgumentException::class,
        'signature_malformed' => MalformedSignatureException::class,
        'timestamp_too_old' => TimestampTooOldException::class,
        'timestamp_too_new' => TimestampTooNewException::class,
        'signature_mismatch' => SignatureMismatchException::class,
        'signature_missing' => MissingSignatureException::class,
    ];

    /**
     * @dataProvider verifyCases
     *
     * @param array<string, mixed> $case
     */
    public function testVerify(array $case): void
    {
        $body = self::bytes($case, 'body');
        $expected = $case['status'] === 'ok'
            ? new Verification($case['secret_index'], $case['signed_at'], $case['skew_seconds'])
            : self::EXCEPTIONS[$case['status']];

        self::assertEquals($expected, self::outcome(static function () use ($case, $body): Verification {
            $verifier = new Verifier(self::secrets($case), $case['tolerance']);

            return $verifier->verify(
                $body,
                self::bytes($case, 'header'),
                self::bytes($case, 'delivery_id'),
                $case['now'],
            );
        }));
        self::assertEquals($expected, self::outcome(static function () use ($case, $body): Verification {
            $headers = [
                'HTTP_HOOKRAIL_SIGNATURE' => self::bytes($case, 'header'),
                'HTTP_HOOKRAIL_DELIVERY_ID' => self::bytes($case, 'delivery_id'),
            ];
            $running = (new Verifier(self::secrets($case), $case['tolerance']))->begin($headers, now: $case['now']);
            $middle = intdiv(strlen($body), 2);
            $running->update(substr($body, 0, $middle));
            $running->update(substr($body, $middle));

            return $running->finish();
        }));
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function verifyCases(): iterable
    {
        return self::cases('verify.json');
    }

    /**
     * @dataProvider signCases
     *
     * @param array<string, mixed> $case
     */
    public function testSign(array $case): void
    {
        $signed = self::outcome(static fn (): string => (new WebhookSigner(self::bytes($case, 'secret')))->signature(
            self::bytes($case, 'body'),
            self::bytes($case, 'delivery_id'),
            $case['timestamp'],
        ));
        self::assertSame($case['status'] === 'ok' ? $case['header'] : self::EXCEPTIONS[$case['status']], $signed);
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function signCases(): iterable
    {
        return self::cases('sign.json');
    }

    /**
     * @dataProvider headerCases
     *
     * @param array<string, mixed> $case
     */
    public function testHeaders(array $case): void
    {
        $secret = self::bytes($case, 'secret');
        $deliveryId = self::bytes($case, 'delivery_id');
        $body = self::bytes($case, 'body');
        // Signs now, because the system's clock judges the time.
        $signature = (new WebhookSigner($secret))->signature($body, $deliveryId);
        [$time, $tag] = explode(',', $signature);
        $values = [
            '{{signature}}' => $signature, '{{delivery_id}}' => $deliveryId, '{{t}}' => $time, '{{v1}}' => $tag,
        ];
        $headers = [];
        foreach ($case['headers'] as [$name, $value]) {
            $headers[$name][] = strtr($value, $values);
        }
        if ($case['form'] === 'cgi') {
            $headers = array_map(static fn (array $list) => implode(', ', $list), $headers);
        }
        $outcome = self::outcome(static fn () => (new Verifier($secret))->verifyRequest($headers, $body)->deliveryId);

        self::assertSame($case['status'] === 'ok' ? $deliveryId : self::EXCEPTIONS[$case['status']], $outcome);
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function headerCases(): iterable
    {
        return self::cases('headers.json');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    private static function cases(string $file): iterable
    {
        $table = json_decode((string) file_get_contents(self::VECTORS . $file), true, flags: JSON_THROW_ON_ERROR);
        foreach ($table['cases'] as $case) {
            yield $case['name'] => [$case];
        }
    }

    /** Returns the result of a call, or the class of its exception. */
    private static function outcome(callable $call): mixed
    {
        try {
            return $call();
        } catch (HookrailException $error) {
            return $error::class;
        }
    }

    /**
     * @param array<string, mixed> $case
     *
     * @return list<string>
     */
    private static function secrets(array $case): array
    {
        return array_key_exists('secrets_hex', $case)
            ? array_map(static fn (mixed $secret) => self::decode($secret, true), $case['secrets_hex'])
            : array_map(static fn (mixed $secret) => self::decode($secret, false), $case['secrets']);
    }

    /** @param array<string, mixed> $case */
    private static function bytes(array $case, string $name): string
    {
        return array_key_exists($name . '_hex', $case)
            ? self::decode($case[$name . '_hex'], true)
            : self::decode($case[$name], false);
    }

    private static function decode(mixed $value, bool $hex): string
    {
        if (is_array($value)) {
            return str_repeat(self::decode($value['repeat'], $hex), $value['count']);
        }

        return $hex ? (string) hex2bin($value) : $value;
    }
}
