<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Closure;
use Psr\Http\Message\StreamInterface;
use RuntimeException;

/** A stream that cannot rewind, like one from the network, and counts the bytes that are read. */
final class CountingStream implements StreamInterface
{
    public int $bytesRead = 0;

    /** @param Closure(): void|null $afterRead is called after each read */
    public function __construct(private readonly StreamInterface $inner, private readonly ?Closure $afterRead = null)
    {
        $inner->rewind();
    }

    public function read($length): string
    {
        $bytes = $this->inner->read($length);
        $this->bytesRead += strlen($bytes);
        if ($this->afterRead !== null) {
            ($this->afterRead)();
        }

        return $bytes;
    }

    public function getContents(): string
    {
        $bytes = $this->inner->getContents();
        $this->bytesRead += strlen($bytes);

        return $bytes;
    }

    public function eof(): bool
    {
        return $this->inner->eof();
    }

    public function isSeekable(): bool
    {
        return false;
    }

    public function seek($offset, $whence = SEEK_SET): void
    {
        throw new RuntimeException('this stream cannot seek');
    }

    public function rewind(): void
    {
        throw new RuntimeException('this stream cannot seek');
    }

    public function isReadable(): bool
    {
        return true;
    }

    public function isWritable(): bool
    {
        return false;
    }

    public function write($string): int
    {
        throw new RuntimeException('this stream cannot be written to');
    }

    public function __toString(): string
    {
        return $this->getContents();
    }

    public function close(): void
    {
        $this->inner->close();
    }

    public function detach()
    {
        return $this->inner->detach();
    }

    public function getSize(): ?int
    {
        return null;
    }

    public function tell(): int
    {
        return $this->inner->tell();
    }

    public function getMetadata($key = null): mixed
    {
        return $this->inner->getMetadata($key);
    }
}
