package edge

import (
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Connections bounds how many connections are open at a time, which is also how many files and how much memory clients that do nothing can take. What is open is left alone, whoever else
// comes. What comes beyond is accepted and told so at once, as a listener that does not accept (netutil.LimitListener) would have it wait without a word.
type Connections struct {
	Most       int            // in all; 0 is any number
	PerAddress int            // from one address, of IPv6 the first 64 bits; 0 is any number. Neither this machine nor Proxies are limited by it: many clients stand behind them
	Proxies    []netip.Prefix // reverse proxies

	open    atomic.Int64
	refused atomic.Uint64
	leaving chan struct{} // holds one for each that is being told

	mu sync.Mutex
	of map[netip.Prefix]int
}

// farewells is how many clients are told at once that they are too many; more are cut off.
const farewells = 512

// farewell is how long one has to ask, and to take the answer.
const farewell = 5 * time.Second

// tooMany is what a client of plain HTTP is told. Who speaks TLS is cut off: a handshake costs more than most requests.
const tooMany = `{"type":"/problems/overloaded","title":"More is asked of this server at once than it can do","status":503,"detail":"as many connections are open here as this server takes; nothing was done. Try again, a command with the same id (Idempotency-Key)"}` + "\n"

// Open is how many connections are open now, Refused how many were refused so far.
func (c *Connections) Open() int64     { return c.open.Load() }
func (c *Connections) Refused() uint64 { return c.refused.Load() }

// Listen limits the connections of l. secure says that its clients speak TLS.
func (c *Connections) Listen(l net.Listener, secure bool) net.Listener {
	c.leaving, c.of = make(chan struct{}, farewells), map[netip.Prefix]int{}
	return &bounded{l, c, secure}
}

type bounded struct {
	net.Listener
	*Connections
	secure bool
}

// Accept gives the next connection for which there is room.
func (l *bounded) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, ok := l.enter(c.RemoteAddr())
		if ok {
			leave := sync.OnceFunc(func() { l.left(from) })
			if tcp, ok := c.(*net.TCPConn); ok { // which knows how to send files, and how to end
				return &countedTCP{tcp, leave}, nil
			}
			return &counted{c, leave}, nil
		}
		l.refused.Add(1)
		l.refuse(c)
	}
}

// enter takes a place; ok is false where there is none.
func (c *Connections) enter(a net.Addr) (from netip.Prefix, ok bool) {
	from = c.networkOf(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Most > 0 && c.open.Load() >= int64(c.Most) || c.PerAddress > 0 && from.IsValid() && c.of[from] >= c.PerAddress {
		return from, false
	}
	c.open.Add(1)
	if from.IsValid() {
		c.of[from]++
	}
	return from, true
}

func (c *Connections) left(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open.Add(-1)
	if c.of[from]--; c.of[from] <= 0 {
		delete(c.of, from)
	}
}

// networkOf is whom a connection counts for; none where it counts in all alone.
func (c *Connections) networkOf(a net.Addr) (none netip.Prefix) {
	at, ok := a.(*net.TCPAddr)
	if !ok {
		return none
	}
	ip := at.AddrPort().Addr().Unmap().WithZone("")
	if ip.IsLoopback() {
		return none
	}
	for _, p := range c.Proxies {
		if p.Contains(ip) {
			return none
		}
	}
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	from, _ := ip.Prefix(bits)
	return from
}

// refuse tells a client that there is no room, as far as that takes no time and no room either.
func (l *bounded) refuse(c net.Conn) {
	select {
	case l.leaving <- struct{}{}:
	default:
		_ = c.Close()
		return
	}
	go func() {
		defer func() { <-l.leaving }()
		defer func() { _ = c.Close() }() // whoever it was is gone
		if l.secure {
			return
		}
		_ = c.SetDeadline(time.Now().Add(farewell))
		if _, err := c.Read(make([]byte, 1)); err != nil { // what is answered before it has asked takes the answer for a broken connection
			return
		}
		if _, err := io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: "+
			strconv.Itoa(len(tooMany))+"\r\n\r\n"+tooMany); err != nil {
			return
		}
		if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(c, 64<<10)) // closed before its request is read, the answer would be lost with it
		}
	}()
}

// counted and countedTCP are connections that give their places back.
type (
	counted struct {
		net.Conn
		leave func()
	}
	countedTCP struct {
		*net.TCPConn
		leave func()
	}
)

func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

func (c *countedTCP) Close() error {
	defer c.leave()
	return c.TCPConn.Close()
}
