package hookrailtest_test

import (
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/hookrail/hookrail-go/hookrailtest"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

// The development server was compared with PostgreSQL itself, and its implementation is independent of this one.
func TestBodiesAreThoseOfTheDevelopmentServer(t *testing.T) {
	bodies := make(chan string, 1)
	receiver := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	})
	endpoint := httptest.NewServer(receiver)
	defer endpoint.Close()
	other := devserver.Start(t, "--endpoint", endpoint.URL, "--endpoint-secret", secret)
	server := hookrailtest.NewServer()
	defer server.Close()
	server.Subscribe(secret, receiver)
	chance := rand.New(rand.NewSource(14))
	stored := 0
	for range [400]struct{}{} {
		body := `{"topic":"t","payload":` + randomJSON(chance, 4) + "}"
		want := postAs(t, other.URL, devserver.APIKey, body)
		if got := postAs(t, server.URL, hookrailtest.APIKey, body); got != want {
			t.Fatalf("%s: got %d, the development server answers %d", body, got, want)
		}
		if want != http.StatusAccepted {
			continue
		}
		stored++
		if first, second := <-bodies, <-bodies; first != second {
			t.Fatalf("%s was delivered as %s and %s", body, first, second)
		}
	}
	if stored < 200 {
		t.Errorf("only %d of the payloads could be stored", stored)
	}
}

func postAs(t *testing.T, url, key, body string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url+"/v1/events", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// randomJSON makes a value with a limited depth, with parts that jsonb changes and some that it refuses.
func randomJSON(chance *rand.Rand, levels int) string {
	space := []string{"", "", " ", "\n\t"}[chance.Intn(4)]
	kind := chance.Intn(7)
	if levels == 0 {
		kind = chance.Intn(5)
	}
	switch kind {
	case 0:
		return space + []string{"true", "false", "null"}[chance.Intn(3)] + space
	case 1, 2:
		return space + randomNumber(chance) + space
	case 3, 4:
		return space + randomText(chance) + space
	}
	var items []string
	for range make([]struct{}, chance.Intn(5)) {
		item := randomJSON(chance, levels-1)
		if kind == 5 {
			item = randomText(chance) + space + ":" + item
		}
		items = append(items, item)
	}
	if kind == 5 {
		return space + "{" + space + strings.Join(items, ",") + "}" + space
	}
	return space + "[" + space + strings.Join(items, ",") + "]" + space
}

func randomNumber(chance *rand.Rand) string {
	number := strconv.Itoa(chance.Intn(2000) - 1000)
	if chance.Intn(2) == 0 {
		number += "." + fmt.Sprintf("%0*d", 1+chance.Intn(4), chance.Intn(10))
	}
	if chance.Intn(2) == 0 {
		exponent := chance.Intn(60) - 30
		if chance.Intn(40) == 0 {
			exponent = chance.Intn(300_000) - 150_000
		}
		number += []string{"e", "E"}[chance.Intn(2)] + fmt.Sprintf([]string{"%d", "%+d"}[chance.Intn(2)], exponent)
	}
	return number
}

func randomText(chance *rand.Rand) string {
	parts := []string{"a", "b", "key", "é", "😀", `\u00e9`, `\ud83d\ude00`, `\n`, `\b`, `\f`, `\/`, `\"`, `\\`, `\u001f`, "<&>", "\x7f"}
	var text strings.Builder
	for range make([]struct{}, chance.Intn(4)) {
		text.WriteString(parts[chance.Intn(len(parts))])
	}
	if chance.Intn(200) == 0 {
		text.WriteString([]string{`\u0000`, `\ud800`, `\udfff`}[chance.Intn(3)])
	}
	return `"` + text.String() + `"`
}
