//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
)

// WithClientCertificateFile sets the certificate that the client shows to the service (mutual TLS), and its key, from PEM
// files, which are read now. The certificate of the key comes first in its file, followed by intermediate ones. Without
// keyFile ("") the key is in the same file. It is used for https only.
func WithClientCertificateFile(certificateFile, keyFile string) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			certificate, certificateLen := given(certificateFile)
			var key *C.char
			var keyLen C.size_t
			if keyFile != "" {
				key, keyLen = given(keyFile)
			}
			return C.hookrail_client_options_set_client_certificate_file(
				c.handle, certificate, certificateLen, key, keyLen, e)
		})
	}
}

// WithClientCertificatePEM is like [WithClientCertificateFile], with the texts of the files. Without key (nil) the key is
// in the text of the certificate.
func WithClientCertificatePEM(certificate, key []byte) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			certificatePEM, certificateLen := givenBytes(certificate)
			var keyPEM *C.char
			var keyLen C.size_t
			if len(key) > 0 {
				keyPEM, keyLen = givenBytes(key)
			}
			return C.hookrail_client_options_set_client_certificate_pem(
				c.handle, certificatePEM, certificateLen, keyPEM, keyLen, e)
		})
	}
}

// WithClientCertificate is like [WithClientCertificateFile], with the chain and the key of a [tls.Certificate]. A key that
// cannot be copied, as of a hardware module, is refused.
func WithClientCertificate(certificate tls.Certificate) Option {
	return func(c *clientConfig) error {
		if certificate.PrivateKey == nil {
			return &Error{
				Status:  StatusConfiguration,
				Message: "the client certificate has no private key: did tls.LoadX509KeyPair return an error?",
			}
		}
		var chain []byte
		for _, der := range certificate.Certificate {
			chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		}
		der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
		if err != nil {
			return &Error{
				Status:  StatusConfiguration,
				Message: "the key of the client certificate cannot be passed to the library: " + err.Error(),
				below:   err,
			}
		}
		return WithClientCertificatePEM(chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))(c)
	}
}
