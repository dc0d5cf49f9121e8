package hookrail_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	serial      int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	made := a.sign(t, "authority", ecdsaKey(t))
	a.certificate, a.key = made.Leaf, made.PrivateKey.(crypto.Signer)
	return a
}

func ecdsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a certificate. Without a certificate of its own the authority signs its own one.
func (a *authority) sign(t *testing.T, name string, key crypto.Signer) tls.Certificate {
	t.Helper()
	a.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		template.IPAddresses, template.ExtKeyUsage = nil, nil
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func certificatePEM(certificate tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
}

func keyPEM(t *testing.T, certificate tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// accept is a service that accepts each event and returns the names that seen got.
func accept(seen chan<- string, name func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- name(r)
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"event_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","delivery_ids":null}`)
	})
}

// mutual starts a service that demands a certificate of the authority.
func mutual(t *testing.T, a *authority) (url string, seen chan string) {
	t.Helper()
	seen = make(chan string, 1)
	server := httptest.NewUnstartedServer(accept(seen, func(r *http.Request) string {
		return r.TLS.PeerCertificates[0].Subject.CommonName
	}))
	trusted := x509.NewCertPool()
	trusted.AddCert(a.certificate)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{a.sign(t, "service", ecdsaKey(t))},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: trusted,
	}
	// The refused handshakes are wanted.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, seen
}

func TestClientCertificatesOfEachForm(t *testing.T) {
	a := newAuthority(t)
	url, seen := mutual(t, a)
	folder := t.TempDir()
	write := func(name string, parts ...[]byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shop := a.sign(t, "shop", ecdsaKey(t))
	certificate, key := certificatePEM(shop), keyPEM(t, shop)
	ofRSA := a.sign(t, "rsa", rsaKey)
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)})
	for name, test := range map[string]struct {
		option hookrail.Option
		want   string
	}{
		"two files": {hookrail.WithClientCertificateFile(write("c.pem", certificate), write("k.pem", key)), "shop"},
		"one file":  {hookrail.WithClientCertificateFile(write("both.pem", key, certificate), ""), "shop"},
		"two texts": {hookrail.WithClientCertificatePEM(certificate, key), "shop"},
		"one text":  {hookrail.WithClientCertificatePEM(append(certificate, key...), nil), "shop"},
		"PKCS #1":   {hookrail.WithClientCertificatePEM(certificatePEM(ofRSA), pkcs1), "rsa"},
		"ECDSA":     {hookrail.WithClientCertificate(shop), "shop"},
		"RSA":       {hookrail.WithClientCertificate(ofRSA), "rsa"},
		"Ed25519":   {hookrail.WithClientCertificate(a.sign(t, "ed25519", edKey)), "ed25519"},
	} {
		client, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithBaseURL(url), hookrail.WithoutProxy(),
			hookrail.WithCAPEM(certificatePEM(tls.Certificate{Certificate: [][]byte{a.certificate.Raw}})), test.option)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := client.SendEvent(background, "t", 1); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := <-seen; got != test.want {
			t.Errorf("%s: the service saw %q", name, got)
		}
		client.Close()
	}
}

func TestAServiceThatRefusesTheCertificate(t *testing.T) {
	a := newAuthority(t)
	url, _ := mutual(t, a)
	for name, opts := range map[string][]hookrail.Option{
		"none":    nil,
		"another": {hookrail.WithClientCertificate(newAuthority(t).sign(t, "stranger", ecdsaKey(t)))},
	} {
		opts = append(opts, hookrail.WithAPIKey("k"), hookrail.WithBaseURL(url), hookrail.WithoutProxy(),
			hookrail.WithCAPEM(certificatePEM(tls.Certificate{Certificate: [][]byte{a.certificate.Raw}})))
		client, err := hookrail.New(opts...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.SendEvent(background, "t", 1)
		if e := asError(t, err); !errors.Is(err, hookrail.ErrTLS) || e.Outcome != hookrail.OutcomeNotSent {
			t.Errorf("%s: got %v with outcome %v", name, err, e.Outcome)
		}
		client.Close()
	}
}

// opaqueKey is a key that cannot be copied, as of a hardware module.
type opaqueKey struct{ crypto.Signer }

func TestClientCertificatesThatCannotBeUsed(t *testing.T) {
	a := newAuthority(t)
	shop, other := a.sign(t, "shop", ecdsaKey(t)), a.sign(t, "other", ecdsaKey(t))
	secret := string(keyPEM(t, other))
	for name, test := range map[string]struct {
		option hookrail.Option
		want   error
	}{
		"no file":              {hookrail.WithClientCertificateFile("", ""), hookrail.ErrInvalidArgument},
		"a file that is not":   {hookrail.WithClientCertificateFile("/nowhere", ""), hookrail.ErrConfiguration},
		"no key":               {hookrail.WithClientCertificatePEM(certificatePEM(shop), nil), hookrail.ErrConfiguration},
		"another key":          {hookrail.WithClientCertificatePEM(certificatePEM(shop), []byte(secret)), hookrail.ErrConfiguration},
		"a key in place of it": {hookrail.WithClientCertificatePEM([]byte(secret), nil), hookrail.ErrConfiguration},
		"an opaque key": {hookrail.WithClientCertificate(tls.Certificate{
			Certificate: shop.Certificate, PrivateKey: opaqueKey{shop.PrivateKey.(crypto.Signer)},
		}), hookrail.ErrConfiguration},
		"an empty certificate": {hookrail.WithClientCertificate(tls.Certificate{}), hookrail.ErrConfiguration},
	} {
		_, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithBaseURL("https://127.0.0.1"), test.option)
		if !errors.Is(err, test.want) || strings.Contains(fmt.Sprintf("%+v", err), strings.Split(secret, "\n")[1]) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A program that ignores the error of tls.LoadX509KeyPair passes an empty certificate.
func TestAnEmptyCertificateNamesTheCause(t *testing.T) {
	_, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithBaseURL("https://127.0.0.1"),
		hookrail.WithClientCertificate(tls.Certificate{}))
	if err == nil || !strings.Contains(err.Error(), "did tls.LoadX509KeyPair return an error?") {
		t.Errorf("got %v", err)
	}
}
