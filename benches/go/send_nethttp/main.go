// Sends events with net/http, as a program without the package does: envelope, random key, timeout, decoded
// answer.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hookrail/libhookrail/benches/go/bench"
)

const timeout = 30 * time.Second

type event struct {
	Topic   string `json:"topic"`
	Payload any    `json:"payload"`
}

type accepted struct {
	EventID     string   `json:"event_id"`
	DeliveryIDs []string `json:"delivery_ids"`
}

type sender struct {
	client *http.Client
	url    string
}

func (s *sender) send(ctx context.Context, topic string, payload any) (*accepted, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(event{topic, payload})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	request.Header = http.Header{
		"Authorization":   {"Bearer " + bench.APIKey},
		"Content-Type":    {"application/json"},
		"Idempotency-Key": {key},
		"User-Agent":      {"hookrail-go/0.1.0"},
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusAccepted {
		return nil, fmt.Errorf("answered %s", response.Status)
	}
	var result accepted
	if err := json.Unmarshal(answer, &result); err != nil {
		return nil, err
	}
	if result.EventID == "" {
		return nil, errors.New("an event without an id")
	}
	return &result, nil
}

// newKey returns a random UUID (version 4).
func newKey() (string, error) {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", random[:4], random[4:6], random[6:8], random[8:10], random[10:]), nil
}

func main() {
	options := bench.ParseOptions()
	order := options.Order()
	// The other features of DefaultTransport (HTTP/2, proxies, gzip) are of no use here.
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: options.UnderWay}
	s := &sender{&http.Client{Transport: transport}, options.URL + "/v1/events"}
	bench.Run(options, func() error {
		_, err := s.send(context.Background(), bench.Topic, order)
		return err
	})
}
