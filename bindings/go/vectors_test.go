package hookrail

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// vectorCase is a test case in tests/vectors; the README there describes it.
type vectorCase map[string]json.RawMessage

func loadVectors(t *testing.T, name string) []vectorCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "tests", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var table struct{ Cases []vectorCase }
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Cases) == 0 {
		t.Fatalf("%s has no cases", name)
	}
	return table.Cases
}

func (c vectorCase) read(t *testing.T, member string, target any) {
	t.Helper()
	if err := json.Unmarshal(c[member], target); err != nil {
		t.Fatalf("%s: %v", member, err)
	}
}

// bytes reads an input in one of its four forms.
func (c vectorCase) bytes(t *testing.T, member string) []byte {
	t.Helper()
	if raw, ok := c[member]; ok {
		return decodeBytes(t, raw, false)
	}
	return decodeBytes(t, c[member+"_hex"], true)
}

func decodeBytes(t *testing.T, raw json.RawMessage, isHex bool) []byte {
	t.Helper()
	var text string
	count := 1
	if len(raw) > 0 && raw[0] == '{' {
		var repeated struct {
			Repeat string
			Count  int
		}
		if err := json.Unmarshal(raw, &repeated); err != nil {
			t.Fatal(err)
		}
		text, count = repeated.Repeat, repeated.Count
	} else if err := json.Unmarshal(raw, &text); err != nil {
		t.Fatal(err)
	}
	piece := []byte(text)
	if isHex {
		decoded, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		piece = decoded
	}
	return bytes.Repeat(piece, count)
}

func (c vectorCase) secrets(t *testing.T) []string {
	t.Helper()
	member, isHex := "secrets", false
	if _, ok := c[member]; !ok {
		member, isHex = "secrets_hex", true
	}
	var raw []json.RawMessage
	c.read(t, member, &raw)
	secrets := make([]string, len(raw))
	for i := range raw {
		secrets[i] = string(decodeBytes(t, raw[i], isHex))
	}
	return secrets
}

func statusOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Status.String()
	}
	return "ok"
}

func TestVerifyVectors(t *testing.T) {
	for _, c := range loadVectors(t, "verify.json") {
		var name, want string
		c.read(t, "name", &name)
		c.read(t, "status", &want)
		t.Run(name, func(t *testing.T) {
			var tolerance, now int64
			c.read(t, "tolerance", &tolerance)
			c.read(t, "now", &now)
			verification, err := verifyVector(t, c, tolerance, now)
			if got := statusOf(err); got != want {
				t.Fatalf("got %s (%v), want %s", got, err, want)
			}
			if want != "ok" {
				return
			}
			var index int
			var signedAt, skew int64
			c.read(t, "secret_index", &index)
			c.read(t, "signed_at", &signedAt)
			c.read(t, "skew_seconds", &skew)
			if verification.SecretIndex != index || verification.SignedAt.Unix() != signedAt ||
				verification.Skew != duration(skew, time.Second) {
				t.Errorf("got %+v, want secret %d, signed at %d, skew %d s", verification, index, signedAt, skew)
			}
		})
	}
}

func verifyVector(t *testing.T, c vectorCase, tolerance, now int64) (Verification, error) {
	verifier, err := NewVerifier(c.secrets(t), WithToleranceSeconds(tolerance))
	if err != nil {
		return Verification{}, err
	}
	header, deliveryID := string(c.bytes(t, "header")), string(c.bytes(t, "delivery_id"))
	return verifier.VerifyAt(header, deliveryID, c.bytes(t, "body"), time.Unix(now, 0))
}

func TestSignVectors(t *testing.T) {
	for _, c := range loadVectors(t, "sign.json") {
		var name, want string
		var timestamp int64
		c.read(t, "name", &name)
		c.read(t, "status", &want)
		c.read(t, "timestamp", &timestamp)
		t.Run(name, func(t *testing.T) {
			header, err := Sign(string(c.bytes(t, "secret")), time.Unix(timestamp, 0),
				string(c.bytes(t, "delivery_id")), c.bytes(t, "body"))
			if got := statusOf(err); got != want {
				t.Fatalf("got %s (%v), want %s", got, err, want)
			}
			var expected string
			if want == "ok" {
				c.read(t, "header", &expected)
			}
			if header != expected {
				t.Errorf("got %q, want %q", header, expected)
			}
		})
	}
}
