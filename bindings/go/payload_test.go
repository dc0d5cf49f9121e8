package hookrail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

type namedBytes []byte

type octet byte

// bytesAsText encodes itself by a method of its pointer.
type bytesAsText []byte

func (b *bytesAsText) MarshalText() ([]byte, error) { return *b, nil }

// failure is an error that was made for encoding/json.
type failure struct {
	Code int `json:"code"`
}

func (f *failure) Error() string { return fmt.Sprint("failure ", f.Code) }

// textError is an error that encodes itself.
type textError struct{ text string }

func (e textError) Error() string                { return e.text }
func (e textError) MarshalText() ([]byte, error) { return []byte(e.text), nil }

// htmlAsJSON encodes itself, without escaping.
type htmlAsJSON struct{ text string }

func (h *htmlAsJSON) MarshalJSON() ([]byte, error) { return []byte(`{"text": "` + h.text + `"}`), nil }

type embedded struct{ Value int }

func pointerTo[T any](value T) *T { return &value }

func TestPayloadsAsTheyAreSent(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	raw := json.RawMessage(`{"b": 1.50,  "a":"<é>"}`)
	type named string
	for _, test := range []struct {
		payload any
		want    string
	}{
		{&raw, string(raw)},
		{pointerTo(&raw), string(raw)},
		{pointerTo[any](raw), string(raw)},
		{json.RawMessage("null"), "null"},
		{nil, "null"},
		{map[string]any{"raw": []byte("abc")}, `{"raw":"YWJj"}`},
		{[]uint16{1, 2}, `[1,2]`},
		{[2]byte{1, 2}, `[1,2]`},
		{named("text"), `"text"`},
		{json.Number("1.50"), `1.50`},
		{pointerTo(pointerTo(7)), `7`},
		{net.IPv4(127, 0, 0, 1), `"127.0.0.1"`},
		{pointerTo(bytesAsText("text")), `"text"`},
		{time.Unix(0, 0).UTC(), `"1970-01-01T00:00:00Z"`},
		{textError{"late"}, `"late"`},
		{&failure{7}, `{"code":7}`},
		{"<b>R&D</b> é", `"<b>R&D</b> é"`},
		{map[string]any{"<k>": json.RawMessage(`"a<b & \u003c"`), "n": "\n"}, `{"<k>":"a<b & \u003c","n":"\n"}`},
		{&htmlAsJSON{"<&>"}, `{"text":"<&>"}`},
		{struct{ embedded }{embedded{1}}, `{"Value":1}`},
		{struct{}{}, `{}`},
		{map[string]int{}, `{}`},
	} {
		if _, err := client.SendEvent(background, "t", test.payload); err != nil {
			t.Errorf("%T: %v", test.payload, err)
			continue
		}
		requests := server.Requests()
		if got, want := requests[len(requests)-1].Body.Text, `{"topic":"t","payload":`+test.want+`}`; got != want {
			t.Errorf("%T: sent %s, want %s", test.payload, got, want)
		}
	}
}

func TestPayloadsThatAreRefused(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	type loop *loop
	var circle loop
	circle = &circle
	const (
		isNil    = "is a nil pointer"
		isBytes  = "json.RawMessage(payload)"
		isReader = "is an io.Reader"
		isError  = "pass its Error()"
		isEmpty  = "has no exported fields"
	)
	for _, test := range []struct {
		payload any
		want    string
	}{
		{(*embedded)(nil), isNil},
		{(*json.RawMessage)(nil), isNil},
		{(*time.Time)(nil), isNil},
		{new(any), isNil},
		{[]byte(`{}`), isBytes},
		{pointerTo([]byte(`{}`)), isBytes},
		{pointerTo[any]([]byte(`{}`)), isBytes},
		{namedBytes(`{}`), isBytes},
		{pointerTo(namedBytes(`{}`)), isBytes},
		{[]octet(`{}`), isBytes},
		{bytesAsText(`{}`), isBytes},
		{strings.NewReader(`{}`), isReader},
		{bytes.NewBufferString(`{}`), isReader},
		{io.LimitReader(strings.NewReader(`{}`), 1), isReader},
		{io.NopCloser(strings.NewReader(`{}`)), isReader},
		{errors.New("late"), isError},
		{fmt.Errorf("too late: %w", io.EOF), isError},
		{pointerTo(io.EOF), isError},
		{&fs.PathError{Op: "open", Path: "/", Err: io.EOF}, isError},
		{context.DeadlineExceeded, isError},
		{bytes.Buffer{}, isEmpty},
		{struct{ id string }{"o_1"}, isEmpty},
		{struct {
			ID string `json:"-"`
		}{"o_1"}, isEmpty},
		{make(chan int), "received from the channel"},
		{func() int { return 1 }, "the result of the function"},
		{map[string]any{"a": make(chan int)}, "has no JSON form"},
		{circle, "has no JSON form"},
		{pointerTo(json.RawMessage(`{"a":`)), "JSON"},
	} {
		_, sent := client.SendEvent(background, "t", test.payload)
		_, prepared := client.Prepare("t", test.payload)
		_, submitted := client.Submit("t", test.payload, nil)
		for _, err := range []error{sent, prepared, submitted} {
			if !errors.Is(err, hookrail.ErrInvalidArgument) {
				t.Errorf("%T: got %v", test.payload, err)
				continue
			}
			if e := asError(t, err); e.Outcome != hookrail.OutcomeNotSent || !strings.Contains(e.Message, test.want) {
				t.Errorf("%T: got %q with outcome %v, want %q in it", test.payload, e.Message, e.Outcome, test.want)
			}
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
