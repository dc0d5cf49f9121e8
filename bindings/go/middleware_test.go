package hookrail_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
)

// answer returns a server's answer to a request that is written unchanged. If cut is set, it first closes the
// connection's other direction.
func answer(t *testing.T, server *httptest.Server, request string, cut bool) *http.Response {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	if cut {
		if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response
}

// head returns a delivery's request line and headers, followed by the given lines.
func head(t *testing.T, at time.Time, length int, lines ...string) string {
	t.Helper()
	signature, err := hookrail.Sign(secret, at, deliveryID, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	lines = append([]string{
		"POST /hooks HTTP/1.1", "Host: x", "Hookrail-Delivery-Id: " + deliveryID,
		"Hookrail-Signature: " + signature, fmt.Sprintf("Content-Length: %d", length),
	}, lines...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// rejecting returns a server whose middleware must refuse every request, and a channel with the reasons.
func rejecting(t *testing.T, before func(*http.Request), opts ...hookrail.VerifierOption) (*httptest.Server, <-chan error) {
	t.Helper()
	reasons := make(chan error, 1)
	opts = append(opts, hookrail.WithRejectLog(func(_ *http.Request, err error) { reasons <- err }))
	handler := newVerifier(t, opts...).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("it was let through")
	}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil {
			before(r)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server, reasons
}

func TestABodyThatIsCutOff(t *testing.T) {
	for _, got := range []int{0, 1, len(body) - 1} {
		server, reasons := rejecting(t, nil)
		response := answer(t, server, head(t, time.Now(), len(body))+body[:got], true)
		if response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%d bytes: answered %s", got, response.Status)
		}
		reason := <-reasons
		if !errors.Is(reason, hookrail.ErrBodyIncomplete) || !errors.Is(reason, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v", got, reason)
		}
	}
}

func TestABodyThatWasReadBefore(t *testing.T) {
	for name, before := range map[string]func(*http.Request){
		"all of it":  func(r *http.Request) { io.Copy(io.Discard, r.Body) },
		"a part":     func(r *http.Request) { io.ReadFull(r.Body, make([]byte, 3)) },
		"and closed": func(r *http.Request) { io.Copy(io.Discard, r.Body); r.Body.Close() },
		"taken away": func(r *http.Request) { io.Copy(io.Discard, r.Body); r.Body = http.NoBody },
		"none left":  func(r *http.Request) { io.Copy(io.Discard, r.Body); r.Body = nil },
	} {
		server, reasons := rejecting(t, before)
		response := answer(t, server, head(t, time.Now(), len(body))+body, false)
		if response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%s: answered %s", name, response.Status)
		}
		if reason := <-reasons; !errors.Is(reason, hookrail.ErrBodyIncomplete) {
			t.Errorf("%s: %v", name, reason)
		}
	}
}

// Without Content-Length, only an empty rest shows that the body was read before.
func TestABodyWithoutALengthThatWasReadBefore(t *testing.T) {
	lengthless := strings.Replace(head(t, time.Now(), 0), "Content-Length: 0\r\n", "", 1)
	chunked := strings.Replace(lengthless, "\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n", 1) +
		fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	drain := func(r *http.Request) { io.Copy(io.Discard, r.Body) }
	for name, c := range map[string]struct {
		request string
		before  func(*http.Request)
		status  int
		reason  error
	}{
		"all of it":    {chunked, drain, 408, hookrail.ErrBodyIncomplete},
		"taken away":   {chunked, func(r *http.Request) { drain(r); r.Body = http.NoBody }, 408, hookrail.ErrBodyIncomplete},
		"none left":    {chunked, func(r *http.Request) { drain(r); r.Body = nil }, 408, hookrail.ErrBodyIncomplete},
		"no body":      {lengthless, nil, 408, hookrail.ErrBodyIncomplete},
		"a part":       {chunked, func(r *http.Request) { io.ReadFull(r.Body, make([]byte, 3)) }, 401, hookrail.ErrSignatureMismatch},
		"said to be 0": {head(t, time.Now(), 0), nil, 401, hookrail.ErrSignatureMismatch},
	} {
		server, reasons := rejecting(t, c.before)
		response := answer(t, server, c.request, false)
		if response.StatusCode != c.status {
			t.Errorf("%s: answered %s", name, response.Status)
		}
		if reason := <-reasons; !errors.Is(reason, c.reason) || errors.Is(reason, hookrail.ErrSignature) != (c.status == 401) {
			t.Errorf("%s: %v", name, reason)
		}
	}
}

func TestAChangedBodyIsAMismatch(t *testing.T) {
	server, reasons := rejecting(t, nil)
	changed := strings.Replace(body, "1", "2", 1)
	response := answer(t, server, head(t, time.Now(), len(changed))+changed, false)
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("answered %s", response.Status)
	}
	if reason := <-reasons; !errors.Is(reason, hookrail.ErrSignatureMismatch) {
		t.Error(reason)
	}
}

func TestMismatchStatus(t *testing.T) {
	wrong := strings.Replace(body, "1", "2", 1)
	for name, c := range map[string]struct {
		request func() string
		reason  error
		usual   int
		set     int
	}{
		"mismatch": {func() string { return head(t, time.Now(), len(body)) + wrong }, hookrail.ErrSignatureMismatch, 401, 503},
		"too old":  {func() string { return head(t, time.Now().Add(-time.Hour), len(body)) + body }, hookrail.ErrTimestampTooOld, 401, 503},
		"too new":  {func() string { return head(t, time.Now().Add(time.Hour), len(body)) + body }, hookrail.ErrTimestampTooNew, 401, 503},
		"malformed": {func() string { return head(t, time.Now(), len(body), "Hookrail-Signature: t=1") + body },
			hookrail.ErrSignatureMalformed, 401, 401},
		"no delivery": {func() string {
			return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
		}, hookrail.ErrSignatureMissing, 400, 400},
	} {
		for _, set := range []bool{false, true} {
			want, opts := c.usual, []hookrail.VerifierOption(nil)
			if set {
				want, opts = c.set, append(opts, hookrail.WithMismatchStatus(http.StatusServiceUnavailable))
			}
			server, reasons := rejecting(t, nil, opts...)
			if response := answer(t, server, c.request(), false); response.StatusCode != want {
				t.Errorf("%s, set: %t: answered %s", name, set, response.Status)
			}
			if reason := <-reasons; !errors.Is(reason, c.reason) {
				t.Errorf("%s: %v", name, reason)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "post", "X"} {
		server, reasons := rejecting(t, nil)
		request := strings.Replace(head(t, time.Now(), len(body)), "POST", method, 1)
		connection := answer(t, server, request+body, false)
		if connection.StatusCode != http.StatusMethodNotAllowed || connection.Header.Get("Allow") != "POST" {
			t.Errorf("%s: answered %s, Allow: %q", method, connection.Status, connection.Header.Get("Allow"))
		}
		if reason := <-reasons; !strings.Contains(reason.Error(), method) {
			t.Errorf("%s: %v", method, reason)
		}
	}
}

func TestMoreMethods(t *testing.T) {
	verifier := newVerifier(t, hookrail.WithMethods("put", "Post"))
	server := httptest.NewServer(verifier.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	defer server.Close()
	for method, want := range map[string]int{"PUT": 200, "POST": 200, "GET": 405} {
		request := strings.Replace(head(t, time.Now(), len(body)), "POST", method, 1)
		response := answer(t, server, request+body, false)
		if response.StatusCode != want || want == 405 && response.Header.Get("Allow") != "PUT, POST" {
			t.Errorf("%s: answered %s, Allow: %q", method, response.Status, response.Header.Get("Allow"))
		}
	}
}

func TestASignatureThatArrivesAsAList(t *testing.T) {
	signature, err := hookrail.Sign(secret, time.Now(), deliveryID, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signature, ",")
	other := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		lines []string
		want  int
	}{
		"split":               {[]string{"Hookrail-Signature: " + parts[0], "Hookrail-Signature: " + parts[1]}, 200},
		"in two spellings":    {[]string{"Hookrail-Signature: " + parts[0], "hookrail_signature: " + parts[1]}, 200},
		"another candidate":   {[]string{"Hookrail-Signature: " + signature, "Hookrail-Signature: v1=" + other}, 200},
		"whole and twice":     {[]string{"Hookrail-Signature: " + signature, "Hookrail-Signature: " + signature}, 401},
		"a second time":       {[]string{"Hookrail-Signature: " + signature, "Hookrail-Signature: t=1"}, 401},
		"too long":            {[]string{"Hookrail-Signature: " + signature, "Hookrail-Signature: " + strings.Repeat("x", 4096)}, 401},
		"too many candidates": {append(lines16("Hookrail-Signature: v1="+other), "Hookrail-Signature: "+signature), 401},
		"one part is missing": {[]string{"Hookrail-Signature: " + parts[0]}, 401},
		"another delivery ID": {[]string{"Hookrail-Signature: " + signature, "hookrail_delivery_id: other"}, 401},
	} {
		server := httptest.NewServer(newVerifier(t).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		lines := append([]string{
			"POST / HTTP/1.1", "Host: x", fmt.Sprintf("Content-Length: %d", len(body)),
			"Hookrail-Delivery-Id: " + deliveryID,
		}, c.lines...)
		response := answer(t, server, strings.Join(lines, "\r\n")+"\r\n\r\n"+body, false)
		if response.StatusCode != c.want {
			t.Errorf("%s: answered %s", name, response.Status)
		}
		server.Close()
	}
}

func lines16(line string) []string {
	return strings.Split(strings.TrimSuffix(strings.Repeat(line+"\n", 16), "\n"), "\n")
}

// Adapters for serverless functions and CGI fill the headers as a map, without making the names canonical.
func TestHeadersInEverySpelling(t *testing.T) {
	verifier := newVerifier(t)
	signature, err := hookrail.Sign(secret, time.Now(), deliveryID, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	request := func(h http.Header) error {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header = h
		delivery, err := verifier.VerifyRequest(r)
		if err == nil && (delivery.ID != deliveryID || delivery.Topic != "order.paid" || delivery.EventID != "e1") {
			t.Errorf("%v: got %+v", h, delivery)
		}
		return err
	}
	for _, spell := range []func(string) string{
		strings.ToLower,
		strings.ToUpper,
		func(name string) string { return strings.ReplaceAll(name, "-", "_") },
		func(name string) string { return "HTTP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) },
		func(name string) string { return "Http-" + name },
	} {
		h := http.Header{
			spell("Hookrail-Signature"): {signature}, spell("Hookrail-Delivery-Id"): {deliveryID},
			spell("Hookrail-Topic"): {"order.paid"}, spell("Hookrail-Event-Id"): {"e1"},
		}
		if err := request(h); err != nil {
			t.Errorf("%v: %v", h, err)
		}
		h["Hookrail-Delivery-Id "] = []string{"other"}
		if err := request(h); err != nil {
			t.Errorf("a similar name: %v", err)
		}
		h["hooKrail-delivery_ID"] = []string{"other"}
		if err := request(h); !errors.Is(err, hookrail.ErrSignatureMalformed) {
			t.Errorf("the delivery ID in two spellings: %v", err)
		}
	}
	for _, name := range []string{"X-Hookrail-Signature", "Hookrail-Signature-", "HTTP_HTTP_HOOKRAIL_SIGNATURE", "HTTP_", ""} {
		err := request(http.Header{name: {signature}, "Hookrail-Delivery-Id": {deliveryID}})
		if !errors.Is(err, hookrail.ErrSignatureMissing) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// 24,001 bytes of 1e300 grow like this in PostgreSQL's jsonb.
func TestABodyThatGrewFiftyTimes(t *testing.T) {
	number := "1" + strings.Repeat("0", 300)
	grown := "[" + strings.Repeat(number+", ", 43_300) + number + "]"
	if len(grown) < 50*256<<10 {
		t.Fatalf("it has %d bytes", len(grown))
	}
	server := httptest.NewServer(newVerifier(t).Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if read, err := io.ReadAll(r.Body); err != nil || string(read) != grown {
			t.Errorf("read %d bytes, %v", len(read), err)
		}
	})))
	defer server.Close()
	signature, err := hookrail.Sign(secret, time.Now(), deliveryID, []byte(grown))
	if err != nil {
		t.Fatal(err)
	}
	for name, reader := range map[string]io.Reader{"with its length": strings.NewReader(grown), "in chunks": io.MultiReader(strings.NewReader(grown))} {
		r, err := http.NewRequest(http.MethodPost, server.URL, reader)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(hookrail.HeaderSignature, signature)
		r.Header.Set(hookrail.HeaderDeliveryID, deliveryID)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: answered %s", name, response.Status)
		}
	}
}
