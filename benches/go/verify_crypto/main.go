// Verifies a delivery with crypto/hmac: header, time, MAC, comparison.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/hookrail/libhookrail/benches/go/bench"
)

const tolerance = 300

var (
	errMalformed = errors.New("malformed signature")
	errTimestamp = errors.New("timestamp outside the tolerance")
	errMismatch  = errors.New("no signature matches")
)

type verifier struct {
	newMAC func() hash.Hash
}

func (v verifier) verify(header, deliveryID string, body []byte) error {
	var timestamp, signature string
	for rest, more := header, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			timestamp = value
		case "v1":
			signature = value
		}
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds < 0 {
		return errMalformed
	}
	claimed, err := hex.DecodeString(signature)
	if err != nil || len(claimed) != sha256.Size {
		return errMalformed
	}
	if skew := time.Now().Unix() - seconds; skew < -tolerance || skew > tolerance {
		return errTimestamp
	}
	mac := v.newMAC()
	io.WriteString(mac, timestamp+"."+deliveryID+".")
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), claimed) {
		return errMismatch
	}
	return nil
}

func main() {
	options := bench.ParseOptions()
	signature := bench.Signature(options.Payload)
	key := []byte(bench.Secret)
	v := verifier{func() hash.Hash { return hmac.New(sha256.New, key) }}
	if options.Reused {
		kept := hmac.New(sha256.New, key)
		v.newMAC = func() hash.Hash {
			kept.Reset()
			return kept
		}
	}
	bench.Run(options, func() error {
		return v.verify(signature, bench.DeliveryID, options.Payload)
	})
}
