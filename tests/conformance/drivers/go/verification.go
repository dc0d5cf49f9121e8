package main

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/hookrail/hookrail-go"
)

// delivery has the arguments of all commands that verify.
type delivery struct {
	Secrets    [][]byte    `json:"secrets"`
	Tolerance  *int64      `json:"tolerance"`
	Header     []byte      `json:"header"`
	DeliveryID []byte      `json:"delivery_id"`
	Body       []byte      `json:"body"`
	Now        *int64      `json:"now"`
	Chunks     [][]byte    `json:"chunks"`
	BodyLimit  int64       `json:"body_limit"`
	Headers    [][2][]byte `json:"headers"`
	Form       string      `json:"form"`
}

func (a *delivery) verifier(opts ...hookrail.VerifierOption) (*hookrail.Verifier, error) {
	secrets := make([]string, len(a.Secrets))
	for i, secret := range a.Secrets {
		secrets[i] = string(secret)
	}
	if a.Tolerance != nil {
		opts = append(opts, hookrail.WithToleranceSeconds(*a.Tolerance))
	}
	return hookrail.NewVerifier(secrets, opts...)
}

func (d *driver) verify(request []byte) (any, error) {
	var a delivery
	decode(request, &a)
	verifier, err := a.verifier()
	if err != nil {
		return nil, err
	}
	if a.Now == nil {
		verification, err := verifier.Verify(string(a.Header), string(a.DeliveryID), a.Body)
		return a.describe(verification), err
	}
	verification, err := verifier.VerifyAt(string(a.Header), string(a.DeliveryID), a.Body, time.Unix(*a.Now, 0))
	return a.describe(verification), err
}

func (d *driver) verifyChunks(request []byte) (any, error) {
	var a delivery
	decode(request, &a)
	verifier, err := a.verifier(hookrail.WithBodyLimit(a.BodyLimit))
	if err != nil {
		return nil, err
	}
	body, err := a.begin(verifier)
	if err != nil {
		return nil, err
	}
	for _, chunk := range a.Chunks {
		if _, err := body.Write(chunk); err != nil {
			return nil, err
		}
	}
	verification, err := body.Finish()
	return a.describe(verification), err
}

func (a *delivery) begin(verifier *hookrail.Verifier) (*hookrail.BodyVerifier, error) {
	if a.Now == nil {
		return verifier.Begin(string(a.Header), string(a.DeliveryID))
	}
	return verifier.BeginAt(string(a.Header), string(a.DeliveryID), time.Unix(*a.Now, 0))
}

func (d *driver) verifyRequest(request []byte) (any, error) {
	var a delivery
	decode(request, &a)
	verifier, err := a.verifier()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, "/", bytes.NewReader(a.Body))
	if err != nil {
		return nil, err
	}
	for _, header := range a.Headers {
		name, value := string(header[0]), string(header[1])
		if a.Form == "cgi" {
			// net/http/cgi does the same with its variables.
			name = strings.ReplaceAll(strings.TrimPrefix(name, "HTTP_"), "_", "-")
		}
		r.Header.Add(name, value)
	}
	verified, err := verifier.VerifyRequest(r)
	if err != nil {
		return nil, err
	}
	if read, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(read, a.Body) {
		return nil, errors.New("the body cannot be read again")
	}
	result := a.describe(verified.Verification)
	result["delivery_id"] = verified.ID
	return result, nil
}

func (a *delivery) describe(verification hookrail.Verification) object {
	signedAt := verification.SignedAt.Unix()
	skew := int64(verification.Skew / time.Second)
	if verification.Skew == math.MaxInt64 || verification.Skew == math.MinInt64 {
		// A Duration cannot hold more, as the package documents.
		skew = *a.Now - signedAt
	}
	return object{"secret_index": verification.SecretIndex, "signed_at": signedAt, "skew_seconds": skew}
}

func (d *driver) sign(request []byte) (any, error) {
	var a struct {
		Secret     []byte `json:"secret"`
		Timestamp  int64  `json:"timestamp"`
		DeliveryID []byte `json:"delivery_id"`
		Body       []byte `json:"body"`
	}
	decode(request, &a)
	header, err := hookrail.Sign(string(a.Secret), time.Unix(a.Timestamp, 0), string(a.DeliveryID), a.Body)
	return object{"header": header}, err
}
