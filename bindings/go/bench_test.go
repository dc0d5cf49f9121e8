package hookrail_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

func BenchmarkVerify(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10} {
		body := bytes.Repeat([]byte("x"), size)
		signature, err := hookrail.Sign(secret, time.Now(), deliveryID, body)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("hookrail/%d", size), func(b *testing.B) {
			verifier, err := hookrail.NewVerifier([]string{secret}, hookrail.WithTolerance(24*time.Hour))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				if _, err := verifier.Verify(signature, deliveryID, body); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("crypto-hmac/%d", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				if !verifyInGo(signature, body) {
					b.Fatal("it does not verify")
				}
			}
		})
	}
}

// verifyInGo does the minimum of a verification, without checks of the header.
func verifyInGo(signature string, body []byte) bool {
	t, v1 := signature[2:12], signature[16:]
	if seconds, err := strconv.ParseInt(t, 10, 64); err != nil || time.Since(time.Unix(seconds, 0)) > 24*time.Hour {
		return false
	}
	claimed, err := hex.DecodeString(v1)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, t+"."+deliveryID+".")
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), claimed)
}

func BenchmarkSendEvent(b *testing.B) {
	payload := []byte(`{"order_id":"o_1","amount":42}`)
	b.Run("hookrail", func(b *testing.B) {
		client := newClient(b, devserver.Start(b, "--ledger-requests", "0"))
		b.ReportAllocs()
		b.RunParallel(func(loop *testing.PB) {
			for loop.Next() {
				if _, err := client.SendEvent(background, "t", json.RawMessage(payload)); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("net-http", func(b *testing.B) {
		url := devserver.Start(b, "--ledger-requests", "0").URL + "/v1/events"
		body := append(append([]byte(`{"topic":"t","payload":`), payload...), '}')
		b.ReportAllocs()
		b.RunParallel(func(loop *testing.PB) {
			for loop.Next() {
				if err := postInGo(url, body); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// postInGo posts an event without retries, and ignores the answer.
func postInGo(url string, body []byte) error {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+devserver.APIKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusAccepted {
		return fmt.Errorf("answered %s", response.Status)
	}
	return nil
}

// BenchmarkCancel measures how long a call continues after its context was canceled.
func BenchmarkCancel(b *testing.B) {
	server := devserver.Start(b)
	server.Fault(never("after_reading"))
	client := newClient(b, server, hookrail.WithReadTimeout(long), hookrail.WithTimeout(long))
	var worst time.Duration
	for i := 0; i < b.N; i++ {
		ctx, cancel := context.WithCancel(background)
		canceled := make(chan time.Time, 1)
		go func(n int) {
			server.Wait("requests=" + strconv.Itoa(n))
			canceled <- time.Now()
			cancel()
		}(server.Summary()["requests"] + 1)
		if _, err := client.SendEvent(ctx, "t", 1); !errors.Is(err, context.Canceled) {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(<-canceled))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
}
