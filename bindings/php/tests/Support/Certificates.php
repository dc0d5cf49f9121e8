<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use OpenSSLAsymmetricKey;
use OpenSSLCertificate;
use RuntimeException;

/** A certificate authority in a folder, with the certificates that it signs. */
final class Certificates
{
    private const SETTINGS = <<<'INI'
        [req]
        default_bits = 2048
        default_md = sha256
        distinguished_name = name
        [name]
        [authority]
        basicConstraints = critical, CA:TRUE
        [leaf]
        basicConstraints = critical, CA:FALSE
        subjectAltName = IP:127.0.0.1
        INI;

    private readonly OpenSSLAsymmetricKey $key;

    private readonly OpenSSLCertificate $authority;

    public function __construct(private readonly string $directory)
    {
        file_put_contents("$directory/openssl.cnf", self::SETTINGS);
        $this->key = $this->newKey();
        $this->authority = $this->sign(basename($directory), $this->key, null, 'authority');
        openssl_x509_export_to_file($this->authority, $this->file('authority'));
    }

    /** Returns the path of a file of this folder. */
    public function file(string $name): string
    {
        return "$this->directory/$name.pem";
    }

    /**
     * Makes a certificate for client or server.
     *
     * @return array{string, string} the certificate and its key as PEM text, which are also in the files NAME and
     *                               NAME-key
     */
    public function make(string $name): array
    {
        $key = $this->newKey();
        openssl_x509_export($this->sign($name, $key, $this->authority, 'leaf'), $certificate);
        openssl_pkey_export($key, $text, null, ['config' => "$this->directory/openssl.cnf"]);
        file_put_contents($this->file($name), $certificate);
        file_put_contents($this->file("$name-key"), $text);

        return [$certificate, $text];
    }

    private function newKey(): OpenSSLAsymmetricKey
    {
        return openssl_pkey_new([
            'private_key_type' => OPENSSL_KEYTYPE_EC,
            'curve_name' => 'prime256v1',
            'config' => "$this->directory/openssl.cnf",
        ]) ?: throw new RuntimeException((string) openssl_error_string());
    }

    private function sign(
        string $name,
        OpenSSLAsymmetricKey $key,
        ?OpenSSLCertificate $issuer,
        string $extensions,
    ): OpenSSLCertificate {
        $settings = ['config' => "$this->directory/openssl.cnf", 'x509_extensions' => $extensions];
        $request = openssl_csr_new(['commonName' => $name], $key, $settings);

        return openssl_csr_sign($request, $issuer, $this->key ?? $key, 30, $settings, random_int(1, PHP_INT_MAX))
            ?: throw new RuntimeException((string) openssl_error_string());
    }
}
