package hookrail_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hookrail/hookrail-go"
)

const (
	secret     = "whsec_go_tests"
	deliveryID = "01JXAMPLEDELIVERYID0000000"
	body       = `{"order_id":"o_1"}`
)

func newVerifier(tb testing.TB, opts ...hookrail.VerifierOption) *hookrail.Verifier {
	tb.Helper()
	verifier, err := hookrail.NewVerifier([]string{"whsec_new", secret}, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return verifier
}

// signed makes a request like the service's.
func signed(tb testing.TB, at time.Time, body io.Reader, signedBody string) *http.Request {
	tb.Helper()
	signature, err := hookrail.Sign(secret, at, deliveryID, []byte(signedBody))
	if err != nil {
		tb.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/hooks", body)
	r.Header.Set("hookrail-signature", signature)
	r.Header.Set("hookrail-delivery-id", deliveryID)
	r.Header.Set("hookrail-event-id", "e1")
	r.Header.Set("hookrail-topic", "order.paid")
	return r
}

func TestVerifyRequest(t *testing.T) {
	verifier := newVerifier(t)
	// The library's clock may be some milliseconds behind, and so a second; so sign a second earlier than required.
	at := time.Now().Add(-time.Minute - time.Second)
	for name, reader := range map[string]io.Reader{
		"with its length":  strings.NewReader(body),
		"without a length": iotest.OneByteReader(strings.NewReader(body)),
	} {
		r := signed(t, at, reader, body)
		delivery, err := verifier.VerifyRequest(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if delivery.ID != deliveryID || delivery.EventID != "e1" || delivery.Topic != "order.paid" ||
			string(delivery.Body) != body || delivery.SecretIndex != 1 {
			t.Errorf("%s: got %+v", name, delivery)
		}
		if delivery.SignedAt.Unix() != at.Unix() || delivery.Skew < time.Minute {
			t.Errorf("%s: got %+v", name, delivery.Verification)
		}
		if again, err := io.ReadAll(r.Body); err != nil || string(again) != body {
			t.Errorf("%s: the body reads %q, %v afterwards", name, again, err)
		}
	}
}

func TestVerifyRequestWithoutLimit(t *testing.T) {
	for _, limit := range []int64{0, math.MaxInt64 - 1, math.MaxInt64} {
		verifier := newVerifier(t, hookrail.WithBodyLimit(limit))
		delivery, err := verifier.VerifyRequest(signed(t, time.Now(), iotest.OneByteReader(strings.NewReader(body)), body))
		if err != nil || string(delivery.Body) != body {
			t.Errorf("limit %d: got %+v, %v", limit, delivery, err)
		}
	}
}

func TestMiddlewareWithoutRejectLog(t *testing.T) {
	verifier := newVerifier(t, hookrail.WithRejectLog(nil))
	handler := verifier.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was let through") }))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, signed(t, time.Now(), strings.NewReader("{}"), body))
	if answer.Code != http.StatusUnauthorized {
		t.Errorf("answered %d", answer.Code)
	}
}

func TestRequestsThatDoNotVerify(t *testing.T) {
	large := strings.Repeat("x", 101)
	broken := errors.New("broken")
	cases := map[string]struct {
		request *http.Request
		change  func(*http.Request)
		want    error
		status  int
		after   string
	}{
		"tampered": {signed(t, time.Now(), strings.NewReader(`{"order_id":"o_2"}`), body), nil, hookrail.ErrSignatureMismatch, 401, `{"order_id":"o_2"}`},
		"too old":  {signed(t, time.Now().Add(-time.Hour), strings.NewReader(body), body), nil, hookrail.ErrTimestampTooOld, 401, body},
		"too new":  {signed(t, time.Now().Add(time.Hour), strings.NewReader(body), body), nil, hookrail.ErrTimestampTooNew, 401, body},
		"malformed": {signed(t, time.Now(), strings.NewReader(body), body),
			func(r *http.Request) { r.Header.Set("hookrail-signature", "t=x") }, hookrail.ErrSignatureMalformed, 401, body},
		"another delivery": {signed(t, time.Now(), strings.NewReader(body), body),
			func(r *http.Request) { r.Header.Set("hookrail-delivery-id", "other") }, hookrail.ErrSignatureMismatch, 401, body},
		"two times": {signed(t, time.Now(), strings.NewReader(body), body),
			func(r *http.Request) { r.Header.Add("hookrail-signature", "t=1") }, hookrail.ErrSignatureMalformed, 401, body},
		"no signature": {signed(t, time.Now(), strings.NewReader(body), body),
			func(r *http.Request) { r.Header.Del("hookrail-signature") }, hookrail.ErrSignatureMissing, 400, body},
		"no delivery ID": {signed(t, time.Now(), strings.NewReader(body), body),
			func(r *http.Request) { r.Header.Del("hookrail-delivery-id") }, hookrail.ErrSignatureMissing, 400, body},
		"too large": {signed(t, time.Now(), strings.NewReader(large), large), nil, hookrail.ErrBodyTooLarge, 413, large},
		"too large, unannounced": {signed(t, time.Now(), iotest.OneByteReader(strings.NewReader(large)), large),
			nil, hookrail.ErrBodyTooLarge, 413, large},
		"cut off": {signed(t, time.Now(), io.MultiReader(strings.NewReader("{"), iotest.ErrReader(broken)), body),
			nil, broken, 408, "{"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.change != nil {
				c.change(c.request)
			}
			var reason error
			verifier := newVerifier(t, hookrail.WithBodyLimit(100), hookrail.WithRejectLog(func(_ *http.Request, err error) { reason = err }))
			answer := httptest.NewRecorder()
			next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
			verifier.Middleware(next).ServeHTTP(answer, c.request)
			if !errors.Is(reason, c.want) {
				t.Errorf("got %v, want %v", reason, c.want)
			}
			if answer.Code != c.status || answer.Body.String() != http.StatusText(c.status)+"\n" {
				t.Errorf("answered %d %q", answer.Code, answer.Body)
			}
			if after, err := io.ReadAll(c.request.Body); err != nil || string(after) != c.after {
				t.Errorf("the body reads %q, %v afterwards", after, err)
			}
		})
	}
}

func TestMaxBytesReaderBelowTheVerifier(t *testing.T) {
	verifier := newVerifier(t)
	answer := httptest.NewRecorder()
	handler := http.MaxBytesHandler(verifier.Middleware(http.NotFoundHandler()), 3)
	handler.ServeHTTP(answer, signed(t, time.Now(), iotest.OneByteReader(strings.NewReader(body)), body))
	if answer.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", answer.Code)
	}
}

func TestMiddlewarePassesTheDelivery(t *testing.T) {
	verifier := newVerifier(t)
	server := httptest.NewServer(verifier.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, ok := hookrail.DeliveryFromContext(r.Context())
		read, err := io.ReadAll(r.Body)
		if !ok || err != nil || delivery.ID != deliveryID || string(read) != body {
			t.Errorf("got %+v and the body %q, %v", delivery, read, err)
		}
		w.WriteHeader(http.StatusNoContent)
	})))
	defer server.Close()
	request := signed(t, time.Now(), strings.NewReader(body), body)
	request.RequestURI, request.URL, request.Body = "", nil, io.NopCloser(strings.NewReader(body))
	outgoing, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	outgoing.Header = request.Header
	response, err := http.DefaultClient.Do(outgoing)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Errorf("answered %s", response.Status)
	}
	if _, ok := hookrail.DeliveryFromContext(background); ok {
		t.Error("there is a delivery where none was verified")
	}
}

func TestBodyInPieces(t *testing.T) {
	verifier := newVerifier(t, hookrail.WithBodyLimit(100))
	signature, err := hookrail.Sign(secret, time.Now(), deliveryID, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := verifier.Begin(signature, deliveryID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(pieces, iotest.OneByteReader(strings.NewReader(body))); err != nil {
		t.Fatal(err)
	}
	if verification, err := pieces.Finish(); err != nil || verification.SecretIndex != 1 {
		t.Errorf("got %+v, %v", verification, err)
	}
	if _, err := pieces.Finish(); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("finished twice: got %v", err)
	}
	over, err := verifier.Begin(signature, deliveryID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := over.Write(make([]byte, 101)); !errors.Is(err, hookrail.ErrBodyTooLarge) {
		t.Errorf("over the limit: got %v", err)
	}
	if _, err := verifier.Begin("", deliveryID); !errors.Is(err, hookrail.ErrSignatureMalformed) {
		t.Errorf("without a header: got %v", err)
	}
}

// Long bodies are passed to C in pieces.
func TestVerifyLongBodies(t *testing.T) {
	verifier := newVerifier(t, hookrail.WithBodyLimit(10))
	now := time.Now()
	for _, size := range []int{32 << 10, 32<<10 + 1, 48 << 10, 100_003} {
		body := bytes.Repeat([]byte{'x'}, size)
		signature, err := hookrail.Sign(secret, now, deliveryID, body)
		if err != nil {
			t.Fatal(err)
		}
		verified, err := verifier.Verify(signature, deliveryID, body)
		if err != nil || verified.SecretIndex != 1 || verified.SignedAt.Unix() != now.Unix() {
			t.Errorf("%d bytes: %+v, %v", size, verified, err)
		}
		for at := 0; at < size; at += 8 << 10 {
			body[at] ^= 1
			if _, err := verifier.Verify(signature, deliveryID, body); !errors.Is(err, hookrail.ErrSignatureMismatch) {
				t.Errorf("%d bytes, forged at %d: %v", size, at, err)
			}
			body[at] ^= 1
		}
		for want, arguments := range map[error]struct {
			header string
			at     time.Time
		}{
			hookrail.ErrSignatureMalformed: {"v1=", now},
			hookrail.ErrTimestampTooOld:    {signature, now.Add(time.Hour)},
			hookrail.ErrTimestampTooNew:    {signature, now.Add(-time.Hour)},
		} {
			_, err := verifier.VerifyAt(arguments.header, deliveryID, body, arguments.at)
			_, short := verifier.VerifyAt(arguments.header, deliveryID, nil, arguments.at)
			if !errors.Is(err, want) || err.Error() != short.Error() {
				t.Errorf("%d bytes: %v, but %v for a short body", size, err, short)
			}
		}
	}
}

func TestVerifierOptions(t *testing.T) {
	for name, make := range map[string]func() (*hookrail.Verifier, error){
		"no secret":    func() (*hookrail.Verifier, error) { return hookrail.NewVerifier(nil) },
		"empty secret": func() (*hookrail.Verifier, error) { return hookrail.NewVerifier([]string{"a", ""}) },
		"17 secrets": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier(strings.Split(strings.Repeat("a,", 16)+"a", ","))
		},
		"secret with a line break": func() (*hookrail.Verifier, error) { return hookrail.NewVerifier([]string{"whsec_a\n"}) },
		"only the prefix":          func() (*hookrail.Verifier, error) { return hookrail.NewVerifier([]string{"whsec_"}) },
		"a status that accepts": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier([]string{"a"}, hookrail.WithMismatchStatus(200))
		},
		"no status": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier([]string{"a"}, hookrail.WithMismatchStatus(0))
		},
		"no method": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier([]string{"a"}, hookrail.WithMethods())
		},
		"empty method": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier([]string{"a"}, hookrail.WithMethods("POST", ""))
		},
		"negative tolerance": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier([]string{"a"}, hookrail.WithTolerance(-1))
		},
		"negative limit": func() (*hookrail.Verifier, error) {
			return hookrail.NewVerifier([]string{"a"}, hookrail.WithBodyLimit(-1))
		},
	} {
		if _, err := make(); !errors.Is(err, hookrail.ErrInvalidArgument) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	at := time.Unix(1_000_000, 0)
	signature, err := hookrail.Sign(secret, at, deliveryID, nil)
	if err != nil {
		t.Fatal(err)
	}
	strict := newVerifier(t, hookrail.WithTolerance(999*time.Millisecond))
	if _, err := strict.VerifyAt(signature, deliveryID, nil, at); err != nil {
		t.Errorf("the same second: got %v", err)
	}
	if _, err := strict.VerifyAt(signature, deliveryID, nil, at.Add(time.Second)); !errors.Is(err, hookrail.ErrTimestampTooOld) {
		t.Errorf("a second later: got %v", err)
	}
	if _, err := strict.VerifyAt(signature, deliveryID, nil, time.Unix(-1, 0)); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("the number that means now to the library: got %v", err)
	}
	if _, err := strict.Verify(signature, deliveryID, nil); !errors.Is(err, hookrail.ErrSignature) {
		t.Errorf("now: got %v", err)
	}
}

func TestVerifierInManyGoroutines(t *testing.T) {
	verifier := newVerifier(t)
	signature, err := hookrail.Sign(secret, time.Now(), deliveryID, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for i := 0; i < 16; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for n := 0; n < 200; n++ {
				if _, err := verifier.Verify(signature, deliveryID, []byte(body)); err != nil {
					t.Error(err)
				}
				if _, err := verifier.Verify(signature, deliveryID, []byte(body+" ")); !errors.Is(err, hookrail.ErrSignatureMismatch) {
					t.Errorf("got %v", err)
				}
			}
		}()
	}
	done.Wait()
}

func TestExplainSignature(t *testing.T) {
	signature, err := hookrail.Sign(secret, time.Now(), deliveryID, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := hookrail.ExplainSignature([]string{"'" + secret + "'"}, signature, deliveryID, "", []byte(body))
	if err != nil || !strings.Contains(text, "quotes and white space") {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := hookrail.ExplainSignature([]string{""}, signature, deliveryID, "", nil); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("an empty secret: got %v", err)
	}
	// Longer than the first buffer.
	long, err := hookrail.ExplainSignature([]string{secret}, strings.Repeat("x=1,", 900), deliveryID, "", bytes.Repeat([]byte("{}"), 5000))
	if err != nil || long == "" {
		t.Errorf("got %q, %v", long, err)
	}
}
