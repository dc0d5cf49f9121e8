package hookrail_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

// socksProxy is a SOCKS5 proxy (RFC 1928). It connects each tunnel to the service, and tells the address that it was
// asked for.
type socksProxy struct {
	address, service string
	// user and password are required if user is set (RFC 1929).
	user, password string
	asked          chan string
}

func startSOCKS(t *testing.T, service, user, password string) *socksProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	p := &socksProxy{listener.Addr().String(), parsed.Host, user, password, make(chan string, 8)}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(connection)
		}
	}()
	return p
}

func (p *socksProxy) serve(connection net.Conn) {
	defer connection.Close()
	address, err := p.negotiate(connection)
	if err != nil {
		return
	}
	p.asked <- address
	service, err := net.Dial("tcp", p.service)
	if err != nil {
		return
	}
	defer service.Close()
	connection.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go func() {
		io.Copy(service, connection)
		service.Close()
	}()
	io.Copy(connection, service)
}

// negotiate returns the address of a CONNECT.
func (p *socksProxy) negotiate(connection net.Conn) (string, error) {
	read := func(n int) []byte {
		bytes := make([]byte, n)
		if _, err := io.ReadFull(connection, bytes); err != nil {
			return make([]byte, n)
		}
		return bytes
	}
	methods := string(read(int(read(2)[1])))
	method := byte(0)
	if p.user != "" {
		method = 2
	}
	if !strings.Contains(methods, string(method)) {
		connection.Write([]byte{5, 0xff})
		return "", errors.New("no method")
	}
	connection.Write([]byte{5, method})
	if method == 2 {
		user := string(read(int(read(2)[1])))
		password := string(read(int(read(1)[0])))
		if user != p.user || password != p.password {
			connection.Write([]byte{1, 1})
			return "", errors.New("refused")
		}
		connection.Write([]byte{1, 0})
	}
	host := ""
	switch kind := read(4)[3]; kind {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	case 4:
		host = net.IP(read(16)).String()
	default:
		return "", fmt.Errorf("address of kind %d", kind)
	}
	return fmt.Sprint(host, " ", binary.BigEndian.Uint16(read(2))), nil
}

func TestSOCKSProxies(t *testing.T) {
	service := hookrailtest.NewServer()
	defer service.Close()
	const port = "4711"
	open, guarded := startSOCKS(t, service.URL, "", ""), startSOCKS(t, service.URL, "shop", "p@ss word")
	for name, test := range map[string]struct {
		proxy      *socksProxy
		url, asked string
	}{
		"an address":             {open, "socks5://" + open.address, "192.0.2.7 " + port},
		"a name for the proxy":   {open, "socks5h://" + open.address, "hooks.invalid " + port},
		"with user and password": {guarded, "socks5h://shop:p%40ss%20word@" + guarded.address, "hooks.invalid " + port},
	} {
		host := strings.Fields(test.asked)[0]
		for _, fromEnvironment := range []bool{false, true} {
			opts := []hookrail.Option{hookrail.WithAPIKey(hookrailtest.APIKey), hookrail.WithBaseURL("http://" + host + ":" + port)}
			if fromEnvironment {
				t.Setenv("ALL_PROXY", test.url)
			} else {
				t.Setenv("ALL_PROXY", "")
				opts = append(opts, hookrail.WithProxy(test.url))
			}
			client, err := hookrail.New(opts...)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if _, err := client.SendEvent(background, "t", 1); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := <-test.proxy.asked; got != test.asked {
				t.Errorf("%s: the proxy was asked for %q", name, got)
			}
			client.Close()
		}
	}
}

func TestASOCKSProxyThatRefuses(t *testing.T) {
	service := hookrailtest.NewServer()
	defer service.Close()
	guarded := startSOCKS(t, service.URL, "shop", "right")
	for _, credentials := range []string{"", "shop:wr0ng-one@"} {
		client, err := service.NewClient(hookrail.WithProxy("socks5h://"+credentials+guarded.address), hookrail.WithMaxRetries(0))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.SendEvent(background, "t", 1)
		if e := asError(t, err); e.Outcome != hookrail.OutcomeNotSent || strings.Contains(fmt.Sprintf("%+v", *e), "wr0ng-one") {
			t.Errorf("with %q: got %v with outcome %v", credentials, err, e.Outcome)
		}
		client.Close()
	}
	if events := service.Events(); len(events) != 0 {
		t.Errorf("the service has %+v", events)
	}
}
