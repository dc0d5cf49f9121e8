<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use OpenTelemetry\API\Trace\SpanBuilderInterface;
use OpenTelemetry\API\Trace\SpanInterface;
use OpenTelemetry\API\Trace\TracerInterface;
use OpenTelemetry\Context\ContextInterface;

/** A tracer of OpenTelemetry that keeps its spans. */
final class SpanRecorder implements TracerInterface
{
    /** @var list<object{name: string}> */
    public array $spans = [];

    public function spanBuilder(string $spanName): SpanBuilderInterface
    {
        $span = $this->spans[] = new class ($spanName) implements SpanInterface {
            public ?object $parent = null;
            public int $kind = 0;
            public int $start = 0;
            public ?int $end = null;
            public string $status = '';

            /** @var array<string, mixed> */
            public array $attributes = [];

            public function __construct(public readonly string $name)
            {
            }

            public function storeInContext(ContextInterface $context): ContextInterface
            {
                return new \OpenTelemetry\Context\Context($this);
            }

            /** @param bool|int|float|string|array<mixed>|null $value */
            public function setAttribute(string $key, bool|int|float|string|array|null $value): SpanInterface
            {
                $this->attributes[$key] = $value;

                return $this;
            }

            public function setStatus(string $code, ?string $description = null): SpanInterface
            {
                $this->status = "$code: $description";

                return $this;
            }

            public function end(?int $endEpochNanos = null): void
            {
                $this->end = $endEpochNanos;
            }
        };

        return new class ($span) implements SpanBuilderInterface {
            public function __construct(private readonly SpanInterface $span)
            {
            }

            public function setParent(ContextInterface|false|null $context): SpanBuilderInterface
            {
                $this->span->parent = $context->span;

                return $this;
            }

            public function setAttribute(string $key, mixed $value): SpanBuilderInterface
            {
                $this->span->setAttribute($key, $value);

                return $this;
            }

            public function setStartTimestamp(int $timestampNanos): SpanBuilderInterface
            {
                $this->span->start = $timestampNanos;

                return $this;
            }

            public function setSpanKind(int $spanKind): SpanBuilderInterface
            {
                $this->span->kind = $spanKind;

                return $this;
            }

            public function startSpan(): SpanInterface
            {
                return $this->span;
            }
        };
    }
}
