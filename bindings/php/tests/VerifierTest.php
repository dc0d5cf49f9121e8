<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Exception\BodyTooLargeException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MalformedSignatureException;
use Hookrail\Exception\MissingSignatureException;
use Hookrail\Exception\SignatureMismatchException;
use Hookrail\Exception\TimestampTooOldException;
use Hookrail\Exception\VerificationException;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\Shown;
use Hookrail\Verifier;
use PHPUnit\Framework\TestCase;

final class VerifierTest extends TestCase
{
    private const SECRET = 'whsec_new';
    private const BODY = '{"id":7}';
    private const NOW = 1_781_092_800;

    public function testTheMatchingSecretIsNamed(): void
    {
        $signature = (new WebhookSigner(self::SECRET))->signature(self::BODY, 'd1', self::NOW - 5);
        $verification = (new Verifier(['whsec_old', self::SECRET]))->verify(self::BODY, $signature, 'd1', self::NOW);

        self::assertSame(1, $verification->secretIndex);
        self::assertSame(self::NOW - 5, $verification->signedAt);
        self::assertSame(5, $verification->skew);
    }

    public function testTheSystemsClockIsTheDefault(): void
    {
        $signer = new WebhookSigner(self::SECRET);
        $verifier = new Verifier(self::SECRET);
        self::assertSame(0, $verifier->verify(self::BODY, $signer->signature(self::BODY, 'd1'), 'd1')->secretIndex);

        $this->expectException(TimestampTooOldException::class);
        $verifier->verify(self::BODY, $signer->signature(self::BODY, 'd1', time() - 1_000), 'd1');
    }

    public function testTheNumberOfTheClockIsRefusedAsATime(): void
    {
        $this->expectException(InvalidArgumentException::class);
        (new Verifier(self::SECRET))->verify(self::BODY, 't=1,v1=', 'd1', -1);
    }

    /** @dataProvider headerForms */
    public function testHeadersAreFoundInEveryForm(callable $form): void
    {
        $signature = (new WebhookSigner(self::SECRET))->signature(self::BODY, 'd1', self::NOW);
        $webhook = (new Verifier(self::SECRET))->verifyRequest($form($signature, 'd1'), self::BODY, self::NOW);

        self::assertSame('d1', $webhook->deliveryId);
        self::assertSame(self::BODY, $webhook->body);
        self::assertSame(['id' => 7], $webhook->payload());
        self::assertSame(self::NOW, $webhook->verification->signedAt);
    }

    /** @return iterable<string, array{callable(string, string): iterable<array-key, mixed>}> */
    public static function headerForms(): iterable
    {
        yield 'lower case' => [static fn (string $s, string $d) => [
            'host' => 'h', 'hookrail-signature' => $s, 'hookrail-delivery-id' => $d]];
        yield 'as written' => [static fn (string $s, string $d) => [
            'Hookrail-Signature' => $s, 'Hookrail-Delivery-Id' => $d]];
        yield 'PSR-7' => [static fn (string $s, string $d) => [
            'Accept' => ['a', 'b'], 'Hookrail-Signature' => [$s], 'HOOKRAIL-DELIVERY-ID' => [$d]]];
        yield '$_SERVER' => [static fn (string $s, string $d) => [
            'REQUEST_TIME' => 1, 'argv' => ['x'], 'HTTP_HOOKRAIL_SIGNATURE' => $s, 'HTTP_HOOKRAIL_DELIVERY_ID' => $d]];
        $split = static fn (string $s) => explode(',', $s);
        yield 'a list' => [static fn (string $s, string $d) => [
            'Hookrail-Signature' => $split($s), 'Hookrail-Delivery-Id' => [$d]]];
        yield 'a list with spaces' => [static fn (string $s, string $d) => [
            'hookrail-signature' => [$split($s)[0], ' ' . $split($s)[1]], 'hookrail-delivery-id' => $d]];
        yield 'joined with a space' => [static fn (string $s, string $d) => [
            'HTTP_HOOKRAIL_SIGNATURE' => implode(', ', $split($s)), 'HTTP_HOOKRAIL_DELIVERY_ID' => $d]];
        yield 'underscores' => [static fn (string $s, string $d) => [
            'hookrail_signature' => $s, 'Hookrail_Delivery_Id' => $d]];
        yield 'an iterator' => [static fn (string $s, string $d) => new \ArrayIterator([
            123 => 'numeric', 'hookrail-signature' => $s, 'hookrail-delivery-id' => $d])];
    }

    /**
     * @dataProvider badHeaders
     *
     * @param array<string, mixed>                 $headers
     * @param class-string<VerificationException> $class
     */
    public function testMissingAndRepeatedHeadersAreDistinguished(array $headers, string $class): void
    {
        $this->expectException($class);
        (new Verifier(self::SECRET))->verifyRequest($headers, self::BODY);
    }

    /** @return iterable<string, array{array<string, mixed>, class-string<VerificationException>}> */
    public static function badHeaders(): iterable
    {
        yield 'none' => [[], MissingSignatureException::class];
        yield 'no text' => [
            ['hookrail-signature' => null, 'hookrail-delivery-id' => 5],
            MissingSignatureException::class,
        ];
        yield 'no id' => [['hookrail-signature' => 't=1,v1='], MissingSignatureException::class];
        yield 'two' => [
            ['hookrail-signature' => ['t=1', 't=2'], 'hookrail-delivery-id' => 'd1'],
            MalformedSignatureException::class,
        ];
    }

    /** @dataProvider missingValues */
    public function testAMissingValueIsAMissingHeader(string|array|null $signature, ?string $id, string $name): void
    {
        $verifier = new Verifier(self::SECRET);
        try {
            $verifier->verify(self::BODY, $signature, $id, self::NOW);
            self::fail('no exception');
        } catch (MissingSignatureException $error) {
            self::assertStringContainsString($name, $error->getMessage());
        }
    }

    /** @return iterable<string, array{string|list<string>|null, string|null, string}> */
    public static function missingValues(): iterable
    {
        yield 'signature' => [null, 'd1', 'hookrail-signature'];
        yield 'delivery id' => ['t=1,v1=', null, 'hookrail-delivery-id'];
        yield 'delivery id beside a list' => [['t=1', 'v1='], null, 'hookrail-delivery-id'];
        yield 'both' => [null, null, 'hookrail-signature'];
    }

    public function testABodyInPieces(): void
    {
        $headers = (new WebhookSigner(self::SECRET))->headers(self::BODY, 'd1');
        $running = (new Verifier(self::SECRET))->begin($headers, strlen(self::BODY));
        foreach (str_split(self::BODY) as $byte) {
            $running->update($byte);
        }
        self::assertSame('d1', $running->deliveryId());
        self::assertSame(0, $running->finish()->secretIndex);
    }

    public function testASignatureMayComeAsAList(): void
    {
        $signature = (new WebhookSigner(self::SECRET))->signature(self::BODY, 'd1', self::NOW);
        $verifier = new Verifier(self::SECRET);
        $list = explode(',', $signature);
        self::assertSame(0, $verifier->verify(self::BODY, $list, 'd1', self::NOW)->secretIndex);
        self::assertSame(
            $verifier->explain(self::BODY, $signature, 'd1', null, self::NOW),
            $verifier->explain(self::BODY, $list, 'd1', null, self::NOW),
        );
        $bad = [
            MalformedSignatureException::class => [$signature, $signature],
            MissingSignatureException::class => [],
            InvalidArgumentException::class => [$signature, null],
        ];
        foreach ($bad as $class => $list) {
            try {
                $verifier->verify(self::BODY, $list, 'd1', self::NOW);
                self::fail('no exception');
            } catch (HookrailException $error) {
                self::assertInstanceOf($class, $error);
            }
        }
    }

    public function testABodyWithAMissingPartIsIncomplete(): void
    {
        $headers = (new WebhookSigner(self::SECRET))->headers(self::BODY, 'd1');
        $verifier = new Verifier(self::SECRET);
        $length = strlen(self::BODY);
        $outcome = static function (string $body, ?int $contentLength) use ($verifier, $headers): string {
            $running = $verifier->begin($headers, contentLength: $contentLength);
            $running->update($body);
            try {
                $running->finish();

                return 'ok';
            } catch (VerificationException $error) {
                return $error::class . ': ' . $error->getMessage();
            }
        };
        $part = substr(self::BODY, 0, -1);
        self::assertMatchesRegularExpression(
            '/BodyIncompleteException: .*' . ($length - 1) . ".*$length/",
            $outcome($part, $length),
        );
        self::assertStringContainsString('SignatureMismatchException', $outcome($part, $length - 1));
        self::assertStringContainsString('SignatureMismatchException', $outcome($part, null));
        // A body that matches is accepted, regardless of the announced length.
        self::assertSame(['ok', 'ok'], [$outcome(self::BODY, $length), $outcome(self::BODY, $length + 9)]);
        $this->expectException(BodyTooLargeException::class);
        $verifier->begin($headers, 10, contentLength: 11);
    }

    public function testABodyOverItsLimitEndsTheVerification(): void
    {
        $headers = (new WebhookSigner(self::SECRET))->headers(self::BODY, 'd1');
        $running = (new Verifier(self::SECRET))->begin($headers, strlen(self::BODY) - 1);
        $this->expectException(BodyTooLargeException::class);
        $running->update(self::BODY);
    }

    public function testHeadersAreJudgedBeforeTheBody(): void
    {
        $headers = (new WebhookSigner(self::SECRET))->headers(self::BODY, 'd1', timestamp: 1);
        $this->expectException(TimestampTooOldException::class);
        (new Verifier(self::SECRET))->begin($headers);
    }

    public function testExplainNamesTheProbableMistake(): void
    {
        $signature = (new WebhookSigner('new'))->signature(self::BODY, 'd1', self::NOW);
        $why = (new Verifier(self::SECRET))->explain(self::BODY, $signature, 'd1', 'e1', self::NOW);

        self::assertStringContainsString('whsec_', $why);
        self::assertStringNotContainsString(self::SECRET, $why);
    }

    /** @dataProvider unusableSecrets */
    public function testUnusableSecretsAreRefused(mixed $secrets): void
    {
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessageMatches('/secret/');
        new Verifier($secrets);
    }

    /** @return iterable<string, array{string|list<string>}> */
    public static function unusableSecrets(): iterable
    {
        yield 'none' => [[]];
        yield 'empty' => [''];
        yield 'one empty' => [['a', '']];
        yield 'too many' => [array_fill(0, 17, 'a')];
        yield 'not set' => [['a', false]];
        yield 'blank' => ['  '];
        yield 'nothing but the prefix' => ['whsec_'];
        yield 'white space before' => [' whsec_a'];
        yield 'a line break behind' => ["whsec_a\n"];
        yield 'a NUL' => [['a', "whsec\0a"]];
    }

    public function testSecretsStayOutOfDumpsTracesAndMessages(): void
    {
        $verifier = new Verifier(self::SECRET);
        try {
            $verifier->verify(self::BODY, 't=1,v1=' . str_repeat('0', 64), 'd1', 1);
            self::fail('no exception');
        } catch (SignatureMismatchException $error) {
            self::assertStringNotContainsString(self::SECRET, (string) $error);
        }
        self::assertStringNotContainsString(
            self::SECRET,
            Shown::of($verifier, new WebhookSigner(self::SECRET)),
        );
        $failing = [
            static fn () => new Verifier([self::SECRET, '']),
            static fn () => new Verifier(self::SECRET . "\n"),
            static fn () => (new WebhookSigner(self::SECRET))->signature(self::BODY, 'no id'),
            static fn () => (new WebhookSigner(self::SECRET . "\n"))->headers(self::BODY, 'd1'),
        ];
        foreach ($failing as $call) {
            try {
                $call();
                self::fail('no exception');
            } catch (InvalidArgumentException $error) {
                $arguments = Shown::arguments($error);
                if ($arguments !== null) {
                    self::assertStringContainsString('SensitiveParameterValue', $arguments);
                    self::assertStringNotContainsString(self::SECRET, $arguments);
                }
            }
        }
    }
}
